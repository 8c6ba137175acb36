/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tree_planner FILE...: does to each tree what a loader does before it starts the hypervisor, has
 * the planner plan it, checks the plan and carries it out. One line for each file:
 *
 *   FILE<tab>plan<tab>SUMMARY     FILE<tab>refused<tab>REASON     FILE<tab>broken<tab>PROBLEM
 *
 * or, where even a loader could do nothing, FILE<tab>unreadable<tab>PROBLEM.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libfdt.h>

#include "core/boot/plan.h"
#include "fake/machine.h"
#include "plan_check.h"

#define MIB         (1UL << 20)
#define ROOM        (4UL << 20)
#define GRANULE     (1UL << 30)
#define IMAGE_SIZE  (1UL * MIB)
#define KERNEL_SIZE (30UL * MIB)
#define CLAIM_SIZE  (40UL * MIB)
#define INITRD_SIZE (8UL * MIB)

static struct boot_plan plan;
static uint8_t file_bytes[ROOM] __attribute__((aligned(8))), tree[ROOM] __attribute__((aligned(8)));

static struct boot_facts facts = {
    .image_size = IMAGE_SIZE,
    .pa_bits = 48,
    .page_sizes = 1U << 1 | 1U << 3,
    .cpu_area_size = 16384,
    .version = "0.1",
};

static uint64_t cells(const fdt32_t *at, int count)
{
	uint64_t value = 0;

	for (int i = 0; i < count; i++)
		value = value << 32 | fdt32_ld(at + i);
	return value;
}

/* The first CPU of the tree boots. */
static uint64_t first_mpidr(void)
{
	int cpus = fdt_path_offset(tree, "/cpus"), cpu, length;

	fdt_for_each_subnode(cpu, tree, cpus)
	{
		const char *type = fdt_getprop(tree, cpu, "device_type", NULL);
		const fdt32_t *reg = fdt_getprop(tree, cpu, "reg", &length);

		if (type != NULL && strcmp(type, "cpu") == 0 && reg != NULL)
			return cells(reg, length / 4);
	}
	return 0;
}

static bool device_granule(uint64_t base)
{
	for (unsigned i = 0; i < plan.device_count; i++)
		if (base >= plan.device[i].base && base - plan.device[i].base < plan.device[i].size)
			return true;
	return false;
}

static int set_pair(int node, const char *name, uint64_t base, uint64_t size)
{
	fdt32_t pair[4];
	int count = 0, address_cells = fdt_address_cells(tree, 0),
	    size_cells = fdt_size_cells(tree, 0);

	for (int i = address_cells; i > 0; i--)
		pair[count++] = cpu_to_fdt32((uint32_t)(base >> (32 * (i - 1))));
	for (int i = size_cells; i > 0; i--)
		pair[count++] = cpu_to_fdt32((uint32_t)(size >> (32 * (i - 1))));
	return fdt_setprop(tree, node, name, pair, count * 4);
}

/* Boards leave it to the loader to say how much memory there is. */
static int add_memory(void)
{
	static const uint64_t bases[] = {0x40000000, 0x80000000, 0, 0x100000000, 0x1000000000};
	uint64_t base = UINT64_MAX;
	int node = fdt_path_offset(tree, "/memory");

	for (unsigned i = 0; i < plan.reserved_count; i++)
		if (plan.reserved[i].base < base)
			base = plan.reserved[i].base;
	base &= ~(GRANULE - 1U);
	for (unsigned i = 0; plan.reserved_count == 0U && i < sizeof(bases) / sizeof(bases[0]); i++)
		if (base > bases[i] && !device_granule(bases[i])) {
			base = bases[i];
			break;
		}
	if (node < 0)
		node = fdt_add_subnode(tree, 0, "memory");
	if (node < 0)
		return node;
	(void)fdt_setprop(tree, node, "device_type", "memory", 7);
	return set_pair(node, "reg", base, GRANULE);
}

static bool taken(uint64_t base, uint64_t size)
{
	for (unsigned i = 0; i < plan.reserved_count; i++)
		if (base < plan.reserved[i].base + plan.reserved[i].size &&
		    plan.reserved[i].base < base + size)
			return true;
	return false;
}

/* The lowest free place from `floor` on; 0 when there is none. */
static uint64_t find_place(uint64_t floor, uint64_t size)
{
	for (unsigned i = 0; i < plan.ram_count; i++) {
		uint64_t at = plan.ram[i].base > floor ? plan.ram[i].base : floor;
		uint64_t end = plan.ram[i].base + plan.ram[i].size;

		for (at = (at + 2U * MIB - 1U) & ~(2U * MIB - 1U); at < end && end - at >= size;
		     at += 2U * MIB)
			if (!taken(at, size))
				return at;
	}
	return 0;
}

