// SPDX-License-Identifier: Apache-2.0
/*
 * The tree is written in one pass: the stretches of the structure block between two edits are
 * copied as they are, and new tokens go in between. libfdt finds the places. Its own editing
 * functions move the whole tail for each edit and compare each new property's name with every byte
 * of the strings block, which costs more than all the rest of the boot; here the few names that
 * edits need are appended to the strings block at once, where they may well stand a second time.
 */
#include "core/boot/tree.h"

#include <string.h>

#include <libfdt.h>

#include "core/log/log.h"
#include "core/machine.h"

#define COMPATIBLE          "portcullis,portcullis"
#define CUTS                64
#define HEADER              40U                    /* bytes of the header of version 17 */
#define TOKEN               ((int)sizeof(fdt32_t)) /* tokens of the structure block are aligned to it */
#define INITRD              2U /* properties that go by pairs of cells: start and end */
#define RESERVED_PROPERTIES 3U

/* Names of the properties that are written, as they are appended to the strings block. */
static const struct names {
	char address_cells[sizeof("#address-cells")];
	char bootargs[sizeof("bootargs")];
	char compatible[sizeof("compatible")];
	char initrd_end[sizeof("linux,initrd-end")];
	char initrd_start[sizeof("linux,initrd-start")];
	char no_map[sizeof("no-map")];
	char ranges[sizeof("ranges")];
	char reg[sizeof("reg")];
	char size_cells[sizeof("#size-cells")];
	char version[sizeof("portcullis,version")];
} names = {
    .address_cells = "#address-cells",
    .bootargs = "bootargs",
    .compatible = "compatible",
    .initrd_end = "linux,initrd-end",
    .initrd_start = "linux,initrd-start",
    .no_map = "no-map",
    .ranges = "ranges",
    .reg = "reg",
    .size_cells = "#size-cells",
    .version = "portcullis,version",
};

#define NAME(field) ((uint32_t)offsetof(struct names, field))

/* What comes in at a cut. */
enum insertion {
	INSERT_NOTHING,
	INSERT_AT_ROOT,    /* new nodes */
	INSERT_CHOSEN,     /* properties */
	INSERT_RESERVED,   /* properties of /reserved-memory */
	INSERT_WITHHELD,   /* children of /reserved-memory */
	INSERT_GIC_FRAMES, /* reg of the GIC */
};

/* The structure block of the source without [at, next), which may be empty, and with `what`. */
struct cut {
	int at, next;
	enum insertion what;
};

struct chosen_value {
	uint32_t name; /* offset in names */
	const void *data;
	uint32_t length; /* 0: the property shall not be there */
	bool write;
};

struct job {
	struct boot_plan *plan;
	const void *source;
	const char *reason;

	struct cut cuts[CUTS];
	unsigned cut_count;
	struct chosen_value chosen[1U + INITRD];
	fdt64_t initrd[INITRD];
	bool reserved[RESERVED_PROPERTIES]; /* to be written: address cells, size cells, ranges */

	uint8_t *out;
	uint64_t room;
	uint64_t used;    /* goes on beyond room, where nothing is stored */
	uint32_t strings; /* offset in the new strings block of `names` */
};

static const char *refuse(struct boot_plan *plan, const char *what)
{
	(void)log_format(plan->reason, sizeof(plan->reason), "%s", what);
	return plan->reason;
}

static void record(struct boot_plan *plan, const char *what, const char *parent, const char *node,
		   const char *detail)
{
	if (plan->edit_count < BOOT_EDIT_MAX) {
		struct boot_edit *edit = &plan->edits[plan->edit_count];

		(void)log_format(edit->what, sizeof(edit->what), "%s", what);
		(void)log_format(edit->node, sizeof(edit->node), "%s%s", parent, node);
		(void)log_format(edit->detail, sizeof(edit->detail), "%s", detail);
	}
	plan->edit_count++;
}

/* --- writing --- */

static void put(struct job *job, const void *data, uint64_t length)
{
	if (length != 0UL && job->used <= job->room && length <= job->room - job->used)
		memcpy(job->out + job->used, data, length);
	job->used += length;
}

static void put_word(struct job *job, uint32_t value)
{
	fdt32_t word = cpu_to_fdt32(value);

	put(job, &word, sizeof(word));
}

static void pad(struct job *job, uint64_t alignment)
{
	static const uint8_t zero[8];

	put(job, zero, (0U - job->used) & (alignment - 1U));
}

