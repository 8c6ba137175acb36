/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the planner's lists end: the last entry that fits, and the refusal of the next. Also what
 * only a tree without a compiler can have, and how much memory the hypervisor keeps.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libfdt.h>

#include "cases.h"
#include "fake/machine.h"
#include "plan_check.h"
#include "tree_case.h"
#include "tree_maker.h"

#define KIB 1024UL
#define MIB (1024UL * KIB)
#define GIB (1024UL * MIB)

static struct boot_plan plan;
static struct boot_facts facts;
static uint8_t header[BOOT_IMAGE_HEADER];

static const struct boot_range ram = {0x40000000, 2UL << 30};

static int prepare(void **state)
{
	(void)state;
	fake_reset();
	tree_facts(&facts);
	facts.pa_bits = 48;
	tree_header(header, 0, 40UL * MIB, 0xa);
	return 0;
}

static const char *plan_size(size_t size)
{
	const char *reason = boot_plan_make(&plan, maker_tree, size, &facts);

	return reason != NULL ? reason : boot_plan_place(&plan, &facts, header);
}

static void expect_plan(size_t size)
{
	const char *reason = plan_size(size), *problem;

	if (reason != NULL)
		fail_msg("refused: %s", reason);
	problem = plan_check(&plan, &facts, maker_tree);
	if (problem == NULL)
		problem = plan_carry_out(&plan, maker_tree);
	if (problem != NULL)
		fail_msg("%s", problem);
}

static void expect_refusal(size_t size, const char *words)
{
	const char *reason = plan_size(size);

	if (reason == NULL)
		fail_msg("not refused: %s", words);
	if (strstr(reason, words) == NULL)
		fail_msg("refused, but not as expected: %s", reason);
	assert_null(refusal_check(&plan, reason));
}

/* What every tree here has; the caller adds to /chosen before its end and to the root after it. */
static void start(const struct boot_range *reservations, unsigned count)
{
	maker_start(reservations, count);
	maker_cpus(4);
	maker_node("chosen");
	maker_bus();
	maker_module("multiboot,kernel", 0x41000000, 32UL * MIB, NULL);
}

static void chosen_done(void)
{
	maker_end();
}

/* --- lists --- */

static size_t with_banks(unsigned count)
{
	struct boot_range banks[BOOT_RAM_MAX + 8];

	banks[0] = ram;
	for (unsigned i = 1; i < count; i++)
		banks[i] = (struct boot_range){GIB * 8UL + i * 4UL * MIB, 2UL * MIB};
	start(NULL, 0);
	chosen_done();
	maker_memory(banks, count);
	return maker_finish();
}

static void test_plan_limit_ram(void **state)
{
	(void)state;
	expect_plan(with_banks(BOOT_RAM_MAX));
	assert_int_equal(plan.ram_count, BOOT_RAM_MAX);
	expect_refusal(with_banks(BOOT_RAM_MAX + 1U), "more than 128 separate ranges of memory");
}

static size_t with_reservations(unsigned count)
{
	struct boot_range list[BOOT_RESERVED_MAX + 8];

	for (unsigned i = 0; i < count; i++)
		list[i] = (struct boot_range){0x60000000UL + i * 64UL * KIB, 4UL * KIB};
	start(list, count);
	chosen_done();
	maker_memory(&ram, 1);
	return maker_finish();
}

static void test_plan_limit_reservations(void **state)
{
	(void)state;
	expect_plan(with_reservations(BOOT_RESERVED_MAX));
	assert_int_equal(plan.reserved_count, BOOT_RESERVED_MAX);
	expect_refusal(with_reservations(BOOT_RESERVED_MAX + 1U), "more than 160 reserved ranges");
}

/*
 * `count` regions with no-map; the first `used` of them belong to devices. In a machine that is
 * small enough for its share of page tables and records not to be enough.
 */
static size_t with_regions(unsigned count, unsigned used)
{
	static const struct boot_range small = {0x40000000, 512UL * MIB};

	start(NULL, 0);
	chosen_done();
	maker_memory(&small, 1);
	maker_node("reserved-memory");
	maker_bus();
	for (unsigned i = 0; i < count; i++) {
		/* each in a block of its own, which the ledger has to split */
		struct boot_range range = {0x44000000UL + i * 2UL * MIB, 4UL * KIB};

		maker_node("region@%lx", range.base);
		maker_reg(&range, 1);
		maker_bytes("no-map", NULL, 0);
		maker_word("phandle", i + 1U);
		maker_end();
	}
	maker_end();
	for (unsigned i = 0; i < used; i++) {
		maker_node("device-%u", i);
		maker_word("memory-region", i + 1U);
		maker_end();
	}
	return maker_finish();
}

