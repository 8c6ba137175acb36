// SPDX-License-Identifier: Apache-2.0
/*
 * RAM, what is reserved in it, and what the host does not get. Linux' own reading of memory nodes
 * and of /reserved-memory is followed, since both sides must come to the same map.
 */
#include "core/boot/planner.h"

#include <string.h>

#include <libfdt.h>

#include "core/log/log.h"

/* --- lists of ranges --- */

bool boot_range_add(struct boot_range *list, unsigned *count, unsigned capacity, uint64_t base,
		    uint64_t size)
{
	uint64_t end = base + size;
	unsigned first = 0, last;

	while (first < *count && list[first].base + list[first].size < base)
		first++;
	/* all that touches the new range becomes one with it */
	for (last = first; last < *count && list[last].base <= end; last++) {
		if (list[last].base < base)
			base = list[last].base;
		if (list[last].base + list[last].size > end)
			end = list[last].base + list[last].size;
	}
	if (last == first) {
		if (*count == capacity)
			return false;
		memmove(&list[first + 1U], &list[first], (*count - first) * sizeof(*list));
		*count += 1U;
	} else {
		memmove(&list[first + 1U], &list[last], (*count - last) * sizeof(*list));
		*count -= last - first - 1U;
	}
	list[first] = (struct boot_range){base, end - base};
	return true;
}

/* Only whole pages can be given to the host. */
static void round_ram(struct boot_plan *plan)
{
	unsigned kept = 0;

	plan->ram_size = 0;
	for (unsigned i = 0; i < plan->ram_count; i++) {
		uint64_t base = boot_up(plan->ram[i].base, BOOT_PAGE);
		uint64_t end = boot_down(plan->ram[i].base + plan->ram[i].size, BOOT_PAGE);

		if (base >= end)
			continue;
		plan->ram[kept++] = (struct boot_range){base, end - base};
		plan->ram_size += end - base;
	}
	plan->ram_count = kept;
}

/* --- nodes --- */

bool boot_claim(struct boot_planner *planner, const struct boot_range *range,
		enum boot_withheld_reason reason, const char *name)
{
	struct boot_range reached = *range;

	if (reached.size == 0UL || reached.base >= planner->limit)
		return true;
	if (reached.size > planner->limit - reached.base)
		reached.size = planner->limit - reached.base;
	if (planner->claim_count == BOOT_WITHHELD_MAX)
		return boot_refuse(planner->plan,
				   "the device tree has more than %u ranges to withhold",
				   (unsigned)BOOT_WITHHELD_MAX);
	planner->claims[planner->claim_count++] =
	    (struct boot_claim){.range = reached, .reason = reason, .name = name};
	return true;
}

/* `reg` that must be right: whole entries, each within the CPU's reach. */
static bool read_entry(struct boot_planner *planner, unsigned index, struct boot_range *range)
{
	if (boot_reg_raw(planner, index, range) && range->base + range->size <= planner->limit)
		return true;
	return boot_refuse(
	    planner->plan,
	    "range %u of node %s in the device tree ends beyond the CPU's %u address "
	    "bits",
	    index, planner->node.name, planner->facts->pa_bits);
}

static bool check_entries(struct boot_planner *planner)
{
	const struct boot_value *reg = boot_node_value(&planner->node, PROPERTY_REG);
	unsigned cells = planner->bus[0].address_cells + (unsigned)planner->bus[0].size_cells;

	if (reg == NULL || reg->length % (cells * sizeof(fdt32_t)) == 0U)
		return true;
	return boot_refuse(planner->plan,
			   "reg of node %s in the device tree has %u bytes, not whole entries of "
			   "%u cells",
			   planner->node.name, reg->length, cells);
}

void boot_memory_node(struct boot_planner *planner)
{
	struct boot_node *node = &planner->node;
	struct boot_plan *plan = planner->plan;
	const struct boot_value *usable = boot_node_value(node, PROPERTY_USABLE_MEMORY);

	/* a kernel that crashed hands on with this what its successor may use */
	if (usable != NULL) {
		node->value[PROPERTY_REG] = *usable;
		node->present |= 1UL << PROPERTY_REG;
	}
	if (!check_entries(planner))
		return;
	for (unsigned i = 0; i < boot_reg_count(planner); i++) {
		struct boot_range range;

		if (!read_entry(planner, i, &range))
			return;
		if (node->state != NODE_ENABLED) {
			(void)boot_claim(planner, &range,
					 node->state == NODE_SECURE ? BOOT_WITHHELD_SECURE
								    : BOOT_WITHHELD_DISABLED,
					 node->name);
		} else if (range.size != 0UL &&
			   !boot_range_add(plan->ram, &plan->ram_count, BOOT_RAM_MAX, range.base,
					   range.size)) {
			(void)boot_refuse(plan,
					  "the device tree has more than %u separate ranges "
					  "of memory",
					  (unsigned)BOOT_RAM_MAX);
			return;
		} else if (boot_node_value(node, PROPERTY_HOTPLUGGABLE) != NULL &&
			   range.size != 0UL) {
			(void)boot_range_add(plan->removable, &plan->removable_count,
					     BOOT_REMOVABLE_MAX, range.base, range.size);
		}
	}
}