static void put_property(struct job *job, uint32_t name, const void *data, uint32_t length)
{
	put_word(job, FDT_PROP);
	put_word(job, length);
	put_word(job, job->strings + name);
	put(job, data, length);
	pad(job, sizeof(fdt32_t));
}

static void put_property_text(struct job *job, uint32_t name, const char *text)
{
	put_property(job, name, text, (uint32_t)strlen(text) + 1U);
}

static void put_property_word(struct job *job, uint32_t name, uint32_t value)
{
	fdt32_t word = cpu_to_fdt32(value);

	put_property(job, name, &word, sizeof(word));
}

static void node_begin(struct job *job, const char *name)
{
	put_word(job, FDT_BEGIN_NODE);
	put(job, name, strlen(name) + 1U);
	pad(job, sizeof(fdt32_t));
}

static void node_end(struct job *job)
{
	put_word(job, FDT_END_NODE);
}

/* --- places --- */

/* Offset behind the end of `node`. The source has passed fdt_check_full(). */
static int node_next(const void *source, int node)
{
	int depth = 0;

	while (node >= 0 && depth >= 0)
		node = fdt_next_node(source, node, &depth);
	return node;
}

/* Where the first child of `node` begins, or would. */
static int first_child(const void *source, int node)
{
	int child = fdt_first_subnode(source, node);

	return child >= 0 ? child : node_next(source, node) - TOKEN;
}

/* Where the properties of `node` begin. */
static int first_property(const void *source, int node)
{
	int next;

	(void)fdt_next_tag(source, node, &next);
	return next;
}

static void cut(struct job *job, int at, int next, enum insertion what)
{
	unsigned i = job->cut_count;

	if (at < 0 || next < at) {
		job->reason = "the device tree changed while it was read";
		return;
	}
	if (i == CUTS) {
		job->reason = "the device tree needs more edits than there is room for";
		return;
	}
	/* sorted, and what is inserted somewhere before what is left out there */
	for (; i > 0U && (job->cuts[i - 1U].at > at ||
			  (job->cuts[i - 1U].at == at && job->cuts[i - 1U].next > next));
	     i--)
		job->cuts[i] = job->cuts[i - 1U];
	job->cuts[i] = (struct cut){at, next, what};
	job->cut_count++;
}

static void insert(struct job *job, int at, enum insertion what)
{
	cut(job, at, at, what);
}

static void cut_node(struct job *job, int node)
{
	cut(job, node, node_next(job->source, node), INSERT_NOTHING);
}

static int property_offset(const void *source, int node, const char *name)
{
	int at;

	fdt_for_each_property_offset(at, source, node)
	{
		const char *found = NULL;

		(void)fdt_getprop_by_offset(source, at, &found, NULL);
		if (found != NULL && strcmp(found, name) == 0)
			return at;
	}
	return -1;
}

static void cut_property(struct job *job, int property, enum insertion what)
{
	int next;

	(void)fdt_next_tag(job->source, property, &next);
	cut(job, property, next, what);
}

/* --- /chosen --- */

static bool chosen_wanted(const struct job *job)
{
	for (unsigned i = 0; i < 1U + INITRD; i++)
		if (job->chosen[i].length != 0U)
			return true;
	return false;
}

static void plan_chosen_value(struct job *job, struct chosen_value *value)
{
	const char *name = (const char *)&names + value->name;
	int chosen = job->plan->marks.chosen, length = 0;
	int at = chosen >= 0 ? property_offset(job->source, chosen, name) : -1;
	const void *old;

	if (at < 0) {
		value->write = value->length != 0U;
		if (value->write)
			record(job->plan, "added", "/chosen ", name, "");
		return;
	}
	old = fdt_getprop_by_offset(job->source, at, NULL, &length);
	if (old != NULL && length > 0 && (uint32_t)length == value->length &&
	    memcmp(old, value->data, value->length) == 0)
		return;
	value->write = value->length != 0U;
	record(job->plan, value->write ? "changed" : "removed", "/chosen ", name, "");
	cut_property(job, at, INSERT_NOTHING);
}

