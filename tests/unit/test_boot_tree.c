/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The host's tree beside one that libfdt's own editing functions make of the same source: node by
 * node the same, in the same order, and nothing else. Plans are written by hand here.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <libfdt.h>

#include "cases.h"
#include "core/boot/tree.h"
#include "fake/machine.h"
#include "tree_compare.h"
#include "tree_source.h"

#define ROOM          65536U
#define MODULE_KERNEL TREE_MODULE_KERNEL
#define MODULE_INITRD TREE_MODULE_INITRD

static _Alignas(8) uint8_t source[ROOM], wanted[ROOM], again[ROOM];
static uint8_t *out; /* exactly plan.tree.size bytes, so that a byte too far is noticed */
static struct boot_plan plan;

static void ok(int error)
{
	tree_ok(error);
}

static void make_source(const struct tree_shape *shape)
{
	tree_source(source, sizeof(source), shape);
}

/* --- plans --- */

static void withhold(uint64_t base, uint64_t size, bool ram, bool told,
		     enum boot_withheld_reason reason)
{
	struct boot_withheld *withheld = &plan.withheld[plan.withheld_count++];

	*withheld = (struct boot_withheld){.base = base,
					   .size = size,
					   .reason = reason,
					   .ram = ram,
					   .told = told,
					   .name = "what it is"};
}

static void make_plan(void)
{
	struct boot_marks *marks = &plan.marks;

	memset(&plan, 0, sizeof(plan));
	marks->chosen = fdt_path_offset(source, "/chosen");
	marks->reserved_memory = fdt_path_offset(source, "/reserved-memory");
	marks->hypervisor = fdt_path_offset(source, "/hypervisor");
	marks->gic = -1;
	marks->address_cells = (unsigned)fdt_address_cells(source, 0);
	marks->size_cells = (unsigned)fdt_size_cells(source, 0);
	plan.tree.size = ROOM;
	plan.tree_used = fdt_totalsize(source);
	snprintf(plan.version, sizeof(plan.version), "1.2-test");
}

static void plan_usual(void)
{
	make_plan();
	withhold(0x9020000, 0x1000, false, false, BOOT_WITHHELD_DMA);
	withhold(0x40200000, 0x58000, true, false, BOOT_WITHHELD_IMAGE);
	withhold(0x7f000000, 0x10000, true, true, BOOT_WITHHELD_NO_MAP);
	withhold(0xbfee8000, 0x118000, true, false, BOOT_WITHHELD_POOL);
	plan.marks.removed[plan.marks.removed_count++] = fdt_path_offset(source, "/fw-cfg@9020000");
	if (plan.marks.chosen >= 0) {
		plan.marks.modules[plan.marks.module_count++] =
		    fdt_path_offset(source, "/chosen/" MODULE_KERNEL);
		plan.marks.modules[plan.marks.module_count++] =
		    fdt_path_offset(source, "/chosen/" MODULE_INITRD);
	}
	snprintf(plan.bootargs, sizeof(plan.bootargs), "console=ttyAMA0 quiet");
	plan.initrd = (struct boot_range){0x4c000000, 0xf1bfc};
}

static const char *write_tree(void)
{
	free(out);
	out = malloc(plan.tree.size > 0U ? plan.tree.size : 1U);
	assert_non_null(out);
	memset(out, 0xa5, plan.tree.size);
	fake_reset();
	return boot_tree_write(&plan, source, out);
}

/* --- the same edits by libfdt --- */

static int want_node(const char *parent, const char *name)
{
	int node = fdt_add_subnode(wanted, fdt_path_offset(wanted, parent), name);

	ok(node);
	return node;
}

static void want_removed(const char *path)
{
	ok(fdt_del_node(wanted, fdt_path_offset(wanted, path)));
}

static void want_set(const char *path, const char *name, const void *value, size_t length)
{
	ok(fdt_setprop(wanted, fdt_path_offset(wanted, path), name, value, (int)length));
}

static void want_number(const char *path, const char *name, uint32_t value)
{
	ok(fdt_setprop_u32(wanted, fdt_path_offset(wanted, path), name, value));
}

static void want_text(const char *path, const char *name, const char *value)
{
	want_set(path, name, value, strlen(value) + 1U);
}