static bool reserve(struct boot_plan *plan, const struct boot_range *range)
{
	if (range->size == 0UL)
		return true;
	if (plan->reserved_count == BOOT_RESERVED_MAX)
		return boot_refuse(plan, "the device tree has more than %u reserved ranges",
				   (unsigned)BOOT_RESERVED_MAX);
	plan->reserved[plan->reserved_count++] = *range;
	return true;
}

void boot_reserved_node(struct boot_planner *planner)
{
	const struct boot_node *node = &planner->node;
	const struct boot_bus *own = &planner->bus[node->depth - 1U], *root = &planner->bus[0];
	uint32_t phandle = boot_value_word(boot_node_value(node, PROPERTY_PHANDLE_LINUX), 0);

	/* a region without an address is Linux' own to place */
	if (node->state != NODE_ENABLED || boot_node_value(node, PROPERTY_REG) == NULL)
		return;
	/* Linux would ignore all of /reserved-memory, and use what is reserved there */
	if (own->address_cells != root->address_cells || own->size_cells != root->size_cells) {
		(void)boot_refuse(
		    planner->plan,
		    "the cells of /reserved-memory in the device tree, %u and %u, are "
		    "not those of the root, %u and %u",
		    own->address_cells, own->size_cells, root->address_cells, root->size_cells);
		return;
	}
	if (!check_entries(planner))
		return;
	phandle = boot_value_word(boot_node_value(node, PROPERTY_PHANDLE), phandle);
	for (unsigned i = 0; i < boot_reg_count(planner); i++) {
		struct boot_range range;

		if (!read_entry(planner, i, &range) || !reserve(planner->plan, &range))
			return;
		if (range.size == 0UL || planner->region_count == BOOT_RESERVED_MAX)
			continue;
		planner->regions[planner->region_count++] = (struct boot_region){
		    .range = range,
		    .name = node->name,
		    .phandle = phandle,
		    .no_map = boot_node_value(node, PROPERTY_NO_MAP) != NULL,
		    .device = boot_node_value(node, PROPERTY_COMPATIBLE) != NULL,
		};
	}
}

/* Remember the regions of /reserved-memory that an enabled device asks for. */
void boot_reference_node(struct boot_planner *planner)
{
	const struct boot_value *value = boot_node_value(&planner->node, PROPERTY_MEMORY_REGION);

	if (value == NULL || planner->node.state != NODE_ENABLED)
		return;
	for (uint32_t at = 0; at + sizeof(fdt32_t) <= value->length; at += sizeof(fdt32_t)) {
		struct boot_value cell = {value->data + at, sizeof(fdt32_t)};
		uint32_t phandle = boot_value_word(&cell, 0);
		unsigned i = 0;

		while (i < planner->reference_count && planner->references[i] != phandle)
			i++;
		if (i < planner->reference_count)
			continue;
		if (i == BOOT_REFERENCE_MAX) {
			(void)boot_refuse(planner->plan,
					  "more than %u regions are asked for by memory-region in "
					  "the device tree",
					  (unsigned)BOOT_REFERENCE_MAX);
			return;
		}
		planner->references[planner->reference_count++] = phandle;
	}
}

void boot_reservations(struct boot_planner *planner)
{
	int count = fdt_num_mem_rsv(planner->tree);

	for (int i = 0; i < count; i++) {
		struct boot_range range;

		if (fdt_get_mem_rsv(planner->tree, i, &range.base, &range.size) != 0)
			break;
		if (range.base + range.size < range.base ||
		    range.base + range.size > planner->limit) {
			(void)boot_refuse(
			    planner->plan,
			    "memory reservation %d of the device tree ends beyond the "
			    "CPU's %u address bits",
			    i, planner->facts->pa_bits);
			return;
		}
		if (!reserve(planner->plan, &range))
			return;
	}
}

