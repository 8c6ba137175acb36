/* SPDX-License-Identifier: Apache-2.0 */
#include "plan_check.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libfdt.h>

#include "core/boot/map.h"
#include "core/boot/tree.h"
#include "core/gic/gic.h"
#include "fake/machine.h"

#define MIB2 (2UL << 20)

static char problem[400];

static bool wrong(const char *format, ...) __attribute__((format(printf, 1, 2)));

static bool wrong(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(problem, sizeof(problem), format, arguments);
	va_end(arguments);
	return false;
}

static bool inside(uint64_t base, uint64_t size, uint64_t outer, uint64_t outer_size)
{
	return size <= outer_size && base >= outer && base - outer <= outer_size - size;
}

static bool meet(uint64_t a, uint64_t a_size, uint64_t b, uint64_t b_size)
{
	if (a_size == 0UL || b_size == 0UL)
		return false;
	return a < b ? b - a < a_size : a - b < b_size;
}

/* Sorted, not empty, aligned, ended before 2^48, and with a gap between neighbours. */
static bool check_list(const char *name, const struct boot_range *list, unsigned count,
		       uint64_t align)
{
	for (unsigned i = 0; i < count; i++) {
		if (list[i].size == 0UL || list[i].base % align != 0UL ||
		    list[i].size % align != 0UL ||
		    !inside(list[i].base, list[i].size, 0, 1UL << 48))
			return wrong("%s %u: 0x%lx+0x%lx is empty, unaligned or too high", name, i,
				     list[i].base, list[i].size);
		if (i > 0U && list[i].base <= list[i - 1U].base + list[i - 1U].size)
			return wrong("%s %u at 0x%lx does not lie apart behind its neighbour", name,
				     i, list[i].base);
	}
	return true;
}

/* Bytes of [base, base + size) that are RAM. */
static uint64_t ram_bytes(const struct boot_plan *plan, uint64_t base, uint64_t size)
{
	uint64_t sum = 0, end = base + size;

	for (unsigned i = 0; i < plan->ram_count; i++) {
		uint64_t low = plan->ram[i].base, high = low + plan->ram[i].size;

		low = low > base ? low : base;
		high = high < end ? high : end;
		sum += high > low ? high - low : 0UL;
	}
	return sum;
}

static bool check_withheld(const struct boot_plan *plan)
{
	uint64_t image = 0, pool = 0, end = 0;

	if (plan->withheld_count > BOOT_WITHHELD_MAX)
		return wrong("withheld_count is %u", plan->withheld_count);
	for (unsigned i = 0; i < plan->withheld_count; i++) {
		const struct boot_withheld *w = &plan->withheld[i];
		uint64_t ram = ram_bytes(plan, w->base, w->size);

		if (w->size == 0UL || (w->base | w->size) % BOOT_PAGE != 0UL)
			return wrong("withheld %u: 0x%lx+0x%lx is not whole pages", i, w->base,
				     w->size);
		if (w->base < end)
			return wrong("withheld %u at 0x%lx overlaps or is not sorted", i, w->base);
		end = w->base + w->size;
		if (ram != (w->ram ? w->size : 0UL))
			return wrong("withheld %u at 0x%lx: %lu of %lu bytes are RAM, ram is %d", i,
				     w->base, ram, w->size, w->ram);
		if (w->name[0] == '\0' || memchr(w->name, '\0', sizeof(w->name)) == NULL)
			return wrong("withheld %u has no name", i);
		if (w->told && w->reason != BOOT_WITHHELD_NO_MAP &&
		    w->reason != BOOT_WITHHELD_IMAGE)
			return wrong("withheld %u is told for a strange reason", i);
		if (boot_withheld_words(w->reason)[0] == '\0')
			return wrong("withheld %u has no words", i);
		image += w->reason == BOOT_WITHHELD_IMAGE ? w->size : 0UL;
		pool += w->reason == BOOT_WITHHELD_POOL ? w->size : 0UL;
		if (w->reason == BOOT_WITHHELD_IMAGE &&
		    !inside(w->base, w->size, plan->image.base, plan->image.size))
			return wrong("withheld %u is not the image", i);
		if (w->reason == BOOT_WITHHELD_POOL &&
		    !inside(w->base, w->size, plan->pool.base, plan->pool.size))
			return wrong("withheld %u is not the pool", i);
	}
	if (image != plan->image.size)
		return wrong("0x%lx bytes of the image are withheld", image);
	if (pool != plan->pool.size)
		return wrong("0x%lx bytes of the pool are withheld", pool);
	return true;
}