static void test_plan_limit_withheld(void **state)
{
	(void)state;
	/* image and pool take two */
	expect_plan(with_regions(BOOT_WITHHELD_MAX - 2U, 0));
	assert_int_equal(plan.withheld_count, BOOT_WITHHELD_MAX);
	expect_refusal(with_regions(BOOT_WITHHELD_MAX - 1U, 0),
		       "more than 160 ranges are to be withheld");
	expect_refusal(with_regions(BOOT_WITHHELD_MAX, 0),
		       "more than 160 ranges are to be withheld");
	expect_plan(with_regions(BOOT_WITHHELD_MAX, 5));
	assert_int_equal(plan.withheld_count, BOOT_WITHHELD_MAX - 3U);
}

static void test_plan_limit_references(void **state)
{
	(void)state;
	expect_plan(with_regions(2, 256));
	expect_refusal(with_regions(2, 257), "more than 256 regions are asked for");
}

static size_t with_devices(unsigned count)
{
	start(NULL, 0);
	chosen_done();
	maker_memory(&ram, 1);
	for (unsigned i = 0; i < count; i++) {
		struct boot_range range = {(2UL * i + 10UL) * GIB, 4UL * KIB};

		maker_node("device@%lx", range.base);
		maker_reg(&range, 1);
		maker_end();
	}
	return maker_finish();
}

static void test_plan_limit_devices(void **state)
{
	(void)state;
	expect_plan(with_devices(BOOT_DEVICE_MAX));
	assert_int_equal(plan.device_count, BOOT_DEVICE_MAX);
	expect_refusal(with_devices(BOOT_DEVICE_MAX + 1U), "devices lie in more than 64 groups");
}

static size_t with_cpus(unsigned count)
{
	maker_start(NULL, 0);
	maker_cpus(count);
	maker_node("chosen");
	maker_bus();
	maker_module("multiboot,kernel", 0x41000000, 32UL * MIB, NULL);
	maker_end();
	maker_memory(&ram, 1);
	return maker_finish();
}

static void test_plan_limit_cpus(void **state)
{
	(void)state;
	expect_plan(with_cpus(BOOT_CPU_MAX));
	assert_int_equal(plan.cpu_count, BOOT_CPU_MAX);
	assert_int_equal(plan.cpus_left_out, 0);
	expect_plan(with_cpus(70));
	assert_int_equal(plan.cpu_count, BOOT_CPU_MAX);
	assert_int_equal(plan.cpus_left_out, 6);
	assert_int_equal(plan.mpidr[63], 63);
	/* the one that boots is never left out */
	facts.boot_mpidr = 67;
	expect_plan(with_cpus(70));
	assert_int_equal(plan.cpu_count, BOOT_CPU_MAX);
	assert_int_equal(plan.cpus_left_out, 6);
	assert_int_equal(plan.boot_cpu, 63);
	assert_int_equal(plan.mpidr[62], 62);
	assert_int_equal(plan.mpidr[63], 67);
}

static size_t with_bootargs(const char *text)
{
	maker_start(NULL, 0);
	maker_cpus(1);
	maker_node("chosen");
	maker_bus();
	maker_text("bootargs", text);
	maker_module("multiboot,kernel", 0x41000000, 32UL * MIB, NULL);
	maker_end();
	maker_memory(&ram, 1);
	return maker_finish();
}

static void test_plan_limit_bootargs(void **state)
{
	static char text[BOOT_BOOTARGS + 64];

	(void)state;
	memset(text, 'x', BOOT_BOOTARGS - 1U);
	expect_plan(with_bootargs(text));
	assert_string_equal(plan.bootargs, text);
	text[BOOT_BOOTARGS - 1U] = 'x';
	expect_refusal(with_bootargs(text), "longer than 2047 bytes");
	/* what is taken out does not count */
	memcpy(text, "hv.a hv.b ", 10);
	expect_plan(with_bootargs(text));
	assert_int_equal(strlen(plan.bootargs), BOOT_BOOTARGS - 10U);
}