static void want_hypervisor(void)
{
	if (fdt_path_offset(wanted, "/hypervisor") >= 0)
		want_removed("/hypervisor");
	want_node("/", "hypervisor");
	want_text("/hypervisor", "compatible", "portcullis,portcullis");
	want_text("/hypervisor", "portcullis,version", "1.2-test");
}

static void want_reserved(const char *name, uint64_t base, uint64_t size)
{
	char path[64];
	int node = want_node("/reserved-memory", name);

	snprintf(path, sizeof(path), "/reserved-memory/%s", name);
	ok(fdt_appendprop_addrrange(wanted, 0, node, "reg", base, size));
	want_set(path, "no-map", "", 0);
}

static void want_reserved_memory(void)
{
	if (fdt_path_offset(wanted, "/reserved-memory") < 0)
		want_node("/", "reserved-memory");
	want_number("/reserved-memory", "#address-cells", plan.marks.address_cells);
	want_number("/reserved-memory", "#size-cells", plan.marks.size_cells);
	want_set("/reserved-memory", "ranges", "", 0);
}

static void want_start(void)
{
	ok(fdt_open_into(source, wanted, sizeof(wanted)));
}

static void want_usual(void)
{
	want_start();
	want_removed("/fw-cfg@9020000");
	want_hypervisor();
	want_reserved_memory();
	want_reserved("hypervisor@40200000", 0x40200000, 0x58000);
	want_reserved("hypervisor@bfee8000", 0xbfee8000, 0x118000);
	if (fdt_path_offset(wanted, "/chosen") < 0)
		want_node("/", "chosen");
	want_text("/chosen", "bootargs", "console=ttyAMA0 quiet");
	ok(fdt_setprop_u64(wanted, fdt_path_offset(wanted, "/chosen"), "linux,initrd-start",
			   0x4c000000));
	ok(fdt_setprop_u64(wanted, fdt_path_offset(wanted, "/chosen"), "linux,initrd-end",
			   0x4c000000 + 0xf1bfc));
	if (fdt_path_offset(wanted, "/chosen/" MODULE_KERNEL) >= 0) {
		want_removed("/chosen/" MODULE_KERNEL);
		want_removed("/chosen/" MODULE_INITRD);
	}
}

/* --- checking --- */

static void check(void)
{
	ok(fdt_check_full(out, plan.tree_size));
	assert_int_equal(fdt_totalsize(out), plan.tree_size);
	assert_int_equal(plan.tree_size % 8U, 0);
	assert_int_equal(fdt_version(out), 17);
	assert_int_equal(fdt_boot_cpuid_phys(out), 3);
	assert_int_equal(fdt_num_mem_rsv(out), fdt_num_mem_rsv(source));
	for (int i = 0; i < fdt_num_mem_rsv(source); i++) {
		uint64_t base[2], size[2];

		ok(fdt_get_mem_rsv(source, i, &base[0], &size[0]));
		ok(fdt_get_mem_rsv(out, i, &base[1], &size[1]));
		assert_int_equal(base[0], base[1]);
		assert_int_equal(size[0], size[1]);
	}
	tree_assert_equal(out, wanted);
	tree_assert_order(out, source);
	/* all of it, once, is written back to memory */
	assert_int_equal(fake.cleans, 1);
	assert_ptr_equal(fake.cleaned, out);
	assert_int_equal(fake.cleaned_size, plan.tree_size);
}

static void assert_edits(const char *const *lines, unsigned count)
{
	for (unsigned i = 0; i < count || i < plan.edit_count; i++) {
		const struct boot_edit *edit = &plan.edits[i];
		char line[160];

		if (i >= count)
			fail_msg("unexpected edit: %s %s", edit->what, edit->node);
		if (i >= plan.edit_count)
			fail_msg("edit not recorded: %s", lines[i]);
		snprintf(line, sizeof(line), "%s %s%s%s", edit->what, edit->node,
			 edit->detail[0] != '\0' ? ": " : "", edit->detail);
		assert_string_equal(line, lines[i]);
	}
}