/* The questions, at each place where the answer may change, against plain counting. */
static bool check_question(const struct boot_plan *plan, uint64_t at, uint64_t size)
{
	bool ram = size > 0UL && at + size > at && ram_bytes(plan, at, size) == size;
	const struct boot_withheld *found = NULL;

	for (unsigned i = 0; i < plan->withheld_count; i++) {
		const struct boot_withheld *w = &plan->withheld[i];

		ram = ram && !meet(at, size, w->base, w->size);
		if (at >= w->base && at - w->base < w->size)
			found = w;
	}
	/* a range over two banks lies in no bank, but banks do not touch */
	if (boot_plan_host_ram(plan, at, size) != ram)
		return wrong("boot_plan_host_ram(0x%lx, 0x%lx) is not %d", at, size, ram);
	if (boot_plan_withheld(plan, at) != found)
		return wrong("boot_plan_withheld(0x%lx) is wrong", at);
	return true;
}

static bool check_questions(const struct boot_plan *plan)
{
	static const uint64_t sizes[] = {0, 1, 4, BOOT_PAGE, MIB2, UINT64_MAX};
	uint64_t places[2U * (BOOT_RAM_MAX + BOOT_WITHHELD_MAX) + 2U];
	unsigned count = 0;

	for (unsigned i = 0; i < plan->ram_count; i++) {
		places[count++] = plan->ram[i].base;
		places[count++] = plan->ram[i].base + plan->ram[i].size;
	}
	for (unsigned i = 0; i < plan->withheld_count; i++) {
		places[count++] = plan->withheld[i].base;
		places[count++] = plan->withheld[i].base + plan->withheld[i].size;
	}
	places[count++] = 0;
	places[count++] = UINT64_MAX;
	for (unsigned i = 0; i < count; i++)
		for (unsigned j = 0; j < sizeof(sizes) / sizeof(sizes[0]); j++)
			if (!check_question(plan, places[i], sizes[j]) ||
			    !check_question(plan, places[i] - 1U, sizes[j]) ||
			    !check_question(plan, places[i] - sizes[j], sizes[j]))
				return false;
	return true;
}

static bool check_apart(const struct boot_plan *plan)
{
	const struct {
		const char *name;
		uint64_t base, size;
		bool placed;
	} things[] = {
	    {"image", plan->image.base, plan->image.size, false},
	    {"incoming tree", plan->tree_source, plan->tree_used, false},
	    {"RAM disk", plan->initrd.base, plan->initrd.size, false},
	    {"kernel", plan->kernel.load, plan->kernel.image_size, true},
	    {"tree", plan->tree.base, plan->tree.size, true},
	    {"pool", plan->pool.base, plan->pool.size, true},
	};
	const unsigned count = sizeof(things) / sizeof(things[0]);

	for (unsigned i = 0; i < count; i++) {
		for (unsigned j = i + 1U; j < count; j++)
			if (meet(things[i].base, things[i].size, things[j].base, things[j].size))
				return wrong("%s at 0x%lx meets %s at 0x%lx", things[i].name,
					     things[i].base, things[j].name, things[j].base);
		for (unsigned j = 0; things[i].placed && j < plan->reserved_count; j++)
			if (meet(things[i].base, things[i].size, plan->reserved[j].base,
				 plan->reserved[j].size))
				return wrong("%s at 0x%lx is placed in reserved range %u",
					     things[i].name, things[i].base, j);
	}
	/* the kernel may be moved over its own source, nothing else may lie there before that */
	for (unsigned i = 4; i < count; i++)
		if (meet(things[i].base, things[i].size, plan->kernel.source.base,
			 plan->kernel.source.size))
			return wrong("%s meets the kernel as it came", things[i].name);
	return true;
}

static bool check_kernel(const struct boot_plan *plan)
{
	const struct boot_kernel *kernel = &plan->kernel;
	uint64_t low = kernel->load, high = kernel->load + kernel->image_size;

	if (kernel->entry != kernel->load || kernel->copy != (kernel->load != kernel->source.base))
		return wrong("kernel: entry 0x%lx, copy %d", kernel->entry, kernel->copy);
	if (kernel->load < kernel->text_offset ||
	    (kernel->load - kernel->text_offset) % MIB2 != 0UL)
		return wrong("kernel at 0x%lx: not 0x%lx beyond a multiple of 2 MiB", kernel->load,
			     kernel->text_offset);
	if (kernel->image_size < kernel->source.size || kernel->page_size > 3U)
		return wrong("kernel claims 0x%lx", kernel->image_size);
	if (!boot_plan_host_ram(plan, kernel->load, kernel->image_size))
		return wrong("kernel at 0x%lx is not in the host's RAM", kernel->load);
	if (plan->initrd.size == 0UL)
		return true;
	if (!boot_plan_host_ram(plan, plan->initrd.base, plan->initrd.size))
		return wrong("RAM disk is not in the host's RAM");
	if (plan->initrd.base < low)
		low = plan->initrd.base;
	if (plan->initrd.base + plan->initrd.size > high)
		high = plan->initrd.base + plan->initrd.size;
	if ((high + (1UL << 30) - 1U) / (1UL << 30) - low / (1UL << 30) > 32UL)
		return wrong("kernel at 0x%lx and RAM disk lie too far apart", kernel->load);
	return true;
}

