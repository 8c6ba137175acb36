// SPDX-License-Identifier: Apache-2.0
#include "given.h"

#include "attack.h"
#include "ranges.h"

#define BLOCK 0x200000UL

uint64_t given_page(unsigned index)
{
	for (unsigned r = 0; r < machine.ram_count; r++) {
		uint64_t end = machine.ram[r].base + machine.ram[r].size;

		/* the upper half: kernel, tree and modules lie in the lower one */
		for (uint64_t at = (machine.ram[r].base + machine.ram[r].size / 2U) & ~(BLOCK - 1U);
		     end > BLOCK && at <= end - BLOCK; at += BLOCK)
			if (ranges_free(at, BLOCK))
				return at + index * MACHINE_PAGE;
	}
	return 0;
}

int64_t given_call(uint64_t fid, uint64_t base, uint64_t pages)
{
	const uint64_t arguments[4] = {base, pages};

	return (int64_t)attack_call(HVC, fid, arguments, 2);
}

int64_t given_plain(uint64_t fid, uint64_t base, uint64_t pages)
{
	register uint64_t x0 __asm__("x0") = fid;
	register uint64_t x1 __asm__("x1") = base;
	register uint64_t x2 __asm__("x2") = pages;

	__asm__ volatile("hvc #0"
			 : "+r"(x0), "+r"(x1), "+r"(x2)::"x3", "x4", "x5", "x6", "x7", "x8", "x9",
			   "x10", "x11", "x12", "x13", "x14", "x15", "x16", "x17", "memory");
	return (int64_t)x0;
}

static volatile uint64_t *words(uint64_t page)
{
	return (volatile uint64_t *)(uintptr_t)page;
}

bool given_donate(uint64_t page)
{
	for (unsigned i = 0; i < MACHINE_PAGE / 8U; i++)
		words(page)[i] = 0;
	/* what a device writes there must not be hidden by lines of ours */
	for (uint64_t at = page; at < page + MACHINE_PAGE; at += 64U)
		__asm__ volatile("dc civac, %0" ::"r"(at) : "memory");
	dsb_sy();
	if (given_call(MEM_DONATE, page, 1) == GIVEN_SUCCESS)
		return true;
	attack_broken("MEM_DONATE of 0x%llx", (unsigned long long)page);
	return false;
}

unsigned given_return(uint64_t page)
{
	unsigned changed = 0;

	if (given_call(MEM_RETURN, page, 1) != GIVEN_SUCCESS) {
		attack_broken("MEM_RETURN of 0x%llx", (unsigned long long)page);
		return 0;
	}
	for (unsigned i = 0; i < MACHINE_PAGE / 8U; i++)
		changed += words(page)[i] != 0U ? 1U : 0U;
	return changed;
}

bool given_readable(uint64_t page)
{
	uint64_t value;

	return try_read64(page, &value);
}
