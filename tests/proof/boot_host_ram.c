// SPDX-License-Identifier: Apache-2.0
/*
 * A range is the host's RAM if and only if it lies in one bank, in numbers that cannot
 * wrap, and meets nothing that is withheld.
 *
 * target: hypervisor/core/boot/plan.c boot_plan_host_ram
 * bound: every 64-bit base and size against one bank; every range within 48 bits against 2
 *   withheld ranges
 * assumes: the bank has 48 bits of base and size (boot_memory_finish)
 * assumes: withheld ranges have 48 bits of base and size, and so has the range, which is
 *   not empty
 * wraps: boot_plan_host_ram: the sum is compared with what it was made of, to see whether
 *   it wrapped
 * unwind: 2
 */
#include "proof.h"

#include "core/boot/plan.c"
#include "machine.h"

#define COUNT 2U

static struct boot_plan plan;

static bool meets(wide base, wide end, wide other, wide other_end)
{
	return base < end && other < other_end &&
	       (base > other ? base : other) < (end < other_end ? end : other_end);
}

static bool bounded(const struct boot_range *range)
{
	return range->base >> 48 == 0U && range->size >> 48 == 0U;
}

/* One bank: what is RAM lies wholly in it, and what lies wholly in it is RAM. */
static void prove_bank(void)
{
	struct boot_range bank = {nondet_uint64(), nondet_uint64()};
	uint64_t base = nondet_uint64(), size = nondet_uint64();

	ASSUME(bounded(&bank));
	plan.ram_count = 1;
	plan.ram[0] = bank;
	PROMISE(
	    boot_plan_host_ram(&plan, base, size) ==
	    (size != 0U && base >= bank.base && (wide)base + size <= (wide)bank.base + bank.size));
}

/* Everything is RAM. */
static void prove_withheld(void)
{
	struct boot_range first = {nondet_uint64(), nondet_uint64()},
			  second = {nondet_uint64(), nondet_uint64()};
	struct boot_range asked = {nondet_uint64(), nondet_uint64()};
	wide end = (wide)asked.base + asked.size;

	plan.ram_count = 1;
	plan.ram[0] = (struct boot_range){0, 1UL << 50};
	plan.withheld_count = COUNT;
	plan.withheld[0].base = first.base;
	plan.withheld[0].size = first.size;
	plan.withheld[1].base = second.base;
	plan.withheld[1].size = second.size;
	ASSUME(bounded(&first) && bounded(&second) && bounded(&asked) && asked.size != 0U);
	PROMISE(boot_plan_host_ram(&plan, asked.base, asked.size) ==
		(!meets(asked.base, end, first.base, (wide)first.base + first.size) &&
		 !meets(asked.base, end, second.base, (wide)second.base + second.size)));
}

void prove(void)
{
	prove_bank();
	prove_withheld();
}