static void plan_chosen(struct job *job)
{
	const struct boot_plan *plan = job->plan;
	const struct boot_marks *marks = &plan->marks;
	bool bootargs = plan->bootargs[0] != '\0', initrd = plan->initrd.size != 0UL;

	job->initrd[0] = cpu_to_fdt64(plan->initrd.base);
	job->initrd[1] = cpu_to_fdt64(plan->initrd.base + plan->initrd.size);
	job->chosen[0] = (struct chosen_value){
	    .name = NAME(bootargs),
	    .data = plan->bootargs,
	    .length = bootargs ? (uint32_t)strlen(plan->bootargs) + 1U : 0U,
	};
	job->chosen[1] = (struct chosen_value){
	    .name = NAME(initrd_start),
	    .data = &job->initrd[0],
	    .length = initrd ? (uint32_t)sizeof(job->initrd[0]) : 0U,
	};
	job->chosen[2] = (struct chosen_value){
	    .name = NAME(initrd_end),
	    .data = &job->initrd[1],
	    .length = initrd ? (uint32_t)sizeof(job->initrd[1]) : 0U,
	};
	if (marks->chosen < 0 && chosen_wanted(job))
		record(job->plan, "added", "/chosen", "", "");
	for (unsigned i = 0; i < 1U + INITRD; i++)
		plan_chosen_value(job, &job->chosen[i]);
	if (marks->chosen >= 0)
		insert(job, first_property(job->source, marks->chosen), INSERT_CHOSEN);
	for (unsigned i = 0; i < marks->module_count; i++) {
		record(job->plan, "removed", "/chosen/",
		       fdt_get_name(job->source, marks->modules[i], NULL), "");
		cut_node(job, marks->modules[i]);
	}
}

static void put_chosen(struct job *job)
{
	for (unsigned i = 0; i < 1U + INITRD; i++) {
		const struct chosen_value *value = &job->chosen[i];

		if (value->write)
			put_property(job, value->name, value->data, value->length);
	}
}

/* --- /reserved-memory --- */

static bool needs_node(const struct boot_withheld *withheld)
{
	return withheld->ram && !withheld->told;
}

/* The names that Linux shows in /proc/device-tree and in its log. */
static void withheld_name(char *out, size_t size, const struct boot_withheld *withheld)
{
	bool own =
	    withheld->reason == BOOT_WITHHELD_IMAGE || withheld->reason == BOOT_WITHHELD_POOL;

	(void)log_format(out, size, "%s@%llx", own ? "hypervisor" : "withheld",
			 (unsigned long long)withheld->base);
}

static bool plan_withheld(struct job *job)
{
	const struct boot_plan *plan = job->plan;
	const struct boot_marks *marks = &plan->marks;
	bool any = false;

	for (unsigned i = 0; i < plan->withheld_count; i++) {
		const struct boot_withheld *withheld = &plan->withheld[i];
		char name[BOOT_NAME];
		int old = -1;

		if (!needs_node(withheld))
			continue;
		if ((marks->address_cells < 2U &&
		     (withheld->base + withheld->size - 1U) >> 32 != 0UL) ||
		    (marks->size_cells < 2U && withheld->size >> 32 != 0UL)) {
			job->reason = "a withheld range does not fit the cells of /reserved-memory";
			return false;
		}
		withheld_name(name, sizeof(name), withheld);
		if (marks->reserved_memory >= 0)
			old = fdt_subnode_offset(job->source, marks->reserved_memory, name);
		if (old >= 0)
			cut_node(job, old);
		record(job->plan, old >= 0 ? "changed" : "added", "/reserved-memory/", name,
		       "no-map");
		any = true;
	}
	return any;
}

/*
 * Linux ignores every child of a node without `ranges` or with other cells than the root's. The
 * planner refuses children that would be read anew: what is changed here has none, or was ignored.
 */
static void plan_reserved_properties(struct job *job, int node)
{
	const struct boot_marks *marks = &job->plan->marks;
	const struct {
		const char *name;
		unsigned cells;
	} wanted[] = {
	    {names.address_cells, marks->address_cells},
	    {names.size_cells, marks->size_cells},
	    {names.ranges, 0},
	};

	for (unsigned i = 0; i < RESERVED_PROPERTIES; i++) {
		int length = 0, at = property_offset(job->source, node, wanted[i].name);
		const fdt32_t *value =
		    at >= 0 ? fdt_getprop_by_offset(job->source, at, NULL, &length) : NULL;

		if (value != NULL && (wanted[i].cells == 0U ||
				      (length == TOKEN && fdt32_ld(value) == wanted[i].cells)))
			continue;
		record(job->plan, value != NULL ? "changed" : "added", "/reserved-memory ",
		       wanted[i].name, "");
		if (value != NULL)
			cut_property(job, at, INSERT_NOTHING);
		job->reserved[i] = true;
	}
	insert(job, first_property(job->source, node), INSERT_RESERVED);
}

