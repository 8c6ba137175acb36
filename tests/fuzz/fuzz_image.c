// SPDX-License-Identifier: Apache-2.0
/*
 * The header of the host's kernel, and where kernel, tree and pool go: banks, obstacles and modules
 * anywhere, a header of any content. What comes out is a plan in which nothing overlaps and
 * everything lies where its own rules allow (tests/unit/plan_check.c), or a reason.
 *
 * target: hypervisor/core/boot/place.c
 * length: 400
 */
#include <string.h>

#include <libfdt.h>

#include "core/boot/plan.h"
#include "fake/machine.h"
#include "plan_check.h"
#include "script.h"

#define MIB (1UL << 20)

static uint8_t tree[32768] __attribute__((aligned(8)));
static struct boot_plan plan;

static uint64_t take_place(void)
{
	static const uint64_t places[16] = {
	    0x40000000,  0x40200000, 0x48000000,  0x4a000000,  0x60000000,   0x7fe00000,
	    0x80000000,  0xc0000000, 0x100000000, 0x880000000, 0x8000000000, 0,
	    0x200000000, 0x40280000, 0x50000000,  0x40180000,
	};

	return script_choose(places, 16);
}

static uint64_t take_size(void)
{
	static const uint64_t sizes[16] = {
	    0x1000,    0x10000,  2 * MIB,   4 * MIB,  8 * MIB,    16 * MIB, 64 * MIB, 0x40000000,
	    0x2000000, 0x200000, 0x2800000, 0x100000, 0x80000000, 0x3ff000, 0x1ff000, 0x1000000000,
	};

	return script_choose(sizes, 16);
}

static void put_range(const char *name, uint64_t base, uint64_t size)
{
	fdt64_t reg[2] = {cpu_to_fdt64(base), cpu_to_fdt64(size)};

	(void)fdt_property(tree, name, reg, sizeof(reg));
}

static void put_memory(unsigned count)
{
	char name[] = "memory@a";

	for (unsigned i = 0; i < count; i++) {
		uint64_t base = i == 0U ? 0x40000000UL : take_place();

		name[7] = (char)('a' + i);
		(void)fdt_begin_node(tree, name);
		(void)fdt_property_string(tree, "device_type", "memory");
		put_range("reg", base,
			  i == 0U ? 64 * MIB + take_size() % (1UL << 37) : take_size());
		(void)fdt_end_node(tree);
	}
}

static void put_reserved(unsigned count)
{
	char name[] = "reserved@a";
	uint64_t base;

	(void)fdt_begin_node(tree, "reserved-memory");
	(void)fdt_property_u32(tree, "#address-cells", 2);
	(void)fdt_property_u32(tree, "#size-cells", 2);
	(void)fdt_property(tree, "ranges", "", 0);
	for (unsigned i = 0; i < count; i++) {
		name[9] = (char)('a' + i);
		(void)fdt_begin_node(tree, name);
		base = take_place();
		put_range("reg", base, take_size());
		if ((script_take(1) & 1U) != 0U)
			(void)fdt_property(tree, "no-map", "", 0);
		(void)fdt_end_node(tree);
	}
	(void)fdt_end_node(tree);
}

static void put_chosen(uint8_t choice)
{
	uint64_t base;

	(void)fdt_begin_node(tree, "chosen");
	(void)fdt_property_u32(tree, "#address-cells", 2);
	(void)fdt_property_u32(tree, "#size-cells", 2);
	if ((choice & 1U) != 0U)
		(void)fdt_property_string(tree, "bootargs", "hv.pool=full");
	(void)fdt_begin_node(tree, "module@a");
	(void)fdt_property_string(tree, "compatible", "multiboot,kernel");
	base = (choice & 2U) != 0U ? take_place() : 0x42000000UL;
	put_range("reg", base, take_size() % (1UL << 40));
	(void)fdt_end_node(tree);
	if ((choice & 4U) != 0U) {
		(void)fdt_begin_node(tree, "module@b");
		(void)fdt_property_string(tree, "compatible", "multiboot,ramdisk");
		base = (choice & 8U) != 0U ? take_place() : 0x43000000UL;
		put_range("reg", base, take_size() % (1UL << 40));
		(void)fdt_end_node(tree);
	}
	(void)fdt_end_node(tree);
}

