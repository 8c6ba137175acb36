// SPDX-License-Identifier: Apache-2.0
/* The named changes: which record each expects, and which it leaves. */
#include "core/ledger/ledger.h"
#include "core/log/log.h"

static struct ledger_record record_of(enum ledger_party owner, enum ledger_party borrower,
				      enum ledger_state state)
{
	return (struct ledger_record){
	    .owner = (uint8_t)owner, .borrower = (uint8_t)borrower, .state = (uint8_t)state};
}

static struct ledger_answer apply(struct ledger *ledger, uint64_t base, uint64_t size,
				  struct ledger_record expect, struct ledger_record set,
				  uint32_t cause)
{
	struct ledger_change change = {
	    .base = base, .size = size, .expect = expect, .set = set, .cause = cause};

	return ledger_apply(ledger, &change);
}

struct ledger_answer ledger_donate(struct ledger *ledger, uint64_t base, uint64_t size,
				   enum ledger_party owner, enum ledger_party heir, uint32_t cause)
{
	return apply(ledger, base, size, record_of(owner, LEDGER_NOBODY, LEDGER_OWNED),
		     record_of(heir, LEDGER_NOBODY, LEDGER_OWNED), cause);
}

struct ledger_answer ledger_share(struct ledger *ledger, uint64_t base, uint64_t size,
				  enum ledger_party owner, enum ledger_party borrower,
				  uint32_t cause)
{
	return apply(ledger, base, size, record_of(owner, LEDGER_NOBODY, LEDGER_OWNED),
		     record_of(owner, borrower, LEDGER_SHARED), cause);
}

struct ledger_answer ledger_unshare(struct ledger *ledger, uint64_t base, uint64_t size,
				    enum ledger_party owner, enum ledger_party borrower,
				    uint32_t cause)
{
	return apply(ledger, base, size, record_of(owner, borrower, LEDGER_SHARED),
		     record_of(owner, LEDGER_NOBODY, LEDGER_OWNED), cause);
}

struct ledger_answer ledger_lend(struct ledger *ledger, uint64_t base, uint64_t size,
				 enum ledger_party owner, enum ledger_party borrower,
				 uint32_t cause)
{
	return apply(ledger, base, size, record_of(owner, LEDGER_NOBODY, LEDGER_OWNED),
		     record_of(owner, borrower, LEDGER_LENT), cause);
}

struct ledger_answer ledger_reclaim(struct ledger *ledger, uint64_t base, uint64_t size,
				    enum ledger_party owner, enum ledger_party borrower,
				    uint32_t cause)
{
	return apply(ledger, base, size, record_of(owner, borrower, LEDGER_LENT),
		     record_of(owner, LEDGER_NOBODY, LEDGER_OWNED), cause);
}

static enum ledger_state quarantined(enum ledger_state state)
{
	return state == LEDGER_SHARED ? LEDGER_SHARED_QUARANTINED : LEDGER_LENT_QUARANTINED;
}

struct ledger_answer ledger_quarantine(struct ledger *ledger, uint64_t base, uint64_t size,
				       enum ledger_party owner, enum ledger_party borrower,
				       enum ledger_state state, uint32_t cause)
{
	return apply(ledger, base, size, record_of(owner, borrower, state),
		     record_of(owner, borrower, quarantined(state)), cause);
}

struct ledger_answer ledger_release(struct ledger *ledger, uint64_t base, uint64_t size,
				    enum ledger_party owner, enum ledger_party borrower,
				    enum ledger_state state, uint32_t cause)
{
	return apply(ledger, base, size, record_of(owner, borrower, quarantined(state)),
		     record_of(owner, LEDGER_NOBODY, LEDGER_OWNED), cause);
}

struct ledger_answer ledger_poison(struct ledger *ledger, uint64_t base, uint64_t size,
				   enum ledger_party owner, enum ledger_party borrower,
				   enum ledger_state state, uint32_t cause)
{
	return apply(ledger, base, size, record_of(owner, borrower, quarantined(state)),
		     record_of(owner, LEDGER_NOBODY, LEDGER_POISONED), cause);
}

static struct ledger_answer pin(struct ledger *ledger, uint64_t base, uint64_t size,
				enum ledger_party owner, int by, uint32_t cause)
{
	struct ledger_record record = record_of(owner, LEDGER_NOBODY, LEDGER_OWNED);
	struct ledger_change change = {
	    .base = base, .size = size, .expect = record, .set = record, .pin = by, .cause = cause};

	return ledger_apply(ledger, &change);
}

struct ledger_answer ledger_pin(struct ledger *ledger, uint64_t base, uint64_t size,
				enum ledger_party owner, uint32_t cause)
{
	return pin(ledger, base, size, owner, 1, cause);
}

struct ledger_answer ledger_unpin(struct ledger *ledger, uint64_t base, uint64_t size,
				  enum ledger_party owner, uint32_t cause)
{
	return pin(ledger, base, size, owner, -1, cause);
}

const char *ledger_rule_words(enum ledger_rule rule)
{
	switch (rule) {
	case LEDGER_RULE_NONE:
		return "no rule";
	case LEDGER_RULE_RANGE:
		return "range is empty, unaligned or wraps";
	case LEDGER_RULE_RAM:
		return "not all of it is RAM";
	case LEDGER_RULE_OWNER:
		return "page belongs to somebody else";
	case LEDGER_RULE_STATE:
		return "page is not in the state that the call needs";
	case LEDGER_RULE_BORROWER:
		return "page has another borrower";
	case LEDGER_RULE_PINNED:
		return "page is in use";
	case LEDGER_RULE_PINS:
		return "page has no pin to take away, or no room for another";
	case LEDGER_RULE_SETS:
		return "no memory for page records";
	case LEDGER_RULE_TABLES:
		return "no memory for page tables";
	}
	return "?";
}

const char *ledger_state_words(enum ledger_state state)
{
	switch (state) {
	case LEDGER_OWNED:
		return "owned";
	case LEDGER_SHARED:
		return "shared";
	case LEDGER_LENT:
		return "lent";
	case LEDGER_SHARED_QUARANTINED:
		return "shared, quarantined";
	case LEDGER_LENT_QUARANTINED:
		return "lent, quarantined";
	case LEDGER_POISONED:
		return "poisoned";
	}
	return "?";
}

const char *ledger_party_words(char out[16], uint8_t party)
{
	static const char *const names[] = {
	    [LEDGER_NOBODY] = "nobody",         [LEDGER_HOST] = "host",
	    [LEDGER_HYPERVISOR] = "hypervisor", [LEDGER_SECURE] = "secure world",
	    [LEDGER_SEVERAL] = "several",
	};

	if (party >= LEDGER_GUEST)
		(void)log_format(out, 16, "guest %u", (unsigned)party - LEDGER_GUEST);
	else
		(void)log_format(out, 16, "%s",
				 party < sizeof(names) / sizeof(names[0]) ? names[party] : "?");
	return out;
}