/* --- what is withheld --- */

/* The end of what is all RAM or all not RAM from `at` on, at most `end`. */
static uint64_t ram_extent(const struct boot_plan *plan, uint64_t at, uint64_t end, bool *ram)
{
	*ram = false;
	for (unsigned i = 0; i < plan->ram_count; i++) {
		const struct boot_range *bank = &plan->ram[i];

		if (bank->base + bank->size <= at)
			continue;
		*ram = bank->base <= at;
		if (*ram)
			return bank->base + bank->size < end ? bank->base + bank->size : end;
		return bank->base < end ? bank->base : end;
	}
	return end;
}

static bool insert_withheld(struct boot_plan *plan, const struct boot_withheld *withheld)
{
	unsigned i = plan->withheld_count;

	if (i == BOOT_WITHHELD_MAX)
		return boot_refuse(plan, "more than %u ranges are to be withheld from the host",
				   (unsigned)BOOT_WITHHELD_MAX);
	for (; i > 0U && plan->withheld[i - 1U].base > withheld->base; i--)
		plan->withheld[i] = plan->withheld[i - 1U];
	plan->withheld[i] = *withheld;
	plan->withheld_count++;
	return true;
}

/*
 * Withhold the pages of `range` that are not withheld yet, in pieces that lie in RAM as a whole or
 * not at all. `told`: the tree that came in has a no-map node for it.
 */
bool boot_withhold(struct boot_plan *plan, const struct boot_range *range,
		   enum boot_withheld_reason reason, bool told, const char *name)
{
	uint64_t at = boot_down(range->base, BOOT_PAGE);
	uint64_t end = boot_up(range->base + range->size, BOOT_PAGE);

	while (at < end) {
		struct boot_withheld piece = {.base = at, .reason = reason, .told = told};
		uint64_t next = end;
		unsigned i;

		for (i = 0; i < plan->withheld_count; i++) {
			const struct boot_withheld *other = &plan->withheld[i];

			if (other->base + other->size > at) {
				next = other->base < next ? other->base : next;
				break;
			}
		}
		if (next <= at) {
			at = plan->withheld[i].base + plan->withheld[i].size;
			continue;
		}
		next = ram_extent(plan, at, next, &piece.ram);
		piece.size = next - at;
		(void)log_format(piece.name, sizeof(piece.name), "%s", name);
		if (!insert_withheld(plan, &piece))
			return false;
		at = next;
	}
	return true;
}

static bool region_used(const struct boot_planner *planner, const struct boot_region *region)
{
	if (!region->no_map || region->device)
		return true;
	for (unsigned i = 0; region->phandle != 0U && i < planner->reference_count; i++)
		if (planner->references[i] == region->phandle)
			return true;
	return false;
}

static bool withhold_image(struct boot_planner *planner)
{
	const struct boot_range *image = &planner->plan->image;
	bool told = false;

	for (unsigned i = 0; i < planner->region_count; i++) {
		const struct boot_region *region = &planner->regions[i];
		const struct boot_range *range = &region->range;

		if (!boot_overlap(image->base, image->size, range->base, range->size))
			continue;
		if (region_used(planner, region))
			return boot_refuse(
			    planner->plan,
			    "the hypervisor lies in %s of /reserved-memory, which is "
			    "for the host's use",
			    region->name);
		told = told || (range->base <= image->base &&
				range->base + range->size >= image->base + image->size);
	}
	return boot_withhold(planner->plan, image, BOOT_WITHHELD_IMAGE, told, "hypervisor");
}

bool boot_memory_finish(struct boot_planner *planner)
{
	struct boot_plan *plan = planner->plan;

	round_ram(plan);
	if (plan->ram_count == 0U)
		return boot_refuse(plan, "the device tree describes no memory");
	if (!withhold_image(planner))
		return false;
	/* no-map nodes before the rest: of two reasons the one that the host knows counts */
	for (unsigned i = 0; i < planner->region_count; i++) {
		const struct boot_region *region = &planner->regions[i];

		if (!region_used(planner, region) &&
		    !boot_withhold(plan, &region->range, BOOT_WITHHELD_NO_MAP, true, region->name))
			return false;
	}
	for (unsigned i = 0; i < planner->claim_count; i++) {
		const struct boot_claim *claim = &planner->claims[i];

		if (!boot_withhold(plan, &claim->range, claim->reason, false, claim->name))
			return false;
	}
	return true;
}
