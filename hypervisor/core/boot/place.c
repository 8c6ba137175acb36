// SPDX-License-Identifier: Apache-2.0
/*
 * Where things go: the kernel where its header lets it, the host's tree behind it, the hypervisor's
 * pool at the top of RAM. Everything that came with the loader stays where it is until then.
 */
#include "core/boot/planner.h"
#include "core/gic/gic.h"
#include "core/ledger/ledger.h"
#include "core/trace/trace.h"

#include <string.h>

#define IMAGE_BASE_ALIGN (2UL << 20)
#define LEGACY_OFFSET    0x80000UL
#define LEGACY_EXTRA     (16UL << 20) /* what an old kernel may use behind itself, as U-Boot does */
#define WINDOW_ALIGN     (1UL << 30)  /* kernel and RAM disk: one window, so aligned, */
#define WINDOW_SIZE      (32UL << 30) /* of this size (Linux' booting protocol) */
#define TREE_ALIGN       (2UL << 20)  /* the kernel maps it with blocks of this size */
#define TREE_SLACK       (64UL << 10) /* what the edits add, generously */
#define TABLES_SHARE     2000UL       /* 0.05 % of RAM, for the blocks that the host will split */
#define TABLES_SPARE     16UL         /* pages beyond what the map needs on a small machine */
#define ROOT_TABLES      16UL
#define RECORDS_SPARE    8UL /* pages of records, beyond the entries, on a small machine */

/* Fields of the arm64 Image header; little-endian, whatever the kernel is. */
enum {
	HEADER_TEXT_OFFSET = 8,
	HEADER_IMAGE_SIZE = 16,
	HEADER_FLAGS = 24,
	HEADER_MAGIC = 56,
};

#define FLAG_BIG_ENDIAN 1UL
#define FLAG_ANYWHERE   8UL

/* Ranges in which nothing may be placed, beside what the plan withholds and reserves. */
struct obstacles {
	struct boot_range range[6];
	unsigned count;
	bool removable; /* and memory that may be unplugged */
};

/* --- room --- */

static void obstacle_add(struct obstacles *obstacles, uint64_t base, uint64_t size)
{
	obstacles->range[obstacles->count++] = (struct boot_range){base, size};
}

static void keep_hit(struct boot_range range, uint64_t base, uint64_t size, struct boot_range *hit)
{
	if (boot_overlap(base, size, range.base, range.size))
		*hit = range;
}

/* Does something lie in [base, base + size)? Then `hit` is one such thing. */
static bool occupied(const struct boot_plan *plan, const struct obstacles *obstacles, uint64_t base,
		     uint64_t size, struct boot_range *hit)
{
	*hit = (struct boot_range){0, 0};
	for (unsigned i = 0; i < plan->withheld_count && hit->size == 0UL; i++) {
		struct boot_range range = {plan->withheld[i].base, plan->withheld[i].size};

		keep_hit(range, base, size, hit);
	}
	for (unsigned i = 0; i < plan->reserved_count && hit->size == 0UL; i++)
		keep_hit(plan->reserved[i], base, size, hit);
	for (unsigned i = 0; i < obstacles->count && hit->size == 0UL; i++)
		keep_hit(obstacles->range[i], base, size, hit);
	for (unsigned i = 0; obstacles->removable && i < plan->removable_count && hit->size == 0UL;
	     i++)
		keep_hit(plan->removable[i], base, size, hit);
	return hit->size != 0UL;
}

/* Lowest free place at or above `floor` whose address is `offset` beyond a multiple of `align`. */
static bool find_low(const struct boot_plan *plan, const struct obstacles *obstacles,
		     uint64_t floor, uint64_t size, uint64_t align, uint64_t offset,
		     uint64_t *place)
{
	for (unsigned i = 0; i < plan->ram_count; i++) {
		const struct boot_range *bank = &plan->ram[i];
		uint64_t at = bank->base > floor ? bank->base : floor,
			 end = bank->base + bank->size;
		struct boot_range hit;

		for (;;) {
			at = at > offset ? boot_up(at - offset, align) + offset : offset;
			if (at < bank->base || at >= end || size > end - at)
				break;
			if (!occupied(plan, obstacles, at, size, &hit)) {
				*place = at;
				return true;
			}
			at = hit.base + hit.size;
		}
	}
	return false;
}

