// SPDX-License-Identifier: Apache-2.0
/* Questions to the ledger, and the walk that compares it with stage 2. */
#include "core/ledger/block.h"
#include "core/machine.h"
#include "core/stage2/host.h"

/* Pages of one record around `address` in its block; runs of blocks that agree count as one. */
static struct ledger_extent extent_of(const struct ledger *ledger,
				      const struct ledger_region *region, uint64_t address)
{
	uint64_t block = address & ~(LEDGER_BLOCK - 1U);
	uint64_t region_end = region->base + region->size;
	uint64_t first = block < region->base ? region->base : block;
	struct ledger_part part = ledger_part(ledger, region, first, region_end);
	struct ledger_extent extent = {.ram = true, .base = part.base, .size = part.size};
	unsigned page = (unsigned)((address - part.base) / LEDGER_PAGE), low, high;

	if (!ledger_entry_split(*part.entry)) {
		extent.record = ledger_entry_record(*part.entry);
		while (extent.base + extent.size < region_end) {
			part = ledger_part(ledger, region, extent.base + extent.size, region_end);
			if (ledger_entry_split(*part.entry) ||
			    !ledger_record_equal(ledger_entry_record(*part.entry), extent.record))
				break;
			extent.size += part.size;
		}
		return extent;
	}
	const struct ledger_record *records =
	    ledger_set(ledger, ledger_entry_set(*part.entry)) + part.first;

	extent.record = records[page];
	for (low = page; low > 0U && ledger_record_equal(records[low - 1U], extent.record); low--)
		;
	for (high = page + 1U;
	     high < part.pages && ledger_record_equal(records[high], extent.record); high++)
		;
	extent.base = part.base + low * LEDGER_PAGE;
	extent.size = (high - low) * LEDGER_PAGE;
	return extent;
}

struct ledger_extent ledger_lookup(struct ledger *ledger, uint64_t address)
{
	const struct ledger_region *region = ledger_region_of(ledger, address, 1);
	struct ledger_extent extent = {.base = address & ~(LEDGER_PAGE - 1U), .size = LEDGER_PAGE};

	if (region == NULL)
		return extent;
	lock_take(&ledger->lock);
	extent = extent_of(ledger, region, address);
	lock_release(&ledger->lock);
	return extent;
}

bool ledger_peek(const struct ledger *ledger, uint64_t address,
		 bool (*readable)(const void *object, size_t size), struct ledger_record *record,
		 struct ledger_event *since)
{
	const struct ledger_region *region;
	const struct ledger_record *found;
	uint64_t index;

	*since = (struct ledger_event){0};
	if (ledger->region_count > LEDGER_REGIONS || ledger->entry == NULL)
		return false;
	region = ledger_region_of(ledger, address, 1);
	if (region == NULL)
		return false;
	index = region->first + address / LEDGER_BLOCK - region->base / LEDGER_BLOCK;
	if (index >= ledger->entry_count)
		return false;
	found = &ledger->entry[index];
	if (!readable(found, sizeof(*found)))
		return false;
	*record = *found;
	if (ledger_entry_split(*record)) {
		uint32_t set = ledger_entry_set(*record);

		if (set >= ledger->set_count)
			return false;
		found = ledger_set(ledger, set) + address % LEDGER_BLOCK / LEDGER_PAGE;
		if (!readable(found, sizeof(*found)))
			return false;
		*record = *found;
	} else {
		*record = ledger_entry_record(*record);
	}
	for (unsigned i = 0; i < LEDGER_HISTORY; i++) {
		const struct ledger_event *event = &ledger->history[i];

		if (event->number > since->number && address - event->base < event->size)
			*since = *event;
	}
	return true;
}

/* Is stage 2 over the whole extent what its record asks for? *page is the first that is not. */
static bool followed(const struct ledger *ledger, const struct ledger_extent *extent,
		     uint64_t *page)
{
	enum stage2_kind wanted =
	    ledger_record_access(extent->record, LEDGER_HOST) ? STAGE2_RAM : STAGE2_NONE;
	uint64_t end = extent->base + extent->size;

	for (*page = extent->base; *page < end;) {
		struct stage2_entry entry = stage2_lookup(ledger->stage2, *page);

		if (entry.kind != wanted)
			return false;
		*page = entry.base + entry.size;
	}
	return true;
}

static const char *check_region(const struct ledger *ledger, const struct ledger_region *region,
				uint64_t *page)
{
	for (uint64_t at = region->base; at < region->base + region->size;) {
		struct ledger_extent extent = extent_of(ledger, region, at);

		if (extent.base != at)
			return "the extents of the ledger do not join"; /* its walk is wrong */
		if (extent.record.state > LEDGER_POISONED || extent.record.owner == LEDGER_NOBODY ||
		    ((extent.record.borrower == LEDGER_NOBODY) !=
		     (extent.record.state == LEDGER_OWNED ||
		      extent.record.state == LEDGER_POISONED))) {
			*page = at;
			return "a record makes no sense";
		}
		if (!followed(ledger, &extent, page))
			return "stage 2 does not follow the ledger";
		at = extent.base + extent.size;
	}
	return NULL;
}

/* Are the pages of each split block counted that are as they were at first? */
static const char *check_counts(const struct ledger *ledger, const struct ledger_region *region)
{
	uint64_t end = region->base + region->size;

	for (uint64_t at = region->base; at < end;) {
		struct ledger_part part = ledger_part(ledger, region, at, end);

		at += part.size;
		if (!ledger_entry_split(*part.entry))
			continue;
		uint32_t set = ledger_entry_set(*part.entry);
		const struct ledger_record *records = ledger_set(ledger, set) + part.first;
		unsigned found = 0;

		for (unsigned i = 0; i < part.pages; i++)
			found += ledger_record_equal(records[i], ledger_untouched()) ? 1U : 0U;
		if (found != ledger->untouched[set])
			return "pages of a split block are counted wrongly";
	}
	return NULL;
}

static const char *check_sets(const struct ledger *ledger)
{
	uint32_t used = 0, listed = 0;

	for (uint32_t i = 0; i < ledger->entry_count; i++) {
		if (!ledger_entry_split(ledger->entry[i]))
			continue;
		if (ledger_entry_set(ledger->entry[i]) >= ledger->sets_fresh)
			return "a block has a record set that was never given out";
		used++;
	}
	for (uint32_t set = ledger->sets_list; set != LEDGER_NO_SET; listed++) {
		struct ledger_record link = ledger_set(ledger, set)[0];

		if (listed == ledger->set_count)
			return "the list of free record sets has a loop";
		set = ledger_entry_split(link) ? ledger_entry_set(link) : LEDGER_NO_SET;
	}
	if (used + listed != ledger->sets_fresh || ledger->sets_free != ledger->set_count - used)
		return "a record set is lost";
	return NULL;
}

const char *ledger_check(struct ledger *ledger, uint64_t *page)
{
	const char *broken;

	*page = 0;
	lock_take(&ledger->lock);
	lock_take(&ledger->stage2->lock);
	broken = check_sets(ledger);
	for (unsigned i = 0; broken == NULL && i < ledger->region_count; i++)
		broken = check_region(ledger, &ledger->region[i], page);
	for (unsigned i = 0; broken == NULL && i < ledger->region_count; i++)
		broken = check_counts(ledger, &ledger->region[i]);
	lock_release(&ledger->stage2->lock);
	lock_release(&ledger->lock);
	return broken;
}