static void plan_reserved_memory(struct job *job)
{
	int node = job->plan->marks.reserved_memory;

	if (!plan_withheld(job) || node < 0)
		return;
	plan_reserved_properties(job, node);
	insert(job, first_child(job->source, node), INSERT_WITHHELD);
}

static uint32_t put_cells(fdt32_t *out, uint32_t cells, uint64_t value)
{
	if (cells > 1U)
		out[0] = cpu_to_fdt32((uint32_t)(value >> 32));
	out[cells - 1U] = cpu_to_fdt32((uint32_t)value);
	return cells;
}

static void put_withheld(struct job *job)
{
	const struct boot_plan *plan = job->plan;

	for (unsigned i = 0; i < plan->withheld_count; i++) {
		const struct boot_withheld *withheld = &plan->withheld[i];
		char name[BOOT_NAME];
		fdt32_t reg[4] = {0};
		uint32_t cells;

		if (!needs_node(withheld))
			continue;
		withheld_name(name, sizeof(name), withheld);
		node_begin(job, name);
		cells = put_cells(reg, plan->marks.address_cells, withheld->base);
		cells += put_cells(reg + cells, plan->marks.size_cells, withheld->size);
		put_property(job, NAME(reg), reg, cells * (uint32_t)sizeof(fdt32_t));
		put_property(job, NAME(no_map), NULL, 0);
		node_end(job);
	}
}

static void put_reserved_properties(struct job *job)
{
	const struct boot_marks *marks = &job->plan->marks;

	if (job->reserved[0])
		put_property_word(job, NAME(address_cells), marks->address_cells);
	if (job->reserved[1])
		put_property_word(job, NAME(size_cells), marks->size_cells);
	if (job->reserved[2])
		put_property(job, NAME(ranges), NULL, 0);
}

static bool reserved_memory_wanted(const struct boot_plan *plan)
{
	for (unsigned i = 0; i < plan->withheld_count; i++)
		if (needs_node(&plan->withheld[i]))
			return true;
	return false;
}

/* --- the GIC, removed nodes, /hypervisor --- */

/* Only GICD, redistributors and GICC stay: GICH and GICV are for somebody at EL2. */
static void plan_gic(struct job *job)
{
	const struct boot_marks *marks = &job->plan->marks;
	uint64_t kept = (uint64_t)marks->gic_frames * marks->gic_frame_bytes;
	int length = 0, at;

	if (marks->gic < 0)
		return;
	at = property_offset(job->source, marks->gic, names.reg);
	if (at < 0 || fdt_getprop_by_offset(job->source, at, NULL, &length) == NULL ||
	    kept >= (uint64_t)length)
		return;
	record(job->plan, "changed", fdt_get_name(job->source, marks->gic, NULL), " reg",
	       "without GICH and GICV");
	cut_property(job, at, INSERT_GIC_FRAMES);
}

static void put_gic_frames(struct job *job)
{
	const struct boot_marks *marks = &job->plan->marks;
	const void *reg = fdt_getprop(job->source, marks->gic, names.reg, NULL);

	put_property(job, NAME(reg), reg, marks->gic_frames * marks->gic_frame_bytes);
}

static void plan_nodes(struct job *job)
{
	const struct boot_marks *marks = &job->plan->marks;

	for (unsigned i = 0; i < marks->removed_count; i++) {
		record(job->plan, "removed", "", fdt_get_name(job->source, marks->removed[i], NULL),
		       "");
		cut_node(job, marks->removed[i]);
	}
	if (marks->hypervisor >= 0)
		cut_node(job, marks->hypervisor);
	record(job->plan, marks->hypervisor >= 0 ? "changed" : "added", "/hypervisor", "", "");
	insert(job, first_child(job->source, 0), INSERT_AT_ROOT);
}

static void put_root_nodes(struct job *job)
{
	const struct boot_plan *plan = job->plan;

	if (plan->marks.chosen < 0 && chosen_wanted(job)) {
		node_begin(job, "chosen");
		put_chosen(job);
		node_end(job);
	}
	if (plan->marks.reserved_memory < 0 && reserved_memory_wanted(plan)) {
		node_begin(job, "reserved-memory");
		for (unsigned i = 0; i < RESERVED_PROPERTIES; i++)
			job->reserved[i] = true;
		put_reserved_properties(job);
		put_withheld(job);
		node_end(job);
	}
	node_begin(job, "hypervisor");
	put_property_text(job, NAME(compatible), COMPATIBLE);
	put_property_text(job, NAME(version), plan->version);
	node_end(job);
}