/* Highest free place below `ceiling` whose address is a multiple of `align`. */
static bool find_high(const struct boot_plan *plan, const struct obstacles *obstacles,
		      uint64_t ceiling, uint64_t size, uint64_t align, uint64_t *place)
{
	for (unsigned i = plan->ram_count; i > 0U; i--) {
		const struct boot_range *bank = &plan->ram[i - 1U];
		uint64_t end = bank->base + bank->size;
		struct boot_range hit;

		if (end > ceiling)
			end = ceiling;
		while (end > bank->base && size <= end - bank->base) {
			uint64_t at = boot_down(end - size, align);

			if (at < bank->base)
				break;
			if (!occupied(plan, obstacles, at, size, &hit)) {
				*place = at;
				return true;
			}
			end = hit.base;
		}
	}
	return false;
}

/* --- the kernel --- */

static uint64_t little(const uint8_t *at)
{
	uint64_t value = 0;

	for (unsigned i = 8; i > 0U; i--)
		value = value << 8 | at[i - 1U];
	return value;
}

static bool has_magic(const uint8_t *at, const char *magic, size_t length)
{
	return memcmp(at, magic, length) == 0;
}

/* What people hand over in place of an Image. */
static const char *foreign_format(const uint8_t *header)
{
	if (has_magic(header, "\x1f\x8b", 2))
		return "it is compressed with gzip";
	if (has_magic(header, "MZ", 2) && has_magic(header + 4, "zimg", 4))
		return "it is a compressed EFI image";
	if (has_magic(header, "\177ELF", 4))
		return "it is an ELF file";
	if (has_magic(header, "\x28\xb5\x2f\xfd", 4))
		return "it is compressed with zstd";
	if (has_magic(header, "\x27\x05\x19\x56", 4))
		return "it is a U-Boot image";
	return "the magic number ARM\\x64 is missing";
}

static bool read_header(struct boot_plan *plan, const struct boot_facts *facts,
			const uint8_t *header, bool *anywhere)
{
	static const char *const sizes[] = {"unknown", "4 KiB", "16 KiB", "64 KiB"};
	struct boot_kernel *kernel = &plan->kernel;
	uint64_t flags = little(header + HEADER_FLAGS);

	if (!has_magic(header + HEADER_MAGIC, "ARM\x64", 4))
		return boot_refuse(plan, "the kernel module at 0x%llx is no arm64 Image: %s",
				   (unsigned long long)kernel->source.base, foreign_format(header));
	kernel->text_offset = little(header + HEADER_TEXT_OFFSET);
	kernel->image_size = little(header + HEADER_IMAGE_SIZE);
	*anywhere = (flags & FLAG_ANYWHERE) != 0UL;
	if (kernel->image_size == 0UL) {
		/* before Linux 3.17, and then the offset cannot be relied upon either */
		kernel->text_offset = LEGACY_OFFSET;
		kernel->image_size = kernel->source.size + LEGACY_EXTRA;
		flags = 0;
		*anywhere = false;
	}
	if (kernel->image_size < kernel->source.size)
		kernel->image_size = kernel->source.size;
	if (kernel->text_offset >> BOOT_ADDRESS_BITS != 0UL ||
	    kernel->image_size >> BOOT_ADDRESS_BITS != 0UL ||
	    (kernel->text_offset & (BOOT_PAGE - 1U)) != 0UL)
		return boot_refuse(plan,
				   "the kernel's header is broken: text offset 0x%llx, size 0x%llx",
				   (unsigned long long)kernel->text_offset,
				   (unsigned long long)kernel->image_size);
	kernel->big_endian = (flags & FLAG_BIG_ENDIAN) != 0UL;
	kernel->page_size = (unsigned)(flags >> 1) & 3U;
	if (kernel->page_size != 0U && facts->page_sizes != 0U &&
	    (facts->page_sizes >> kernel->page_size & 1U) == 0U)
		return boot_refuse(plan,
				   "the kernel uses pages of %s, which this CPU does not have",
				   sizes[kernel->page_size]);
	return true;
}

/* One window has to hold kernel and RAM disk. */
static bool in_window(const struct boot_plan *plan, uint64_t load)
{
	const struct boot_range *initrd = &plan->initrd;
	uint64_t end = load + plan->kernel.image_size, base = load;

	if (initrd->size == 0UL)
		return true;
	if (initrd->base < base)
		base = initrd->base;
	if (initrd->base + initrd->size > end)
		end = initrd->base + initrd->size;
	return boot_up(end, WINDOW_ALIGN) - boot_down(base, WINDOW_ALIGN) <= WINDOW_SIZE;
}

