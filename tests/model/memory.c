// SPDX-License-Identifier: Apache-2.0
#include "memory.h"

/* What a call makes of one page: the rule that the page breaks, or how the page is afterwards. */
struct step {
	enum model_rule rule;
	struct model_page after;
};

static struct step refuse(enum model_rule rule)
{
	return (struct step){.rule = rule};
}

static struct step become(model_party owner, enum model_state state, model_party borrower)
{
	return (struct step){.after = {.owner = owner, .state = state, .borrower = borrower}};
}

static struct step with_pins(struct model_page page, unsigned int pins)
{
	page.pins = pins;
	return (struct step){.after = page};
}

static enum model_state quarantined(enum model_state state)
{
	return state == MODEL_SHARED ? MODEL_SHARED_QUARANTINED : MODEL_LENT_QUARANTINED;
}

/* The state that every page must have. */
static enum model_state needed(const struct model_request *request)
{
	switch (request->call) {
	case MODEL_UNSHARE:
		return MODEL_SHARED;
	case MODEL_RECLAIM:
		return MODEL_LENT;
	case MODEL_QUARANTINE:
		return request->was;
	case MODEL_RELEASE:
	case MODEL_POISON:
		return quarantined(request->was);
	case MODEL_DONATE:
	case MODEL_SHARE:
	case MODEL_LEND:
	case MODEL_PIN:
	case MODEL_UNPIN:
	case MODEL_CALLS:
		break;
	}
	return MODEL_OWNED;
}

static bool names_borrower(enum model_call call)
{
	return call == MODEL_UNSHARE || call == MODEL_RECLAIM || call == MODEL_QUARANTINE ||
	       call == MODEL_RELEASE || call == MODEL_POISON;
}

static bool counts_pins(enum model_call call)
{
	return call == MODEL_PIN || call == MODEL_UNPIN;
}

/* The rules for one page, in the order of their numbers. */
static struct step step(struct model_page page, const struct model_request *request)
{
	enum model_call call = request->call;
	model_party owner = request->owner;
	model_party other = request->other;

	if (page.owner != owner)
		return refuse(MODEL_RULE_OWNER);
	if (page.state != needed(request))
		return refuse(MODEL_RULE_STATE);
	if (names_borrower(call) && page.borrower != other)
		return refuse(MODEL_RULE_BORROWER);
	if (!counts_pins(call) && page.pins != 0)
		return refuse(MODEL_RULE_PINNED);

	switch (call) {
	case MODEL_DONATE:
		return become(other, MODEL_OWNED, MODEL_NOBODY);
	case MODEL_SHARE:
		return become(owner, MODEL_SHARED, other);
	case MODEL_LEND:
		return become(owner, MODEL_LENT, other);
	case MODEL_UNSHARE:
	case MODEL_RECLAIM:
	case MODEL_RELEASE:
		return become(owner, MODEL_OWNED, MODEL_NOBODY);
	case MODEL_QUARANTINE:
		return become(owner, quarantined(page.state), other);
	case MODEL_POISON:
		return become(owner, MODEL_POISONED, MODEL_NOBODY);
	case MODEL_PIN:
		return page.pins == MODEL_PINS ? refuse(MODEL_RULE_PINS)
					       : with_pins(page, page.pins + 1);
	case MODEL_UNPIN:
		return page.pins == 0 ? refuse(MODEL_RULE_PINS) : with_pins(page, page.pins - 1);
	case MODEL_CALLS:
		break;
	}
	return refuse(MODEL_RULE_STATE);
}

static struct model_answer answer(enum model_rule rule, uint64_t page)
{
	static const enum model_status status[] = {
	    [MODEL_RULE_NONE] = MODEL_DONE,         [MODEL_RULE_RANGE] = MODEL_INVALID,
	    [MODEL_RULE_RAM] = MODEL_INVALID,       [MODEL_RULE_OWNER] = MODEL_DENIED,
	    [MODEL_RULE_STATE] = MODEL_DENIED,      [MODEL_RULE_BORROWER] = MODEL_DENIED,
	    [MODEL_RULE_PINNED] = MODEL_DENIED,     [MODEL_RULE_PINS] = MODEL_DENIED,
	    [MODEL_RULE_RECORDS] = MODEL_NO_MEMORY, [MODEL_RULE_TABLES] = MODEL_NO_MEMORY,
	};

	return (struct model_answer){.status = status[rule], .rule = rule, .page = page};
}

