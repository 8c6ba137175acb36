// SPDX-License-Identifier: Apache-2.0
#include "memory.h"

#include <string.h>

#include "ranges.h"
#include "sysreg.h"

#define SPSR_EL0 0x3c0UL
#define STORED   8U /* doublewords that a store may change */

extern const char user_take[];

/* no-map range `index` of those that the hypervisor added, or, with `others`, of all others. */
static struct machine_range kept(unsigned index, bool others)
{
	for (unsigned i = 0; i < machine.kept_count; i++) {
		bool own = strncmp(machine.kept[i].name, "hypervisor@", 11) == 0;

		if (own != others && index-- == 0U)
			return machine.kept[i];
	}
	return (struct machine_range){0};
}

struct machine_range memory_image(void)
{
	return kept(0, false);
}

struct machine_range memory_pool(void)
{
	return kept(1, false);
}

struct machine_range memory_reserved(void)
{
	return kept(0, true);
}

uint64_t memory_page(struct machine_range range, bool (*wanted)(uint64_t page))
{
	for (uint64_t page = range.base; page - range.base < range.size; page += MACHINE_PAGE) {
		uint64_t value;

		if (try_read64(page, &value) && (wanted == NULL || wanted(page)))
			return page;
	}
	return range.base;
}

enum attack_outcome memory_judge_load(uint64_t address, const struct outcome *o)
{
	return attack_judge(o->count == 0U && o->result != o->canary,
			    "0x%llx: %u exceptions, ESR 0x%llx, brought 0x%llx",
			    (unsigned long long)address, o->count,
			    (unsigned long long)(o->count == 0U ? 0U : o->taken.esr),
			    (unsigned long long)(o->result == o->canary ? 0U : o->result));
}

enum attack_outcome memory_load(access_function *load, uint64_t address)
{
	struct outcome o = access_try(load, address);

	return memory_judge_load(address, &o);
}

enum attack_outcome memory_store(access_function *store, uint64_t address, uint64_t seen)
{
	uint64_t first = seen & ~7UL, before[STORED], after;
	bool readable = true, changed = false;
	struct outcome o;

	for (uint64_t i = 0; i < STORED; i++)
		readable = try_read64(first + 8UL * i, &before[i]) && readable;
	o = access_try(store, address);
	for (uint64_t i = 0; readable && i < STORED; i++) {
		if (!try_read64(first + 8UL * i, &after) || after == before[i])
			continue;
		changed = true;
		(void)try_write64(first + 8UL * i, before[i]);
	}
	/* a store that nothing stopped into what cannot be read back is no comfort */
	return attack_judge(changed || (!readable && o.count == 0U),
			    "0x%llx: %u exceptions, ESR 0x%llx, %s", (unsigned long long)address,
			    o.count, (unsigned long long)(o.count == 0U ? 0U : o.taken.esr),
			    changed    ? "changed and put back"
			    : readable ? "unchanged"
				       : "cannot be read");
}

enum attack_outcome memory_run(uint64_t address)
{
	struct outcome o = access_execute(address);
	bool fetched = o.count == 0U || exception_class(&o.taken) != EC_IABT_SAME;

	return attack_judge(fetched, "0x%llx: %u exceptions, ESR 0x%llx, ELR 0x%llx",
			    (unsigned long long)address, o.count,
			    (unsigned long long)(o.count == 0U ? 0U : o.taken.esr),
			    (unsigned long long)(o.count == 0U ? 0U : o.taken.elr));
}

uint64_t memory_block(void)
{
	return ranges_blocks(1);
}

static bool call(uint64_t fid, uint64_t base, uint64_t pages)
{
	const uint64_t arguments[4] = {base, pages};
	uint64_t answer = attack_call(HVC, fid, arguments, 2);

	if (answer != 0U)
		attack_broken("0x%llx of our page 0x%llx: 0x%llx", (unsigned long long)fid,
			      (unsigned long long)base, (unsigned long long)answer);
	return answer == 0U;
}

bool memory_give(uint64_t base, uint64_t pages)
{
	return call(MEM_DONATE, base, pages);
}

bool memory_take(uint64_t base, uint64_t pages)
{
	return call(MEM_RETURN, base, pages);
}

uint64_t memory_alias(unsigned entry, uint64_t address, uint64_t attributes)
{
	(void)mmu_replace(entry, (address & ~(MMU_GRANULE - 1U)) | attributes);
	return entry * MMU_GRANULE + address % MMU_GRANULE;
}

void memory_alias_end(unsigned entry)
{
	(void)mmu_replace(entry, entry * MMU_GRANULE | MMU_DEVICE);
}

void memory_user_begin(uint64_t address)
{
	(void)memory_alias(ALIAS_CODE, (uint64_t)(uintptr_t)user_take, MMU_USER_RUN);
	(void)memory_alias(ALIAS, address, MMU_USER);
}

enum attack_outcome memory_user_run(uint64_t address)
{
	uint64_t code = ALIAS_CODE * MMU_GRANULE + (uint64_t)(uintptr_t)user_take % MMU_GRANULE;
	uint64_t data = ALIAS * MMU_GRANULE + address % MMU_GRANULE, value;
	struct exception taken;

	value = user_run(code, SPSR_EL0, data, &taken);
	return attack_judge(exception_class(&taken) == EC_SVC64 && value != data,
			    "0x%llx at EL0: ESR 0x%llx, x0 0x%llx", (unsigned long long)address,
			    (unsigned long long)taken.esr, (unsigned long long)value);
}

void memory_user_end(void)
{
	memory_alias_end(ALIAS);
	memory_alias_end(ALIAS_CODE);
}

enum attack_outcome memory_user_load(uint64_t address)
{
	enum attack_outcome outcome;

	memory_user_begin(address);
	outcome = memory_user_run(address);
	memory_user_end();
	return outcome;
}