static int add_module(int chosen, const char *kind, uint64_t base, uint64_t size)
{
	char name[40], compatible[64];
	fdt64_t reg[2] = {cpu_to_fdt64(base), cpu_to_fdt64(size)};
	int node, length;

	(void)snprintf(name, sizeof(name), "module@%" PRIx64, base);
	length =
	    snprintf(compatible, sizeof(compatible), "multiboot,%s%cmultiboot,module", kind, 0);
	node = fdt_add_subnode(tree, chosen, name);
	if (node < 0)
		return node;
	(void)fdt_setprop(tree, node, "compatible", compatible, length + 1);
	return fdt_setprop(tree, node, "reg", reg, sizeof(reg));
}

/* False with a reason why nobody could start a hypervisor with this tree. */
static bool load(const char **reason)
{
	uint64_t image, blob, kernel, initrd;
	int chosen;

	image = find_place(2U * MIB, IMAGE_SIZE);
	blob = image != 0U ? find_place(image + IMAGE_SIZE, 2U * MIB) : 0U;
	kernel = blob != 0U ? find_place(blob + 2U * MIB, CLAIM_SIZE) : 0U;
	initrd = kernel != 0U ? find_place(kernel + CLAIM_SIZE, INITRD_SIZE) : 0U;
	if (initrd == 0U) {
		*reason = "memory is too small for the loader";
		return false;
	}
	chosen = fdt_path_offset(tree, "/chosen");
	if (chosen < 0)
		chosen = fdt_add_subnode(tree, 0, "chosen");
	if (chosen < 0 || add_module(chosen, "ramdisk", initrd, INITRD_SIZE) != 0 ||
	    add_module(chosen, "kernel", kernel, KERNEL_SIZE) != 0) {
		*reason = "the tree cannot be edited";
		return false;
	}
	facts.image_base = image;
	facts.tree_base = blob;
	return true;
}

static const char *judge(const char **text)
{
	static const char *const consoles[] = {
	    [BOOT_CONSOLE_NONE] = "none",
	    [BOOT_CONSOLE_PL011] = "PL011",
	    [BOOT_CONSOLE_8250] = "8250",
	    [BOOT_CONSOLE_UNKNOWN] = "unknown",
	};
	static char summary[200];
	uint8_t header[BOOT_IMAGE_HEADER] = {[24] = 0xa, [56] = 'A', 'R', 'M', 0x64};
	uint64_t size = CLAIM_SIZE;

	memcpy(header + 16, &size, sizeof(size)); /* both are little-endian */
	facts.boot_mpidr = first_mpidr();
	*text = boot_plan_make(&plan, tree, sizeof(tree), &facts);
	if (plan.ram_count == 0U && add_memory() == 0)
		*text = boot_plan_make(&plan, tree, sizeof(tree), &facts);
	if (plan.ram_count == 0U)
		return "refused";
	if (!load(text))
		return "unreadable";
	*text = boot_plan_make(&plan, tree, sizeof(tree), &facts);
	if (*text == NULL)
		*text = boot_plan_place(&plan, &facts, header);
	if (*text != NULL) {
		const char *problem = refusal_check(&plan, *text);

		*text = problem != NULL ? problem : *text;
		return problem != NULL ? "broken" : "refused";
	}
	*text = plan_check(&plan, &facts, tree);
	if (*text == NULL)
		*text = plan_carry_out(&plan, tree);
	if (*text != NULL)
		return "broken";
	(void)snprintf(
	    summary, sizeof(summary),
	    "%u banks, %u device groups, %u withheld, %u reserved, %u CPUs, %u left out, "
	    "console %s %s, %u kinds of DMA, %u address bits",
	    plan.ram_count, plan.device_count, plan.withheld_count, plan.reserved_count,
	    plan.cpu_count, plan.cpus_left_out, consoles[plan.console.kind], plan.console.name,
	    plan.dma_count, plan.ipa_bits);
	*text = summary;
	return "plan";
}

/* The tree with room for what the loader adds, and with as large a blob as the protocol allows. */
static bool open_tree(const char *name)
{
	FILE *file = fopen(name, "rb");
	size_t size = file != NULL ? fread(file_bytes, 1, sizeof(file_bytes), file) : 0U;

	if (file != NULL)
		(void)fclose(file);
	if (fdt_check_full(file_bytes, size) != 0 ||
	    fdt_open_into(file_bytes, tree, sizeof(tree)) != 0)
		return false;
	fdt_set_totalsize(tree, (uint32_t)BOOT_TREE_LIMIT);
	return true;
}

int main(int count, char **names)
{
	for (int i = 1; i < count; i++) {
		const char *text = "no device tree", *verdict = "unreadable";

		fake_reset();
		if (open_tree(names[i]))
			verdict = judge(&text);
		printf("%s\t%s\t%s\n", names[i], verdict, text);
	}
	return 0;
}