static bool check_tree_room(const struct boot_plan *plan)
{
	uint64_t block = plan->tree.base & ~(MIB2 - 1U);

	if (plan->tree.base % 8UL != 0UL || plan->tree.size < plan->tree_used ||
	    plan->tree.size > BOOT_TREE_LIMIT)
		return wrong("tree's room 0x%lx+0x%lx", plan->tree.base, plan->tree.size);
	if (!inside(plan->tree.base, plan->tree.size, block, MIB2) ||
	    !boot_plan_host_ram(plan, block, MIB2))
		return wrong("tree's blocks at 0x%lx are not wholly the host's", block);
	return true;
}

static bool check_ffa(const struct boot_plan *plan, const struct boot_facts *facts)
{
	const struct boot_range *ffa = &plan->ffa;
	uint64_t areas = plan->cpu_count * facts->cpu_area_size;

	if (ffa->size != facts->ffa_size)
		return wrong("0x%lx bytes for FF-A", ffa->size);
	if (ffa->size == 0UL)
		return true;
	if (ffa->base % facts->ffa_align != 0UL ||
	    !inside(ffa->base, ffa->size, plan->pool.base, plan->pool.size) ||
	    meet(ffa->base, ffa->size, plan->cpu_areas, areas) ||
	    meet(ffa->base, ffa->size, plan->its_memory, plan->gic.its_count * GIC_ITS_MEMORY) ||
	    meet(ffa->base, ffa->size, plan->trace.base, plan->trace.size) ||
	    meet(ffa->base, ffa->size, plan->records.base, plan->records.size) ||
	    meet(ffa->base, ffa->size, plan->tables.base, plan->tables.size))
		return wrong("memory for FF-A at 0x%lx+0x%lx", ffa->base, ffa->size);
	return true;
}

static bool check_pool(const struct boot_plan *plan, const struct boot_facts *facts)
{
	uint64_t areas = plan->cpu_count * facts->cpu_area_size;

	if (plan->pool.base % facts->cpu_area_size != 0UL || plan->pool.size % BOOT_PAGE != 0UL ||
	    ram_bytes(plan, plan->pool.base, plan->pool.size) != plan->pool.size)
		return wrong("pool 0x%lx+0x%lx is unaligned or not in RAM", plan->pool.base,
			     plan->pool.size);
	if (plan->cpu_area_size != facts->cpu_area_size ||
	    plan->cpu_areas % facts->cpu_area_size != 0UL ||
	    !inside(plan->cpu_areas, areas, plan->pool.base, plan->pool.size))
		return wrong("CPU areas at 0x%lx", plan->cpu_areas);
	if ((plan->tables.base | plan->tables.size) % BOOT_PAGE != 0UL ||
	    !inside(plan->tables.base, plan->tables.size, plan->pool.base, plan->pool.size) ||
	    meet(plan->tables.base, plan->tables.size, plan->cpu_areas, areas))
		return wrong("tables 0x%lx+0x%lx", plan->tables.base, plan->tables.size);
	if ((plan->records.base | plan->records.size) % BOOT_PAGE != 0UL ||
	    !inside(plan->records.base, plan->records.size, plan->pool.base, plan->pool.size) ||
	    meet(plan->records.base, plan->records.size, plan->cpu_areas, areas) ||
	    meet(plan->records.base, plan->records.size, plan->tables.base, plan->tables.size))
		return wrong("records 0x%lx+0x%lx", plan->records.base, plan->records.size);
	if ((plan->trace.base | plan->trace.size) % BOOT_PAGE != 0UL ||
	    !inside(plan->trace.base, plan->trace.size, plan->pool.base, plan->pool.size) ||
	    meet(plan->trace.base, plan->trace.size, plan->cpu_areas, areas) ||
	    meet(plan->trace.base, plan->trace.size, plan->records.base, plan->records.size) ||
	    meet(plan->trace.base, plan->trace.size, plan->tables.base, plan->tables.size))
		return wrong("trace 0x%lx+0x%lx", plan->trace.base, plan->trace.size);
	/* four bytes for each block of 2 MiB, and 2 KiB for each block that a spare table splits */
	if (plan->records.size < plan->ram_size / (2UL << 20) * 4UL + plan->ram_size / 4000UL)
		return wrong("records 0x%lx are too few", plan->records.size);
	if (plan->tables.size < plan->ram_size / 2000UL)
		return wrong("tables are less than 0.05 %% of RAM");
	return true;
}