/* --- the whole --- */

static void put_insertion(struct job *job, enum insertion what)
{
	switch (what) {
	case INSERT_NOTHING:
		break;
	case INSERT_AT_ROOT:
		put_root_nodes(job);
		break;
	case INSERT_CHOSEN:
		put_chosen(job);
		break;
	case INSERT_RESERVED:
		put_reserved_properties(job);
		break;
	case INSERT_WITHHELD:
		put_withheld(job);
		break;
	case INSERT_GIC_FRAMES:
		put_gic_frames(job);
		break;
	}
}

static void put_structure(struct job *job, uint32_t size)
{
	const uint8_t *block = (const uint8_t *)job->source + fdt_off_dt_struct(job->source);
	int at = 0;

	for (unsigned i = 0; i < job->cut_count; i++) {
		const struct cut *next = &job->cuts[i];

		if (next->at < at)
			continue; /* inside a node that is left out */
		put(job, block + at, (uint64_t)(next->at - at));
		put_insertion(job, next->what);
		at = next->next;
	}
	put(job, block + at, size - (uint32_t)at);
}

/* Bytes of the structure block; the header says it only since version 17. */
static uint32_t structure_size(const void *source)
{
	int at = 0, next = 0;

	if (fdt_version(source) >= 17U)
		return fdt_size_dt_struct(source);
	while (fdt_next_tag(source, at, &next) != FDT_END)
		at = next;
	return (uint32_t)next;
}

static void put_blocks(struct job *job)
{
	const uint8_t *bytes = job->source;
	uint32_t reservations = (uint32_t)fdt_num_mem_rsv(job->source) + 1U;
	uint32_t size_strings = fdt_size_dt_strings(job->source);
	uint32_t structure, strings;

	job->strings = size_strings;
	job->used = HEADER;
	put(job, bytes + fdt_off_mem_rsvmap(job->source),
	    (uint64_t)reservations * sizeof(struct fdt_reserve_entry));
	structure = (uint32_t)job->used;
	put_structure(job, structure_size(job->source));
	strings = (uint32_t)job->used;
	put(job, bytes + fdt_off_dt_strings(job->source), size_strings);
	put(job, &names, sizeof(names));
	pad(job, sizeof(uint64_t));
	if (job->used > job->room)
		return;

	fdt_set_magic(job->out, FDT_MAGIC);
	fdt_set_totalsize(job->out, (uint32_t)job->used);
	fdt_set_off_dt_struct(job->out, structure);
	fdt_set_off_dt_strings(job->out, strings);
	fdt_set_off_mem_rsvmap(job->out, HEADER);
	fdt_set_version(job->out, 17);
	fdt_set_last_comp_version(job->out, 16);
	fdt_set_boot_cpuid_phys(job->out, fdt_boot_cpuid_phys(job->source));
	fdt_set_size_dt_strings(job->out, size_strings + (uint32_t)sizeof(names));
	fdt_set_size_dt_struct(job->out, strings - structure);
}

const char *boot_tree_write(struct boot_plan *plan, const void *source, void *out)
{
	struct job job = {.plan = plan, .source = source, .out = out, .room = plan->tree.size};

	/* before version 16, names and values lie differently in the structure block */
	if (fdt_version(source) < 16U)
		return refuse(plan, "the device tree's format is older than version 16");
	if (fdt_num_mem_rsv(source) < 0)
		return refuse(plan, "the device tree's memory reservations do not end");
	if (job.room < HEADER)
		return refuse(plan, "no memory is set aside for the host's device tree");
	plan_nodes(&job);
	plan_reserved_memory(&job);
	plan_chosen(&job);
	plan_gic(&job);
	if (job.reason != NULL)
		return refuse(plan, job.reason);
	put_blocks(&job);
	if (job.used > job.room) {
		(void)log_format(plan->reason, sizeof(plan->reason),
				 "the host's device tree takes %llu bytes, %llu are set aside",
				 (unsigned long long)job.used, (unsigned long long)job.room);
		return plan->reason;
	}
	plan->tree_size = job.used;
	/*
	 * The host reads its tree before it turns its caches on, straight from memory: what is
	 * still in a cache line of ours would be missing, or be written over it later.
	 */
	machine_cache_clean(out, job.used);
	return NULL;
}