static const char *options(unsigned count)
{
	static char text[400];
	size_t used = 0;

	for (unsigned i = 0; i < count; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, "hv.o%u=%u ", i, i);
	return text;
}

static void test_plan_limit_options(void **state)
{
	char text[200];

	(void)state;
	expect_plan(with_bootargs(options(BOOT_OPTION_MAX)));
	assert_int_equal(plan.option_count, BOOT_OPTION_MAX);
	assert_string_equal(plan.bootargs, "");
	assert_string_equal(boot_plan_option(&plan, "o15"), "15");
	expect_refusal(with_bootargs(options(BOOT_OPTION_MAX + 1U)), "more than 16 boot options");

	(void)snprintf(text, sizeof(text), "hv.%023d=%071d", 1, 2);
	expect_plan(with_bootargs(text));
	(void)snprintf(text, sizeof(text), "hv.%024d=%071d", 1, 2);
	expect_refusal(with_bootargs(text), "is longer than it may be");
	(void)snprintf(text, sizeof(text), "hv.%023d=%072d", 1, 2);
	expect_refusal(with_bootargs(text), "is longer than it may be");
}

static size_t with_modules(unsigned count)
{
	start(NULL, 0);
	for (unsigned i = 1; i < count; i++)
		maker_module("xen,xsm-policy", i, 1, NULL);
	chosen_done();
	maker_memory(&ram, 1);
	return maker_finish();
}

static void test_plan_limit_modules(void **state)
{
	(void)state;
	expect_plan(with_modules(16));
	assert_int_equal(plan.marks.module_count, 16);
	expect_refusal(with_modules(17), "more than 16 boot modules");
}

/* One that lies beyond what the CPU can address, in part or altogether; the last byte that it can
 * address is none of the host's here. */
static void test_plan_limit_module_end(void **state)
{
	static const struct {
		struct boot_range range;
		const char *words;
	} rows[] = {
	    {{(1UL << 48) - 4U * KIB, 4U * KIB}, "not wholly in memory of the host"},
	    {{(1UL << 48) - 4U * KIB, 4U * KIB + 1U}, "ends beyond the CPU's 48 address bits"},
	    {{1UL << 48, 1}, "ends beyond the CPU's 48 address bits"},
	    {{0x44000000, ~0UL}, "ends beyond the CPU's 48 address bits"},
	    {{0x44000000, -0x44000000UL}, "ends beyond the CPU's 48 address bits"},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		start(NULL, 0);
		maker_module("multiboot,ramdisk", rows[i].range.base, rows[i].range.size, NULL);
		chosen_done();
		maker_memory(&ram, 1);
		expect_refusal(maker_finish(), rows[i].words);
	}
}

/* `count` nodes that are compatible with `format`, in which the number may stand. */
static size_t with_kinds(unsigned count, const char *name, bool numbered)
{
	start(NULL, 0);
	chosen_done();
	maker_memory(&ram, 1);
	for (unsigned i = 0; i < count; i++) {
		struct boot_range range = {0x10000000UL + i * 0x1000UL, 0x100};
		char text[80];

		(void)snprintf(text, sizeof(text), numbered ? "%s%u" : "%s", name, i);
		maker_node("engine@%lx", range.base);
		maker_text("compatible", text);
		maker_reg(&range, 1);
		maker_word("#dma-cells", 1);
		maker_end();
	}
	return maker_finish();
}

static void test_plan_limit_removed(void **state)
{
	(void)state;
	expect_plan(with_kinds(16, "qemu,fw-cfg-mmio", false));
	assert_int_equal(plan.marks.removed_count, 16);
	expect_refusal(with_kinds(17, "qemu,fw-cfg-mmio", false), "more than 16 devices to remove");
}

static void test_plan_limit_dma(void **state)
{
	(void)state;
	expect_plan(with_kinds(BOOT_DMA_MAX, "engine,", true));
	assert_int_equal(plan.dma_count, BOOT_DMA_MAX);
	assert_int_equal(plan.dma_more, 0);
	expect_plan(with_kinds(BOOT_DMA_MAX + 5U, "engine,", true));
	assert_int_equal(plan.dma_count, BOOT_DMA_MAX);
	assert_int_equal(plan.dma_more, 5);
	/* a name that has to be cut */
	expect_plan(
	    with_kinds(3, "engine,with-a-name-that-is-longer-than-the-plan-has-room", false));
	assert_int_equal(plan.dma_count, 1);
	assert_int_equal(plan.dma[0].count, 3);
	assert_int_equal(strlen(plan.dma[0].compatible), sizeof(plan.dma[0].compatible) - 1U);
}