static void put_gic(void)
{
	static const uint64_t reg[4] = {0x8000000, 0x10000, 0x80a0000, 0xf60000};
	fdt64_t cells[4];

	for (unsigned i = 0; i < 4U; i++)
		cells[i] = cpu_to_fdt64(reg[i]);
	(void)fdt_begin_node(tree, "gic@8000000");
	(void)fdt_property_string(tree, "compatible", "arm,gic-v3");
	(void)fdt_property_u32(tree, "#address-cells", 2);
	(void)fdt_property_u32(tree, "#size-cells", 2);
	(void)fdt_property(tree, "ranges", "", 0);
	(void)fdt_property(tree, "reg", cells, sizeof(cells));
	(void)fdt_begin_node(tree, "its@8080000");
	(void)fdt_property_string(tree, "compatible", "arm,gic-v3-its");
	put_range("reg", 0x8080000, 0x20000);
	(void)fdt_end_node(tree);
	(void)fdt_end_node(tree);
}

static void put_number(uint8_t *at, uint64_t value)
{
	for (unsigned i = 0; i < 8U; i++)
		at[i] = (uint8_t)(value >> 8U * i & 0xffU);
}

/* A header as a kernel has it, one of something else, or any bytes. */
static void take_header(uint8_t header[BOOT_IMAGE_HEADER])
{
	static const char *const heads[8] = {
	    "\x1f\x8b",         "MZ\0\0zimg", "\177ELF", "\x28\xb5\x2f\xfd",
	    "\x27\x05\x19\x56", "MZ",         "",        "\x27\x05\x19"};
	uint8_t choice = (uint8_t)script_take(1);

	memset(header, 0, BOOT_IMAGE_HEADER);
	memcpy(header, heads[choice & 7U], (choice & 7U) == 1U ? 8U : strlen(heads[choice & 7U]));
	if (choice < 0x38U)
		return;
	memcpy(header + 56, "ARM\x64", 4);
	put_number(header + 8, (choice & 0x40U) != 0U ? script_take(8) : script_take(2) << 12);
	put_number(header + 16, (choice & 7U) == 0U      ? 0U
				: (choice & 0x80U) != 0U ? take_size()
							 : 0x2000000UL);
	put_number(header + 24, script_take(1));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct boot_facts facts = {
	    .image_base = 0x40200000,
	    .image_size = 0x80000,
	    .tree_base = 0x40000000,
	    .pa_bits = 44,
	    .cpu_area_size = 16384,
	    .version = "0.1",
	};
	uint8_t header[BOOT_IMAGE_HEADER], choice, cells;
	const char *reason, *problem;

	script = (struct script){data, size};
	fake_reset();
	choice = (uint8_t)script_take(1);
	facts.page_sizes = (unsigned)script_take(1) & 0xeU;
	facts.cpu_area_size = 4096UL << (choice >> 6);
	cells = (choice & 0x20U) != 0U ? 1U : 2U;
	(void)fdt_create(tree, sizeof(tree));
	(void)fdt_finish_reservemap(tree);
	(void)fdt_begin_node(tree, "");
	(void)fdt_property_u32(tree, "#address-cells", 2);
	(void)fdt_property_u32(tree, "#size-cells", 2);
	put_memory(1U + (unsigned)script_take(1) % 4U);
	put_reserved((unsigned)script_take(1) % 6U);
	put_chosen(choice);
	if ((choice & 0x10U) != 0U)
		put_gic();
	(void)fdt_end_node(tree);
	(void)fdt_finish(tree);
	take_header(header);

	reason = boot_plan_make(&plan, tree, sizeof(tree), &facts);
	if (reason == NULL) {
		/* as if the root had one cell for addresses: the pool has to lie below 4 GiB */
		plan.marks.address_cells = cells;
		reason = boot_plan_place(&plan, &facts, header);
		PROMISE(reason != NULL || cells == 2U ||
			plan.pool.base + plan.pool.size <= 1UL << 32);
	}
	problem = reason != NULL ? refusal_check(&plan, reason) : plan_check(&plan, &facts, tree);
	if (problem != NULL)
		script_broken(__FILE__, __LINE__, problem);
	return 0;
}