static bool check_cpus(const struct boot_plan *plan, const struct boot_facts *facts)
{
	if (plan->cpu_count < 1U || plan->cpu_count > BOOT_CPU_MAX ||
	    plan->boot_cpu >= plan->cpu_count)
		return wrong("%u CPUs, boot CPU %u", plan->cpu_count, plan->boot_cpu);
	for (unsigned i = 0; i < plan->cpu_count; i++) {
		if ((plan->mpidr[i] & ~0xff00ffffffUL) != 0UL)
			return wrong("MPIDR 0x%lx", plan->mpidr[i]);
		for (unsigned j = 0; j < i; j++)
			if (plan->mpidr[i] == plan->mpidr[j])
				return wrong("MPIDR 0x%lx twice", plan->mpidr[i]);
	}
	if (plan->mpidr[plan->boot_cpu] != (facts->boot_mpidr & 0xff00ffffffUL))
		return wrong("boot CPU 0x%lx", plan->mpidr[plan->boot_cpu]);
	if (plan->cpu_count > 1U && plan->psci != BOOT_PSCI_SMC)
		return wrong("%u CPUs that nobody can start", plan->cpu_count);
	return true;
}

static bool check_reach(const struct boot_plan *plan, const struct boot_facts *facts)
{
	uint64_t end = 1UL << plan->ipa_bits;

	if (plan->ipa_bits < 32U || plan->ipa_bits > 48U || plan->ipa_bits > facts->pa_bits)
		return wrong("ipa_bits is %u", plan->ipa_bits);
	for (unsigned i = 0; i < plan->ram_count; i++)
		if (!inside(plan->ram[i].base, plan->ram[i].size, 0, end))
			return wrong("RAM at 0x%lx is out of reach", plan->ram[i].base);
	for (unsigned i = 0; i < plan->device_count; i++)
		if (!inside(plan->device[i].base, plan->device[i].size, 0, end))
			return wrong("devices at 0x%lx are out of reach", plan->device[i].base);
	return true;
}

/* An offset that the tree's writer edits must be that of a node. */
static bool is_node(const void *tree, int offset)
{
	int depth = 0, node = 0;

	while (node >= 0 && node != offset)
		node = fdt_next_node(tree, node, &depth);
	return node >= 0;
}

static bool check_marks(const struct boot_plan *plan, const void *tree)
{
	const struct boot_marks *marks = &plan->marks;
	int length;

	if (marks->removed_count > 16U || marks->module_count > 16U)
		return wrong("%u removed, %u modules", marks->removed_count, marks->module_count);
	if ((marks->chosen >= 0 && !is_node(tree, marks->chosen)) ||
	    (marks->reserved_memory >= 0 && !is_node(tree, marks->reserved_memory)) ||
	    (marks->hypervisor >= 0 && !is_node(tree, marks->hypervisor)))
		return wrong("a mark is no node");
	for (unsigned i = 0; i < marks->removed_count; i++)
		if (!is_node(tree, marks->removed[i]))
			return wrong("removed %u is no node", i);
	for (unsigned i = 0; i < marks->module_count; i++)
		if (!is_node(tree, marks->modules[i]))
			return wrong("module %u is no node", i);
	if (marks->gic < 0)
		return true;
	if (!is_node(tree, marks->gic))
		return wrong("the GIC is no node");
	if (fdt_getprop(tree, marks->gic, "reg", &length) != NULL &&
	    marks->gic_frames * marks->gic_frame_bytes > (unsigned)length)
		return wrong("the GIC keeps %u frames", marks->gic_frames);
	return true;
}