static size_t with_uarts(unsigned count)
{
	char path[40];

	maker_start(NULL, 0);
	maker_cpus(1);
	maker_node("chosen");
	maker_bus();
	(void)snprintf(path, sizeof(path), "/serial@%x", 0x10000000U + (count - 1U) * 0x1000U);
	maker_text("stdout-path", path);
	maker_module("multiboot,kernel", 0x41000000, 32UL * MIB, NULL);
	maker_end();
	maker_memory(&ram, 1);
	for (unsigned i = 0; i < count; i++) {
		struct boot_range range = {0x10000000UL + i * 0x1000UL, 0x100};

		maker_node("serial@%lx", range.base);
		maker_text("compatible", "arm,pl011");
		maker_reg(&range, 1);
		maker_end();
	}
	return maker_finish();
}

static void test_plan_limit_uarts(void **state)
{
	(void)state;
	expect_plan(with_uarts(16));
	assert_int_equal(plan.console.kind, BOOT_CONSOLE_PL011);
	assert_int_equal(plan.console.base, 0x1000f000);
	/* beyond what is remembered: found by its path, not driven */
	expect_plan(with_uarts(17));
	assert_int_equal(plan.console.kind, BOOT_CONSOLE_UNKNOWN);
	assert_string_equal(plan.console.name, "serial@10010000");
}

static size_t with_depth(unsigned levels)
{
	start(NULL, 0);
	chosen_done();
	maker_memory(&ram, 1);
	/* the root is one */
	for (unsigned i = 1; i < levels; i++) {
		maker_node("a-rather-long-name-of-a-bus-%u", i);
		maker_bus();
	}
	for (unsigned i = 1; i < levels; i++)
		maker_end();
	return maker_finish();
}

static void test_plan_limit_depth(void **state)
{
	(void)state;
	expect_plan(with_depth(32));
	expect_refusal(with_depth(33), "deeper than 32 levels");
}

/* --- what no compiler writes --- */

static void test_plan_property_behind_child(void **state)
{
	(void)state;
	start(NULL, 0);
	chosen_done();
	maker_memory(&ram, 1);
	maker_node("soc");
	maker_node("child");
	maker_end();
	maker_word("#address-cells", 1);
	maker_end();
	expect_refusal(maker_finish(), "has properties behind its children");
}

static void test_plan_property_twice(void **state)
{
	(void)state;
	start(NULL, 0);
	chosen_done();
	maker_memory(&ram, 1);
	maker_node("soc");
	maker_word("#address-cells", 1);
	maker_word("#address-cells", 2);
	maker_end();
	expect_refusal(maker_finish(), "node soc in the device tree has two properties "
				       "#address-cells");
}

static void test_plan_node_twice(void **state)
{
	static const char *const names[] = {"chosen", "reserved-memory", "aliases", "hypervisor"};
	char words[64];

	(void)state;
	for (unsigned i = 0; i < 4U; i++) {
		start(NULL, 0);
		chosen_done();
		maker_memory(&ram, 1);
		for (unsigned j = 0; j < 2U; j++) {
			maker_node("%s", names[i]);
			maker_end();
		}
		(void)snprintf(words, sizeof(words), "two nodes /%s", names[i]);
		expect_refusal(maker_finish(), words);
	}
}

static size_t plain(void)
{
	start(NULL, 0);
	chosen_done();
	maker_memory(&ram, 1);
	return maker_finish();
}