static bool range_wrong(uint64_t base, uint64_t pages)
{
	if (pages == 0 || base % MODEL_PAGE_SIZE != 0)
		return true;
	/* Where the range ends must be an address, too. */
	return pages > (UINT64_MAX - base) / MODEL_PAGE_SIZE;
}

const struct model_bank *model_bank(const struct model *model, uint64_t address)
{
	for (size_t i = 0; i < model->banks; i++) {
		const struct model_bank *bank = &model->bank[i];

		if (address >= bank->base && (address - bank->base) / MODEL_PAGE_SIZE < bank->pages)
			return bank;
	}
	return NULL;
}

struct model_page *model_page(const struct model *model, uint64_t address)
{
	const struct model_bank *bank = model_bank(model, address);

	return bank ? &bank->page[(address - bank->base) / MODEL_PAGE_SIZE] : NULL;
}

/* Could the implementation have answered so? */
static bool shortage_possible(const struct model_request *request,
			      const struct model_answer *shortage)
{
	return shortage->status == MODEL_NO_MEMORY &&
	       (shortage->rule == MODEL_RULE_RECORDS || shortage->rule == MODEL_RULE_TABLES) &&
	       shortage->page % MODEL_PAGE_SIZE == 0 && shortage->page >= request->base &&
	       (shortage->page - request->base) / MODEL_PAGE_SIZE < request->pages;
}

struct model_answer model_change(struct model *model, const struct model_request *request,
				 const struct model_answer *shortage)
{
	uint64_t base = request->base;
	uint64_t pages = request->pages;

	if (range_wrong(base, pages))
		return answer(MODEL_RULE_RANGE, base);

	const struct model_bank *bank = model_bank(model, base);
	if (!bank)
		return answer(MODEL_RULE_RAM, base);
	uint64_t first = (base - bank->base) / MODEL_PAGE_SIZE;
	if (pages > bank->pages - first)
		return answer(MODEL_RULE_RAM, bank->base + bank->pages * MODEL_PAGE_SIZE);

	for (uint64_t i = first; i < first + pages; i++) {
		enum model_rule rule = step(bank->page[i], request).rule;

		if (rule != MODEL_RULE_NONE)
			return answer(rule, bank->base + i * MODEL_PAGE_SIZE);
	}
	if (shortage && shortage_possible(request, shortage))
		return *shortage;
	for (uint64_t i = first; i < first + pages; i++)
		bank->page[i] = step(bank->page[i], request).after;
	return answer(MODEL_RULE_NONE, 0);
}

void model_add_bank(struct model *model, uint64_t base, uint64_t pages, struct model_page *page)
{
	for (uint64_t i = 0; i < pages; i++)
		page[i] = (struct model_page){.owner = MODEL_HOST};
	model->bank[model->banks++] =
	    (struct model_bank){.base = base, .pages = pages, .page = page};
}

void model_keep(struct model *model, uint64_t base, uint64_t pages, model_party owner)
{
	for (uint64_t i = 0; i < pages; i++)
		*model_page(model, base + i * MODEL_PAGE_SIZE) =
		    (struct model_page){.owner = owner, .pins = 1};
}

enum model_access model_access(const struct model_page *page, model_party party)
{
	bool owner = party == page->owner;
	bool borrower = party == page->borrower;

	switch (page->state) {
	case MODEL_OWNED:
		return owner ? MODEL_ACCESS_YES : MODEL_ACCESS_NO;
	case MODEL_SHARED:
		return owner || borrower ? MODEL_ACCESS_YES : MODEL_ACCESS_NO;
	case MODEL_LENT:
		return borrower ? MODEL_ACCESS_YES : MODEL_ACCESS_NO;
	case MODEL_SHARED_QUARANTINED:
		return owner ? MODEL_ACCESS_YES : borrower ? MODEL_ACCESS_UNKNOWN : MODEL_ACCESS_NO;
	case MODEL_LENT_QUARANTINED:
		return borrower ? MODEL_ACCESS_UNKNOWN : MODEL_ACCESS_NO;
	case MODEL_POISONED:
		break;
	}
	return MODEL_ACCESS_NO;
}

bool model_page_sound(const struct model_page *page)
{
	if (page->owner == MODEL_NOBODY || page->owner == page->borrower || page->pins > MODEL_PINS)
		return false;
	if (page->pins != 0 && page->state != MODEL_OWNED)
		return false;
	bool at_home = page->state == MODEL_OWNED || page->state == MODEL_POISONED;

	return at_home == (page->borrower == MODEL_NOBODY);
}