static bool check_words(const struct boot_plan *plan)
{
	const char *args = plan->bootargs;

	if (plan->reason[0] != '\0')
		return wrong("a plan with a reason: %s", plan->reason);
	if (memchr(args, '\0', sizeof(plan->bootargs)) == NULL)
		return wrong("bootargs do not end");
	if (plan->option_count > BOOT_OPTION_MAX)
		return wrong("%u options", plan->option_count);
	for (unsigned i = 0; i < plan->option_count; i++)
		if (memchr(plan->options[i].name, '\0', sizeof(plan->options[i].name)) == NULL ||
		    memchr(plan->options[i].value, '\0', sizeof(plan->options[i].value)) == NULL)
			return wrong("option %u does not end", i);
	if (plan->dma_count > BOOT_DMA_MAX || plan->reserved_count > BOOT_RESERVED_MAX ||
	    plan->ram_count < 1U || plan->ram_count > BOOT_RAM_MAX ||
	    plan->device_count > BOOT_DEVICE_MAX)
		return wrong("a count is out of range");
	for (unsigned i = 0; i < plan->dma_count; i++)
		if (plan->dma[i].count == 0U || plan->dma[i].compatible[0] == '\0' ||
		    memchr(plan->dma[i].compatible, '\0', sizeof(plan->dma[i].compatible)) == NULL)
			return wrong("DMA kind %u", i);
	return true;
}

const char *plan_check(const struct boot_plan *plan, const struct boot_facts *facts,
		       const void *tree)
{
	bool good =
	    check_words(plan) && check_list("ram", plan->ram, plan->ram_count, BOOT_PAGE) &&
	    check_list("device", plan->device, plan->device_count, BOOT_GRANULE) &&
	    (plan->ram_size == ram_bytes(plan, 0, UINT64_MAX) /* the sum, counted another way */
	     || wrong("ram_size is 0x%lx", plan->ram_size)) &&
	    check_withheld(plan) && check_questions(plan) && check_apart(plan) &&
	    check_kernel(plan) && check_tree_room(plan) && check_pool(plan, facts) &&
	    check_ffa(plan, facts) && check_cpus(plan, facts) && check_reach(plan, facts) &&
	    check_marks(plan, tree);

	return good ? NULL : problem;
}

const char *refusal_check(const struct boot_plan *plan, const char *reason)
{
	size_t length = strnlen(plan->reason, sizeof(plan->reason));

	if (reason != plan->reason)
		(void)wrong("the reason is not the plan's");
	else if (length == 0U || length == sizeof(plan->reason))
		(void)wrong("the reason is empty or does not end");
	else if (plan->reason[length - 1U] == '.')
		(void)wrong("a full stop: %s", plan->reason);
	else
		return NULL;
	return problem;
}

/* The ledger that goes with the map, and what it says about each withheld range. */
static const char *open_ledger(struct stage2 *stage2, const struct boot_plan *plan)
{
	static struct ledger ledger;
	const char *reason;
	uint64_t page;

	memset(&ledger, 0, sizeof(ledger));
	reason = boot_open_ledger(&ledger, stage2, plan);
	if (reason == NULL)
		reason = ledger_check(&ledger, &page);
	for (unsigned i = 0; reason == NULL && i < plan->withheld_count; i++) {
		const struct boot_withheld *withheld = &plan->withheld[i];
		struct ledger_extent first = ledger_lookup(&ledger, withheld->base);
		struct ledger_extent last =
		    ledger_lookup(&ledger, withheld->base + withheld->size - 1U);

		if ((first.ram && first.record.owner == LEDGER_HOST) ||
		    (last.ram && last.record.owner == LEDGER_HOST) ||
		    (first.ram && first.record.pins == 0U))
			reason = "a withheld range is the host's in the ledger";
	}
	return reason;
}

const char *plan_carry_out(struct boot_plan *plan, const void *tree)
{
	static struct stage2 stage2;
	const char *reason;
	void *room;

	/* records and tables lie side by side in the pool */
	if (plan->records.base + plan->records.size != plan->tables.base)
		return "the records are not before the tables";
	fake.memory_base = plan->records.base;
	fake.memory_size = plan->records.size + plan->tables.size;
	fake.memory = aligned_alloc(4096, fake.memory_size);
	if (fake.memory == NULL)
		return "no memory for the test";
	reason = boot_map_host(&stage2, plan, STAGE2_BBM_BREAK);
	if (reason == NULL)
		reason = open_ledger(&stage2, plan);
	free(fake.memory);
	fake.memory = NULL;
	if (reason != NULL)
		return reason;
	room = malloc(plan->tree.size);
	if (room == NULL)
		return "no memory for the test";
	reason = boot_tree_write(plan, tree, room);
	if (reason == NULL &&
	    (plan->tree_size > plan->tree.size || fdt_check_full(room, plan->tree_size) != 0))
		reason = "the host's tree is damaged";
	free(room);
	return reason;
}