static void test_plan_blob(void **state)
{
	static uint8_t shifted[64U << 10] __attribute__((aligned(8)));
	size_t size = plain();

	(void)state;
	expect_plan(size);
	assert_int_equal(plan.tree_used, size);
	assert_int_equal(plan.tree_source, facts.tree_base);
	/* room behind the tree is not in use, up to what the protocol allows */
	fdt_set_totalsize(maker_tree, (uint32_t)BOOT_TREE_LIMIT);
	expect_plan(BOOT_TREE_LIMIT);
	assert_int_equal(plan.tree_used, size);
	fdt_set_totalsize(maker_tree, (uint32_t)BOOT_TREE_LIMIT + 8U);
	expect_refusal(sizeof(maker_tree), "more than 2097152");

	size = plain();
	expect_refusal(size - 1U, "it is truncated");
	expect_refusal(39, "it is truncated");
	expect_refusal(0, "it is truncated");
	fdt_set_magic(maker_tree, 0xd00dfeee);
	expect_refusal(size,
		       "no usable device tree at 0x40000000: it does not start with the magic");
	size = plain();
	fdt_set_version(maker_tree, 3);
	fdt_set_last_comp_version(maker_tree, 3);
	expect_refusal(size, "its format's version is unknown");
	size = plain();
	fdt_set_last_comp_version(maker_tree, 18);
	expect_refusal(size, "its format's version is unknown");
	size = plain();
	fdt_set_off_dt_struct(maker_tree, fdt_off_dt_struct(maker_tree) + 2U);
	expect_refusal(size, "its structure is broken");

	size = plain();
	memcpy(shifted + 4, maker_tree, size);
	const char *reason = boot_plan_make(&plan, shifted + 4, size, &facts);

	assert_non_null(reason);
	assert_non_null(strstr(reason, "its address is not a multiple of 8"));
}

/* The list of reservations behind all else: it is in use up to the pair of zeroes that ends it. */
static void test_plan_reservations_last(void **state)
{
	const struct boot_range kept[2] = {{0x60000000, 0x1000}, {0x60002000, 0x1000}};
	size_t size, list = 3U * sizeof(struct fdt_reserve_entry);

	(void)state;
	start(kept, 2);
	chosen_done();
	maker_memory(&ram, 1);
	size = (maker_finish() + 7U) & ~7UL;
	memcpy(maker_tree + size, maker_tree + fdt_off_mem_rsvmap(maker_tree), list);
	fdt_set_off_mem_rsvmap(maker_tree, (uint32_t)size);
	fdt_set_totalsize(maker_tree, (uint32_t)(size + list + 64U));
	expect_plan(size + list + 64U);
	assert_int_equal(plan.tree_used, size + list);
	assert_int_equal(plan.reserved_count, 2);
}

/* Version 16 does not say how long the structure is: all of the blob counts as used. */
static void test_plan_version_16(void **state)
{
	size_t size = plain();

	(void)state;
	fdt_set_version(maker_tree, 16);
	expect_plan(size);
	assert_int_equal(plan.tree_used, size);
}

/* --- how much is kept --- */

/* With hv.pool=full there is a table for each block that a bank has a part of. */
static void test_plan_kept_full(void **state)
{
	struct boot_range banks[65];
	unsigned long blocks = 0;

	(void)state;
	banks[0] = ram;
	/* each has half of two blocks */
	for (unsigned i = 1; i < 65U; i++)
		banks[i] = (struct boot_range){8UL * GIB + i * 8UL * MIB + MIB, 2UL * MIB};
	for (unsigned i = 0; i < 65U; i++)
		blocks += (banks[i].base + banks[i].size + 2UL * MIB - 1U) / (2UL * MIB) -
			  banks[i].base / (2UL * MIB);
	maker_start(NULL, 0);
	maker_cpus(4);
	maker_node("chosen");
	maker_bus();
	maker_module("multiboot,kernel", 0x41000000, 32UL * MIB, "hv.pool=full");
	chosen_done();
	maker_memory(banks, 65);
	expect_plan(maker_finish());
	assert_true(plan.tables.size / BOOT_PAGE >= blocks);
	assert_true(plan.tables.size <= plan.ram_size / 400U);
}

static void test_plan_kept(void **state)
{
	static const unsigned long sizes[] = {512UL * MIB, 2UL * GIB,  4UL * GIB,
					      16UL * GIB,  64UL * GIB, 1024UL * GIB};

	(void)state;
	for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		for (unsigned cpus = 1; cpus <= 8U; cpus *= 2U) {
			struct boot_range bank = {0x40000000, sizes[i]};
			uint64_t kept;

			maker_start(NULL, 0);
			maker_cpus(cpus);
			maker_node("chosen");
			maker_bus();
			maker_module("multiboot,kernel", 0x41000000, 32UL * MIB, NULL);
			maker_end();
			maker_memory(&bank, 1);
			expect_plan(maker_finish());
			kept = plan.image.size + plan.pool.size;
			if (kept > MIB + sizes[i] / 10000UL * 15UL)
				fail_msg("%lu KiB kept of %lu MiB", kept / KIB, sizes[i] / MIB);
			assert_true(plan.tables.size >= sizes[i] / 2000UL);
			assert_int_equal(plan.pool.base + plan.pool.size, bank.base + bank.size);
		}
	}
}