#define ASSERT_EDITS(...)                                                                          \
	assert_edits((const char *const[]){__VA_ARGS__},                                           \
		     sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

/* --- cases --- */

static void test_boot_tree_usual(void **state)
{
	(void)state;
	make_source(&(struct tree_shape){.nodes = 20});
	plan_usual();
	assert_null(write_tree());
	want_usual();
	check();
	ASSERT_EDITS("removed fw-cfg@9020000", "added /hypervisor",
		     "added /reserved-memory/hypervisor@40200000: no-map",
		     "added /reserved-memory/hypervisor@bfee8000: no-map", "added /chosen bootargs",
		     "added /chosen linux,initrd-start", "added /chosen linux,initrd-end",
		     "removed /chosen/" MODULE_KERNEL, "removed /chosen/" MODULE_INITRD);
}

static void test_boot_tree_without_chosen(void **state)
{
	(void)state;
	make_source(&(struct tree_shape){.no_chosen = true});
	plan_usual();
	assert_null(write_tree());
	want_usual();
	check();
	ASSERT_EDITS("removed fw-cfg@9020000", "added /hypervisor",
		     "added /reserved-memory/hypervisor@40200000: no-map",
		     "added /reserved-memory/hypervisor@bfee8000: no-map", "added /chosen",
		     "added /chosen bootargs", "added /chosen linux,initrd-start",
		     "added /chosen linux,initrd-end");
}

/* What is right already is left alone, to the byte. */
static void test_boot_tree_nothing_to_do_in_chosen(void **state)
{
	(void)state;
	make_source(&(struct tree_shape){.bootargs = "quiet", .initrd_bytes = 8});
	make_plan();
	snprintf(plan.bootargs, sizeof(plan.bootargs), "quiet");
	plan.initrd = (struct boot_range){0x48000000, 0x123456};
	assert_null(write_tree());
	want_start();
	want_hypervisor();
	check();
	ASSERT_EDITS("added /hypervisor");
}

static void test_boot_tree_chosen_changes(void **state)
{
	(void)state;
	make_source(&(struct tree_shape){.bootargs = "quiet hv.x=1", .initrd_bytes = 4});
	plan_usual();
	assert_null(write_tree());
	want_usual();
	check();
	ASSERT_EDITS("removed fw-cfg@9020000", "added /hypervisor",
		     "added /reserved-memory/hypervisor@40200000: no-map",
		     "added /reserved-memory/hypervisor@bfee8000: no-map",
		     "changed /chosen bootargs", "changed /chosen linux,initrd-start",
		     "changed /chosen linux,initrd-end", "removed /chosen/" MODULE_KERNEL,
		     "removed /chosen/" MODULE_INITRD);
}

static void test_boot_tree_chosen_loses(void **state)
{
	int chosen;

	(void)state;
	make_source(&(struct tree_shape){.bootargs = "hv.x=1", .initrd_bytes = 8});
	make_plan();
	assert_null(write_tree());
	want_start();
	want_hypervisor();
	chosen = fdt_path_offset(wanted, "/chosen");
	ok(fdt_delprop(wanted, chosen, "bootargs"));
	ok(fdt_delprop(wanted, chosen, "linux,initrd-start"));
	ok(fdt_delprop(wanted, chosen, "linux,initrd-end"));
	check();
	ASSERT_EDITS("added /hypervisor", "removed /chosen bootargs",
		     "removed /chosen linux,initrd-start", "removed /chosen linux,initrd-end");
}

static void test_boot_tree_reserved_memory_is_there(void **state)
{
	(void)state;
	make_source(&(struct tree_shape){.reserved = true, .hypervisor = true, .nodes = 3});
	plan_usual();
	assert_null(write_tree());
	want_start();
	/* a node with the same name that says less is replaced */
	want_removed("/reserved-memory/hypervisor@40200000");
	want_removed("/fw-cfg@9020000");
	want_hypervisor();
	want_reserved("hypervisor@40200000", 0x40200000, 0x58000);
	want_reserved("hypervisor@bfee8000", 0xbfee8000, 0x118000);
	want_text("/chosen", "bootargs", "console=ttyAMA0 quiet");
	ok(fdt_setprop_u64(wanted, fdt_path_offset(wanted, "/chosen"), "linux,initrd-start",
			   0x4c000000));
	ok(fdt_setprop_u64(wanted, fdt_path_offset(wanted, "/chosen"), "linux,initrd-end",
			   0x4c0f1bfc));
	want_removed("/chosen/" MODULE_KERNEL);
	want_removed("/chosen/" MODULE_INITRD);
	check();
	ASSERT_EDITS("removed fw-cfg@9020000", "changed /hypervisor",
		     "changed /reserved-memory/hypervisor@40200000: no-map",
		     "added /reserved-memory/hypervisor@bfee8000: no-map", "added /chosen bootargs",
		     "added /chosen linux,initrd-start", "added /chosen linux,initrd-end",
		     "removed /chosen/" MODULE_KERNEL, "removed /chosen/" MODULE_INITRD);
}

/* Linux would ignore the children of a node without cells and ranges. */
static void test_boot_tree_bare_reserved_memory(void **state)
{
	(void)state;
	make_source(&(struct tree_shape){.bare_reserved = true});
	make_plan();
	withhold(0x40200000, 0x58000, true, false, BOOT_WITHHELD_IMAGE);
	assert_null(write_tree());
	want_start();
	want_hypervisor();
	want_reserved_memory();
	want_reserved("hypervisor@40200000", 0x40200000, 0x58000);
	check();
	ASSERT_EDITS("added /hypervisor", "added /reserved-memory/hypervisor@40200000: no-map",
		     "added /reserved-memory #address-cells", "added /reserved-memory #size-cells",
		     "added /reserved-memory ranges");
	/* and nothing is done where nothing is withheld */
	make_plan();
	assert_null(write_tree());
	want_start();
	want_hypervisor();
	check();
	ASSERT_EDITS("added /hypervisor");
}

/* The host's tree as the source of another start, as after kexec: it stays as it is. */
static void test_boot_tree_twice(void **state)
{
	(void)state;
	make_source(&(struct tree_shape){.nodes = 5});
	plan_usual();
	assert_null(write_tree());
	memcpy(source, out, plan.tree_size);
	make_plan();
	withhold(0x40200000, 0x58000, true, true, BOOT_WITHHELD_IMAGE);
	withhold(0xbfee8000, 0x118000, true, true, BOOT_WITHHELD_POOL);
	snprintf(plan.bootargs, sizeof(plan.bootargs), "console=ttyAMA0 quiet");
	plan.initrd = (struct boot_range){0x4c000000, 0xf1bfc};
	assert_null(write_tree());
	want_start();
	check();
	ASSERT_EDITS("changed /hypervisor");
}

static void test_boot_tree_gic(void **state)
{
	fdt32_t kept[8];
	const void *reg;

	(void)state;
	make_source(&(struct tree_shape){.nodes = 2});
	make_plan();
	plan.marks.gic = fdt_path_offset(source, "/bus/intc@8000000");
	plan.marks.gic_frames = 2;
	plan.marks.gic_frame_bytes = 16;
	assert_null(write_tree());
	want_start();
	want_hypervisor();
	reg = fdt_getprop(wanted, fdt_path_offset(wanted, "/bus/intc@8000000"), "reg", NULL);
	memcpy(kept, reg, sizeof(kept));
	want_set("/bus/intc@8000000", "reg", kept, sizeof(kept));
	check();
	ASSERT_EDITS("added /hypervisor", "changed intc@8000000 reg: without GICH and GICV");
	/* all frames are the host's: nothing to do */
	make_plan();
	plan.marks.gic = fdt_path_offset(source, "/bus/intc@8000000");
	plan.marks.gic_frames = 4;
	plan.marks.gic_frame_bytes = 16;
	assert_null(write_tree());
	want_start();
	want_hypervisor();
	check();
	ASSERT_EDITS("added /hypervisor");
}

static void test_boot_tree_one_cell(void **state)
{
	const char *reason;

	(void)state;
	make_source(&(struct tree_shape){.cells = 1});
	plan_usual();
	assert_null(write_tree());
	want_usual();
	check();
	/* what does not fit into 32 bits is refused, and so is a size that does not */
	make_plan();
	withhold(0xfffff000, 0x2000, true, false, BOOT_WITHHELD_POOL);
	reason = write_tree();
	assert_string_equal(reason, plan.reason);
	assert_non_null(strstr(reason, "does not fit the cells"));
	make_plan();
	withhold(0, 1ULL << 32, true, false, BOOT_WITHHELD_POOL);
	assert_non_null(write_tree());
	make_plan();
	withhold(0xfffff000, 0x1000, true, false, BOOT_WITHHELD_POOL);
	assert_null(write_tree());
}

/* For each room that is too small: a reason, and not a byte beyond it (the sanitizer looks on). */
static void test_boot_tree_no_room(void **state)
{
	uint64_t needed;

	(void)state;
	make_source(&(struct tree_shape){0});
	plan_usual();
	assert_null(write_tree());
	needed = plan.tree_size;
	for (uint64_t room = 0, step; room < needed; room += step) {
		const char *reason;

		/* every one at both ends, some in the middle */
		step = room > 100U && room + 50U < needed ? 7U : 1U;

		plan_usual();
		plan.tree.size = room;
		reason = write_tree();
		assert_non_null(reason);
		assert_string_equal(reason, plan.reason);
		assert_null(strchr(reason, '\n'));
		assert_int_equal(plan.tree_size, 0);
		assert_int_equal(fake.cleans, 0);
	}
	plan_usual();
	plan.tree.size = needed;
	assert_null(write_tree());
	want_usual();
	check();
}

/* The tree of a machine says 1 MiB and uses 8 KiB: the rest is not even mapped here. */
static void test_boot_tree_unused_rest_is_not_touched(void **state)
{
	uint64_t used, page = 4096, span = ROOM + page;
	uint8_t *mapped =
	    mmap(NULL, span, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint8_t *tree;
	const char *reason;

	(void)state;
	assert_true(mapped != MAP_FAILED);
	make_source(&(struct tree_shape){.nodes = 9});
	plan_usual();
	want_usual();
	used = fdt_totalsize(source);
	assert_int_equal(mprotect(mapped + ROOM, page, PROT_NONE), 0);
	tree = mapped + ROOM - ((used + 7U) & ~7ULL);
	memcpy(tree, source, used);
	fdt_set_totalsize(tree, 1U << 20);
	out = realloc(out, ROOM);
	assert_non_null(out);
	fake_reset();
	reason = boot_tree_write(&plan, tree, out);
	assert_null(reason);
	assert_true(plan.tree_size < used + 1024U);
	check();
	munmap(mapped, span);
}

/* Strings block first, as other tools write it; and a header of version 16. */
static void test_boot_tree_other_layouts(void **state)
{
	uint32_t structure, strings, reserve = 3U * 16U;

	(void)state;
	make_source(&(struct tree_shape){.nodes = 4});
	plan_usual();
	want_usual();
	structure = fdt_size_dt_struct(source);
	strings = fdt_size_dt_strings(source);
	memset(again, 0, sizeof(again));
	memcpy(again, source, 40);
	fdt_set_off_dt_strings(again, 44);
	memcpy(again + 44, source + fdt_off_dt_strings(source), strings);
	fdt_set_off_dt_struct(again, (44U + strings + 11U) & ~7U);
	memcpy(again + fdt_off_dt_struct(again), source + fdt_off_dt_struct(source), structure);
	fdt_set_off_mem_rsvmap(again, (fdt_off_dt_struct(again) + structure + 7U) & ~7U);
	memcpy(again + fdt_off_mem_rsvmap(again), source + fdt_off_mem_rsvmap(source), reserve);
	fdt_set_totalsize(again, fdt_off_mem_rsvmap(again) + reserve);
	ok(fdt_check_full(again, sizeof(again)));
	memcpy(source, again, sizeof(source));
	assert_null(write_tree());
	check();

	make_source(&(struct tree_shape){.nodes = 4});
	fdt_set_version(source, 16);
	fdt_set_last_comp_version(source, 16);
	fdt_set_size_dt_struct(source, 0); /* not a field of that version */
	ok(fdt_check_full(source, sizeof(source)));
	plan_usual();
	assert_null(write_tree());
	check();
}

static void test_boot_tree_old_format(void **state)
{
	(void)state;
	make_source(&(struct tree_shape){0});
	plan_usual();
	fdt_set_version(source, 15);
	assert_non_null(write_tree());
	assert_non_null(strstr(plan.reason, "older than version 16"));
}

/* A node and one inside it: the tree without the outer one. */
static void test_boot_tree_removed_inside_removed(void **state)
{
	(void)state;
	make_source(&(struct tree_shape){.nodes = 4});
	make_plan();
	plan.marks.removed[0] = fdt_path_offset(source, "/bus/device@a000200");
	plan.marks.removed[1] = fdt_path_offset(source, "/fw-cfg@9020000/inside/deeper");
	plan.marks.removed[2] = fdt_path_offset(source, "/fw-cfg@9020000/inside");
	plan.marks.removed[3] = fdt_path_offset(source, "/fw-cfg@9020000");
	plan.marks.removed_count = 4;
	assert_null(write_tree());
	want_start();
	want_hypervisor();
	want_removed("/bus/device@a000200");
	want_removed("/fw-cfg@9020000");
	check();
}

/* More edits than are recorded are made all the same; more than can be made are refused. */
static void test_boot_tree_many_edits(void **state)
{
	(void)state;
	make_source(&(struct tree_shape){0});
	make_plan();
	want_start();
	want_hypervisor();
	want_reserved_memory();
	for (uint64_t i = 0; i < BOOT_WITHHELD_MAX; i++) {
		char name[32];

		withhold(0x50000000 + i * 0x10000, 0x1000, true, false, BOOT_WITHHELD_SECURE);
		snprintf(name, sizeof(name), "withheld@%llx",
			 (unsigned long long)(0x50000000 + i * 0x10000));
		want_reserved(name, 0x50000000 + i * 0x10000, 0x1000);
	}
	assert_null(write_tree());
	check();
	assert_int_equal(plan.edit_count, 1 + BOOT_WITHHELD_MAX);
	assert_string_equal(plan.edits[BOOT_EDIT_MAX - 1].what, "added");

	/* all of them replace nodes now */
	memcpy(source, out, plan.tree_size);
	make_plan();
	for (uint64_t i = 0; i < BOOT_WITHHELD_MAX; i++)
		withhold(0x50000000 + i * 0x10000, 0x1000, true, false, BOOT_WITHHELD_SECURE);
	assert_non_null(write_tree());
	assert_non_null(strstr(plan.reason, "more edits than there is room for"));
}

/* Any mixture of what may come, with gaps (FDT_NOP) in the source. */
static void test_boot_tree_mixtures(void **state)
{
	const char *text = getenv("PORTCULLIS_SEED");
	uint64_t random = text != NULL ? strtoull(text, NULL, 0) : 1U;

	(void)state;
	for (unsigned round = 0; round < 2000U; round++) {
		struct tree_shape shape = {0};
		uint64_t bits;

		random = random * 6364136223846793005ULL + 1442695040888963407ULL;
		bits = random >> 20;
		shape.cells = 1U + (bits & 1U);
		shape.no_chosen = (bits >> 1 & 3U) == 0U;
		shape.hypervisor = bits >> 3 & 1U;
		shape.bare_reserved = bits >> 4 & 1U;
		shape.bootargs = bits >> 5 & 1U ? "something else" : NULL;
		shape.initrd_bytes = (unsigned)((bits >> 6 & 1U) + (bits >> 7 & 1U)) * 4U;
		shape.nodes = bits >> 8 & 7U;
		make_source(&shape);
		if (shape.nodes > 2U && (bits >> 12 & 1U) != 0U)
			ok(fdt_nop_node(source, fdt_path_offset(source, "/bus/device@a000200")));
		if ((bits >> 13 & 1U) != 0U)
			ok(fdt_nop_property(source, 0, "model"));
		if (!shape.no_chosen && (bits >> 14 & 1U) != 0U)
			ok(fdt_nop_property(source, fdt_path_offset(source, "/chosen"),
					    "stdout-path"));
		plan_usual();
		assert_null(write_tree());
		want_usual();
		check();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_boot_tree_usual),
	    cmocka_unit_test(test_boot_tree_without_chosen),
	    cmocka_unit_test(test_boot_tree_nothing_to_do_in_chosen),
	    cmocka_unit_test(test_boot_tree_chosen_changes),
	    cmocka_unit_test(test_boot_tree_chosen_loses),
	    cmocka_unit_test(test_boot_tree_reserved_memory_is_there),
	    cmocka_unit_test(test_boot_tree_bare_reserved_memory),
	    cmocka_unit_test(test_boot_tree_twice),
	    cmocka_unit_test(test_boot_tree_gic),
	    cmocka_unit_test(test_boot_tree_one_cell),
	    cmocka_unit_test(test_boot_tree_no_room),
	    cmocka_unit_test(test_boot_tree_unused_rest_is_not_touched),
	    cmocka_unit_test(test_boot_tree_other_layouts),
	    cmocka_unit_test(test_boot_tree_old_format),
	    cmocka_unit_test(test_boot_tree_removed_inside_removed),
	    cmocka_unit_test(test_boot_tree_many_edits),
	    cmocka_unit_test(test_boot_tree_mixtures),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	free(out);
	return failed;
}