static bool may_stay(const struct boot_plan *plan, const struct obstacles *obstacles)
{
	const struct boot_kernel *kernel = &plan->kernel;
	struct boot_range hit;

	return kernel->source.base >= kernel->text_offset &&
	       (kernel->source.base - kernel->text_offset) % IMAGE_BASE_ALIGN == 0UL &&
	       boot_plan_host_ram(plan, kernel->source.base, kernel->image_size) &&
	       !occupied(plan, obstacles, kernel->source.base, kernel->image_size, &hit) &&
	       in_window(plan, kernel->source.base);
}

static bool place_kernel(struct boot_plan *plan, const struct obstacles *obstacles, bool anywhere)
{
	struct boot_kernel *kernel = &plan->kernel;
	const struct boot_range *initrd = &plan->initrd;
	uint64_t floor = 0, low = 0;
	bool stays = may_stay(plan, obstacles), found = false;

	if (initrd->size != 0UL && boot_up(initrd->base + initrd->size, WINDOW_ALIGN) > WINDOW_SIZE)
		floor = boot_up(initrd->base + initrd->size, WINDOW_ALIGN) - WINDOW_SIZE;
	if (!stays || !anywhere)
		found = find_low(plan, obstacles, floor, kernel->image_size, IMAGE_BASE_ALIGN,
				 kernel->text_offset, &low) &&
			in_window(plan, low);
	/* an old kernel cannot use what lies below it */
	if (stays && (!found || low >= kernel->source.base)) {
		low = kernel->source.base;
		found = true;
	}
	if (!found)
		return boot_refuse(plan, "no room for the kernel: %llu KiB at a multiple of 2 MiB",
				   (unsigned long long)kernel->image_size >> 10);
	kernel->load = low;
	kernel->entry = low;
	kernel->copy = low != kernel->source.base;
	return true;
}

/* --- tree and pool --- */

static bool place_tree(struct boot_plan *plan, const struct obstacles *obstacles)
{
	uint64_t size = boot_up(plan->tree_used + TREE_SLACK, BOOT_PAGE);
	uint64_t above = plan->kernel.load + plan->kernel.image_size;

	if (size > BOOT_TREE_LIMIT)
		size = BOOT_TREE_LIMIT;
	/* whole blocks, so that none of them is shared with memory that must not be mapped */
	if (!find_low(plan, obstacles, above, TREE_ALIGN, TREE_ALIGN, 0, &plan->tree.base) &&
	    !find_low(plan, obstacles, 0, TREE_ALIGN, TREE_ALIGN, 0, &plan->tree.base))
		return boot_refuse(plan,
				   "no room for the host's device tree: 2 MiB at a multiple of "
				   "2 MiB");
	plan->tree.size = size;
	return true;
}

/* Tables that the map takes at most: two for each end of a range that is no multiple of a block. */
static uint64_t tables_needed(const struct boot_plan *plan)
{
	uint64_t ends = 2UL * ((uint64_t)plan->ram_count + plan->withheld_count + 1U);
	uint64_t tables = ROOT_TABLES + 2UL * ends;

	/* one of the second level for each 512 GiB, where there are so many */
	for (unsigned i = 0; i < plan->ram_count; i++)
		tables += (plan->ram[i].size >> 39) + 2U;
	for (unsigned i = 0; i < plan->device_count; i++)
		tables += (plan->device[i].size >> 39) + 2U;
	return tables;
}

/*
 * Page tables for the blocks that will be split: a share of RAM, or with hv.pool=full as many as
 * even a machine needs whose every block is split.
 */
static uint64_t split_tables(struct boot_plan *plan)
{
	const char *pool = boot_plan_option(plan, "pool");

	if (pool != NULL && strcmp(pool, "full") == 0)
		return plan->ram_size / IMAGE_BASE_ALIGN + 2UL * plan->ram_count;
	return boot_up(plan->ram_size / TABLES_SHARE, BOOT_PAGE) / BOOT_PAGE;
}