/* Memory for FF-A: exactly what firmware made necessary, where its buffers want it. */
static void test_plan_kept_for_ffa(void **state)
{
	static const uint64_t sizes[] = {0, 0x1000, 0x12000, 0x50000, 0x123000};

	(void)state;
	for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		for (uint64_t align = 4096; align <= 65536U; align *= 4U)
			for (unsigned trace = 0; trace < 2U; trace++) {
				uint64_t without;
				size_t size;

				maker_start(NULL, 0);
				maker_cpus(3);
				maker_node("chosen");
				maker_bus();
				maker_module("multiboot,kernel", 0x41000000, 32UL * MIB,
					     trace != 0U ? "hv.trace=5" : NULL);
				maker_end();
				maker_memory(&ram, 1);
				size = maker_finish();
				facts.ffa_size = 0;
				expect_plan(size);
				without = plan.pool.size;
				facts.ffa_size = sizes[i];
				facts.ffa_align = align;
				expect_plan(size);
				assert_int_equal(plan.ffa.size, sizes[i]);
				/* it may fill what rounding left, and costs its alignment */
				assert_true(plan.pool.size >= without);
				assert_true(plan.pool.size <= without + sizes[i] + 3UL * 65536UL);
				assert_true(sizes[i] != 0U || plan.pool.size == without);
			}
}

/* A pool that has no room is a refusal, not a smaller pool. */
static void test_plan_no_room_for_ffa(void **state)
{
	const char *reason;

	(void)state;
	maker_start(NULL, 0);
	maker_cpus(1);
	maker_node("chosen");
	maker_bus();
	maker_module("multiboot,kernel", 0x41000000, 32UL * MIB, NULL);
	maker_end();
	maker_memory(&ram, 1);
	facts.ffa_size = 2UL * GIB;
	facts.ffa_align = 4096;
	reason = plan_size(maker_finish());
	assert_non_null(reason);
	assert_non_null(strstr(reason, "no room for the hypervisor's own"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(test_plan_limit_ram, prepare),
	    cmocka_unit_test_setup(test_plan_limit_reservations, prepare),
	    cmocka_unit_test_setup(test_plan_limit_withheld, prepare),
	    cmocka_unit_test_setup(test_plan_limit_references, prepare),
	    cmocka_unit_test_setup(test_plan_limit_devices, prepare),
	    cmocka_unit_test_setup(test_plan_limit_cpus, prepare),
	    cmocka_unit_test_setup(test_plan_limit_bootargs, prepare),
	    cmocka_unit_test_setup(test_plan_limit_options, prepare),
	    cmocka_unit_test_setup(test_plan_limit_modules, prepare),
	    cmocka_unit_test_setup(test_plan_limit_module_end, prepare),
	    cmocka_unit_test_setup(test_plan_limit_removed, prepare),
	    cmocka_unit_test_setup(test_plan_limit_dma, prepare),
	    cmocka_unit_test_setup(test_plan_limit_uarts, prepare),
	    cmocka_unit_test_setup(test_plan_limit_depth, prepare),
	    cmocka_unit_test_setup(test_plan_property_behind_child, prepare),
	    cmocka_unit_test_setup(test_plan_property_twice, prepare),
	    cmocka_unit_test_setup(test_plan_node_twice, prepare),
	    cmocka_unit_test_setup(test_plan_blob, prepare),
	    cmocka_unit_test_setup(test_plan_reservations_last, prepare),
	    cmocka_unit_test_setup(test_plan_version_16, prepare),
	    cmocka_unit_test_setup(test_plan_kept, prepare),
	    cmocka_unit_test_setup(test_plan_kept_full, prepare),
	    cmocka_unit_test_setup(test_plan_kept_for_ffa, prepare),
	    cmocka_unit_test_setup(test_plan_no_room_for_ffa, prepare),
	};

	return cmocka_run_group_tests_name("boot plan limits", tests, NULL, NULL);
}
