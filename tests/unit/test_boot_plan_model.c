/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random machines: what the planner says of each page of 64 MiB is compared with what is counted
 * byte by byte from the same numbers. Memory nodes, regions, secure and disabled memory overlap,
 * wrap over one another and end anywhere.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cases.h"
#include "fake/machine.h"
#include "plan_check.h"
#include "tree_case.h"
#include "tree_maker.h"

#define ROUNDS     1500U
#define BASE       0x40000000UL
#define SIZE       (64UL << 20)
#define PAGE       4096UL
#define PAGES      (SIZE / PAGE)
#define LIST_MAX   24U
#define KERNEL     (64UL << 10)
#define KERNEL_ALL (4UL << 20)

static struct boot_plan plan;
static struct boot_facts facts;

/* --- pseudo-random numbers: xorshift64* --- */

static uint64_t random_state;

static void random_start(void)
{
	const char *text = getenv("PORTCULLIS_SEED");

	random_state = ((text != NULL ? strtoull(text, NULL, 0) : 1U) + 1U) * 0x9e3779b97f4a7c15ULL;
	random_state |= random_state == 0U;
}

static uint64_t random_below(uint64_t limit)
{
	random_state ^= random_state >> 12;
	random_state ^= random_state << 25;
	random_state ^= random_state >> 27;
	return ((random_state * 0x2545f4914f6cdd1dULL) >> 11) % limit;
}

static bool one_in(uint64_t n)
{
	return random_below(n) == 0U;
}

/* --- the machine --- */

enum memory_state {
	MEMORY_ON,
	MEMORY_OFF,
	MEMORY_SECURE,
};

struct bank {
	struct boot_range range;
	enum memory_state state;
};

struct region {
	struct boot_range range;
	bool no_map, off, driver;
	bool wanted;     /* by a device */
	bool wanted_off; /* by one that is off */
};

static struct machine {
	struct bank banks[LIST_MAX];
	unsigned bank_count;
	struct region regions[LIST_MAX];
	unsigned region_count;
	struct boot_range reservations[LIST_MAX];
	unsigned reservation_count;
	struct boot_range kernel, initrd;
} machine;

static struct boot_range random_range(uint64_t longest)
{
	struct boot_range range = {random_below(SIZE), 1U + random_below(longest)};
	uint64_t align = one_in(3) ? 1U : one_in(2) ? PAGE : 2UL << 20;

	range.base = BASE + range.base / align * align;
	range.size = (range.size + align - 1U) / align * align;
	if (one_in(12))
		range.size = 0;
	return range;
}

static void make_machine(void)
{
	memset(&machine, 0, sizeof(machine));
	/* mostly one or two large banks and some small ones */
	machine.bank_count = 1U + (unsigned)random_below(8);
	for (unsigned i = 0; i < machine.bank_count; i++) {
		struct bank *bank = &machine.banks[i];

		bank->range = random_range(i < 2U ? SIZE : 3UL << 20);
		if (i == 0U)
			bank->range =
			    (struct boot_range){BASE, SIZE / 2U + random_below(SIZE / 2U)};
		bank->state = i == 0U || !one_in(4) ? MEMORY_ON
			      : one_in(2)           ? MEMORY_OFF
						    : MEMORY_SECURE;
	}
	machine.region_count = (unsigned)random_below(6);
	for (unsigned i = 0; i < machine.region_count; i++)
		machine.regions[i] = (struct region){
		    .range = random_range(3UL << 20),
		    .no_map = !one_in(3),
		    .off = one_in(6),
		    .driver = one_in(6),
		    .wanted = one_in(3),
		    .wanted_off = one_in(3),
		};
	machine.reservation_count = (unsigned)random_below(4);
	for (unsigned i = 0; i < machine.reservation_count; i++) {
		/* an empty one would end the block */
		machine.reservations[i] = random_range(1UL << 20);
		machine.reservations[i].size += machine.reservations[i].size == 0U;
	}
	facts.image_base = BASE + (2UL << 20) * random_below(SIZE >> 21);
	facts.image_size = PAGE * (1U + random_below(200));
	facts.tree_base = BASE + PAGE * random_below(PAGES - 16U);
	machine.kernel = (struct boot_range){BASE + PAGE * random_below(PAGES - 16U), KERNEL};
	if (one_in(2))
		machine.kernel.base &= ~((2UL << 20) - 1U);
	machine.initrd =
	    (struct boot_range){BASE + random_below(SIZE - (1UL << 20)), random_below(1UL << 20)};
}

static size_t write_tree(void)
{
	static const char *const status[] = {
	    [MEMORY_OFF] = "disabled", [MEMORY_SECURE] = "disabled"};

	maker_start(machine.reservations, machine.reservation_count);
	maker_cpus(1U + (unsigned)random_below(4));
	for (unsigned i = 0; i < machine.region_count; i++) {
		const struct region *region = &machine.regions[i];

		for (unsigned off = 0; off < 2U; off++) {
			if (off == 0U ? !region->wanted : !region->wanted_off)
				continue;
			maker_node("device-%u-%u", i, off);
			maker_word("memory-region", i + 1U);
			if (off != 0U)
				maker_text("status", "disabled");
			maker_end();
		}
	}
	for (unsigned i = 0; i < machine.bank_count; i++) {
		const struct bank *bank = &machine.banks[i];

		maker_node("memory-%u@%lx", i, bank->range.base);
		maker_text("device_type", "memory");
		maker_reg(&bank->range, 1);
		if (bank->state != MEMORY_ON)
			maker_text("status", status[bank->state]);
		if (bank->state == MEMORY_SECURE)
			maker_text("secure-status", "okay");
		maker_end();
	}
	maker_node("reserved-memory");
	maker_bus();
	for (unsigned i = 0; i < machine.region_count; i++) {
		const struct region *region = &machine.regions[i];

		maker_node("region-%u", i);
		maker_reg(&region->range, 1);
		maker_word("phandle", i + 1U);
		if (region->no_map)
			maker_bytes("no-map", NULL, 0);
		if (region->off)
			maker_text("status", "disabled");
		if (region->driver)
			maker_text("compatible", "portcullis,test-region");
		maker_end();
	}
	maker_end();
	maker_node("chosen");
	maker_bus();
	maker_module("multiboot,kernel", machine.kernel.base, machine.kernel.size, NULL);
	maker_module("multiboot,ramdisk", machine.initrd.base, machine.initrd.size, NULL);
	maker_end();
	return maker_finish();
}