static uint64_t entries_pages(const struct boot_plan *plan)
{
	struct ledger_region region;
	uint64_t pages = 0;

	for (unsigned i = 0; i < plan->ram_count; i++) {
		region = (struct ledger_region){plan->ram[i].base, plan->ram[i].size, 0};
		pages += ledger_entries_size(&region, 1) / BOOT_PAGE;
	}
	return pages;
}

static bool place_pool(struct boot_plan *plan, const struct boot_facts *facts,
		       struct obstacles *obstacles)
{
	uint64_t areas = plan->cpu_count * facts->cpu_area_size;
	uint64_t its = plan->gic.its_count * GIC_ITS_MEMORY, align = facts->cpu_area_size, front;
	const char *trace = boot_plan_option(plan, "trace");
	uint64_t tables = split_tables(plan), needed = tables_needed(plan) + TABLES_SPARE;
	/* a set of records for each block that has a table of its own */
	uint64_t records =
	    entries_pages(plan) + boot_up(tables * LEDGER_SET_ROOM, BOOT_PAGE) / BOOT_PAGE;
	/* the node that names it has the cells of the root */
	uint64_t ceiling = plan->marks.address_cells < 2U ? 1UL << 32 : 1UL << BOOT_ADDRESS_BITS;

	if (tables < needed)
		tables = needed;
	/* a page holds the two sets that a withheld range takes at its ends; the pool is one, too
	 */
	if (records < entries_pages(plan) + plan->withheld_count + 1U + RECORDS_SPARE)
		records = entries_pages(plan) + plan->withheld_count + 1U + RECORDS_SPARE;
	if (its > 0UL && align < GIC_FRAME)
		align = GIC_FRAME;
	if (facts->ffa_size > 0UL && align < facts->ffa_align)
		align = facts->ffa_align;
	/* whole areas, so that no page is left over between the pool and the end of its bank */
	plan->trace.size = trace == NULL ? 0UL : trace_size(trace, plan->cpu_count);
	front = its + areas + plan->trace.size;
	if (facts->ffa_size > 0UL)
		front = boot_up(front, facts->ffa_align) + facts->ffa_size;
	plan->pool.size = front + boot_up((tables + records) * BOOT_PAGE, align);
	plan->pool.size = boot_up(plan->pool.size, align);
	/* where all memory may be unplugged, none of it will be */
	obstacles->removable = true;
	if (!find_high(plan, obstacles, ceiling, plan->pool.size, align, &plan->pool.base)) {
		obstacles->removable = false;
		if (!find_high(plan, obstacles, ceiling, plan->pool.size, align, &plan->pool.base))
			return boot_refuse(plan,
					   "no room for the hypervisor's own %llu KiB of memory",
					   (unsigned long long)plan->pool.size >> 10);
	}
	plan->its_memory = plan->pool.base;
	plan->cpu_areas = plan->pool.base + its;
	plan->cpu_area_size = facts->cpu_area_size;
	plan->trace.base = plan->cpu_areas + areas;
	plan->ffa = (struct boot_range){plan->pool.base + front - facts->ffa_size, facts->ffa_size};
	plan->records.base = plan->pool.base + front;
	plan->records.size = records * BOOT_PAGE;
	plan->tables.base = plan->records.base + plan->records.size;
	plan->tables.size = plan->pool.base + plan->pool.size - plan->tables.base;
	return boot_withhold(plan, &plan->pool, BOOT_WITHHELD_POOL, false, "hypervisor pool");
}

const char *boot_plan_place(struct boot_plan *plan, const struct boot_facts *facts,
			    const uint8_t header[BOOT_IMAGE_HEADER])
{
	struct obstacles obstacles = {.count = 0};
	bool anywhere = false;

	if (!read_header(plan, facts, header, &anywhere))
		return plan->reason;
	obstacle_add(&obstacles, plan->tree_source, plan->tree_used);
	obstacle_add(&obstacles, plan->initrd.base, plan->initrd.size);
	if (!place_kernel(plan, &obstacles, anywhere))
		return plan->reason;
	obstacle_add(&obstacles, plan->kernel.load, plan->kernel.image_size);
	obstacle_add(&obstacles, plan->kernel.source.base, plan->kernel.source.size);
	if (!place_tree(plan, &obstacles))
		return plan->reason;
	obstacle_add(&obstacles, plan->tree.base, TREE_ALIGN);
	if (!place_pool(plan, facts, &obstacles))
		return plan->reason;
	return NULL;
}