/* --- what each page is, counted by hand --- */

static uint32_t ram_bytes[2U * PAGES];
static bool kept[2U * PAGES]; /* from the host */

static bool byte_in_bank(uint64_t address)
{
	for (unsigned i = 0; i < machine.bank_count; i++)
		if (machine.banks[i].state == MEMORY_ON && address >= machine.banks[i].range.base &&
		    address - machine.banks[i].range.base < machine.banks[i].range.size)
			return true;
	return false;
}

/* A page is RAM when its first and last byte are and no bank begins or ends in between unmet. */
static bool page_is_ram(uint64_t page)
{
	uint64_t at = page;

	while (at < page + PAGE) {
		uint64_t next = at;

		if (!byte_in_bank(at))
			return false;
		for (unsigned i = 0; i < machine.bank_count; i++) {
			const struct boot_range *range = &machine.banks[i].range;

			if (machine.banks[i].state == MEMORY_ON && at >= range->base &&
			    at - range->base < range->size && range->base + range->size > next)
				next = range->base + range->size;
		}
		at = next;
	}
	return true;
}

static void keep(const struct boot_range *range)
{
	if (range->size == 0U)
		return;
	for (uint64_t page = range->base / PAGE; page <= (range->base + range->size - 1U) / PAGE;
	     page++)
		if (page >= BASE / PAGE && page - BASE / PAGE < 2U * PAGES)
			kept[page - BASE / PAGE] = true;
}

static void count_pages(void)
{
	struct boot_range image = {facts.image_base, facts.image_size};

	memset(kept, 0, sizeof(kept));
	keep(&image);
	keep(&plan.pool);
	for (unsigned i = 0; i < machine.bank_count; i++)
		if (machine.banks[i].state != MEMORY_ON)
			keep(&machine.banks[i].range);
	for (unsigned i = 0; i < machine.region_count; i++) {
		const struct region *region = &machine.regions[i];

		if (region->no_map && !region->off && !region->driver && !region->wanted)
			keep(&region->range);
	}
	for (uint64_t i = 0; i < 2U * PAGES; i++)
		ram_bytes[i] = page_is_ram(BASE + i * PAGE) ? PAGE : 0U;
}

static void compare_pages(unsigned round)
{
	uint64_t sum = 0;

	count_pages();
	for (uint64_t i = 0; i < 2U * PAGES; i++) {
		uint64_t page = BASE + i * PAGE;
		bool hosts = ram_bytes[i] != 0U && !kept[i];

		sum += ram_bytes[i];
		if (boot_plan_host_ram(&plan, page, PAGE) != hosts)
			fail_msg("round %u: page 0x%lx is%s the host's", round, page,
				 hosts ? "" : " not");
		if ((boot_plan_withheld(&plan, page) != NULL) != kept[i])
			fail_msg("round %u: page 0x%lx is%s withheld", round, page,
				 kept[i] ? "" : " not");
	}
	assert_int_equal(sum, plan.ram_size);
	assert_true(plan.ram[plan.ram_count - 1U].base < BASE + 2U * SIZE);
}

static void test_plan_model(void **state)
{
	unsigned plans = 0, moved = 0;
	uint8_t header[BOOT_IMAGE_HEADER];

	(void)state;
	fake_reset();
	random_start();
	tree_facts(&facts);
	facts.boot_mpidr = 0;
	for (unsigned round = 0; round < ROUNDS; round++) {
		const char *reason, *problem;
		size_t size;

		make_machine();
		size = write_tree();
		tree_header(header, one_in(4) ? 0x80000 : 0, KERNEL_ALL, one_in(4) ? 0x2 : 0xa);
		reason = boot_plan_make(&plan, maker_tree, size, &facts);
		if (reason == NULL)
			reason = boot_plan_place(&plan, &facts, header);
		if (reason != NULL) {
			assert_null(refusal_check(&plan, reason));
			continue;
		}
		problem = plan_check(&plan, &facts, maker_tree);
		if (problem == NULL)
			problem = plan_carry_out(&plan, maker_tree);
		if (problem != NULL)
			fail_msg("round %u: %s", round, problem);
		compare_pages(round);
		plans++;
		moved += plan.kernel.copy;
	}
	print_message("%u plans of %u machines, %u with a kernel that moves\n", plans, ROUNDS,
		      moved);
	assert_true(plans > ROUNDS / 4U);
	assert_true(moved > ROUNDS / 20U);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_plan_model),
	};

	return cmocka_run_group_tests_name("boot plan model", tests, NULL, NULL);
}
