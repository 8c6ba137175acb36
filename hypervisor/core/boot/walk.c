// SPDX-License-Identifier: Apache-2.0
/*
 * The tree has passed fdt_check_full(), so tags, lengths and names can be believed; what they say
 * cannot. libfdt's look-ups by name and of parents start at the front each time; here every node is
 * met once and its parents' cells and ranges lie on a stack.
 */
#include "core/boot/planner.h"

#include <string.h>

#include <libfdt.h>

#define NAME_SLOTS (sizeof(((struct boot_planner *)NULL)->names) / 8U)
#define NAME_NONE  UINT32_MAX

static const char *const property_names[PROPERTY_COUNT] = {
    [PROPERTY_ADDRESS_CELLS] = "#address-cells",
    [PROPERTY_BOOTARGS] = "bootargs",
    [PROPERTY_COMPATIBLE] = "compatible",
    [PROPERTY_CPU_ON] = "cpu_on",
    [PROPERTY_DEVICE_TYPE] = "device_type",
    [PROPERTY_DMA_CELLS] = "#dma-cells",
    [PROPERTY_DMA_COHERENT] = "dma-coherent",
    [PROPERTY_ENABLE_METHOD] = "enable-method",
    [PROPERTY_HOTPLUGGABLE] = "hotpluggable",
    [PROPERTY_INITRD_END] = "linux,initrd-end",
    [PROPERTY_INITRD_START] = "linux,initrd-start",
    [PROPERTY_IOMMUS] = "iommus",
    [PROPERTY_IOMMU_CELLS] = "#iommu-cells",
    [PROPERTY_IOMMU_MAP] = "iommu-map",
    [PROPERTY_MEMORY_REGION] = "memory-region",
    [PROPERTY_METHOD] = "method",
    [PROPERTY_NO_MAP] = "no-map",
    [PROPERTY_PHANDLE] = "phandle",
    [PROPERTY_PHANDLE_LINUX] = "linux,phandle",
    [PROPERTY_RANGES] = "ranges",
    [PROPERTY_REDISTRIBUTORS] = "#redistributor-regions",
    [PROPERTY_REDISTRIBUTOR_STRIDE] = "redistributor-stride",
    [PROPERTY_REG] = "reg",
    [PROPERTY_REG_IO_WIDTH] = "reg-io-width",
    [PROPERTY_REG_SHIFT] = "reg-shift",
    [PROPERTY_SECURE_STATUS] = "secure-status",
    [PROPERTY_SIZE_CELLS] = "#size-cells",
    [PROPERTY_STATUS] = "status",
    [PROPERTY_STDOUT_LINUX] = "linux,stdout-path",
    [PROPERTY_STDOUT_PATH] = "stdout-path",
    [PROPERTY_USABLE_MEMORY] = "linux,usable-memory",
};

/* --- values --- */

const struct boot_value *boot_node_value(const struct boot_node *node, enum boot_property property)
{
	return (node->present >> property & 1U) != 0UL ? &node->value[property] : NULL;
}

bool boot_value_is(const struct boot_value *value, const char *text)
{
	size_t length = strlen(text) + 1U;

	return value != NULL && value->length == length && memcmp(value->data, text, length) == 0;
}

const char *boot_value_text(const struct boot_value *value, size_t *length)
{
	if (value == NULL)
		return NULL;
	*length = strnlen((const char *)value->data, value->length);
	return *length < value->length ? (const char *)value->data : NULL;
}

static uint32_t word_at(const uint8_t *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

uint32_t boot_value_word(const struct boot_value *value, uint32_t fallback)
{
	return value != NULL && value->length == sizeof(fdt32_t) ? word_at(value->data) : fallback;
}

bool boot_cells_read(const uint8_t **at, unsigned cells, uint64_t *value)
{
	bool fits = true;

	*value = 0;
	for (; cells > 0U; cells--, *at += sizeof(fdt32_t)) {
		fits = fits && *value >> 32 == 0UL;
		*value = *value << 32 | word_at(*at);
	}
	return fits;
}

/* --- addresses --- */

static const struct boot_bus *parent_bus(const struct boot_planner *planner)
{
	return &planner->bus[planner->node.depth - 1U];
}

static unsigned entry_bytes(const struct boot_bus *bus)
{
	return ((unsigned)bus->address_cells + bus->size_cells) * (unsigned)sizeof(fdt32_t);
}

unsigned boot_reg_count(const struct boot_planner *planner)
{
	const struct boot_value *reg = boot_node_value(&planner->node, PROPERTY_REG);
	unsigned bytes = entry_bytes(parent_bus(planner));

	return reg != NULL && bytes != 0U ? reg->length / bytes : 0U;
}

bool boot_reg_raw(const struct boot_planner *planner, unsigned index, struct boot_range *range)
{
	const struct boot_bus *bus = parent_bus(planner);
	const uint8_t *at =
	    planner->node.value[PROPERTY_REG].data + (size_t)index * entry_bytes(bus);
	bool fits = boot_cells_read(&at, bus->address_cells, &range->base);

	fits = boot_cells_read(&at, bus->size_cells, &range->size) && fits;
	return fits && range->base + range->size >= range->base;
}

/* One level up: through the window of `bus` in which the range begins. */
static bool translate_list(const struct boot_bus *bus, unsigned parent_cells,
			   struct boot_range *range)
{
	unsigned bytes = entry_bytes(bus) + parent_cells * (unsigned)sizeof(fdt32_t);
	const uint8_t *at = bus->ranges.data;

	/* without a single cell there is no window, and no end of them either */
	for (uint32_t left = bus->ranges.length; bytes != 0U && left >= bytes; left -= bytes) {
		const uint8_t *next = at + bytes;
		uint64_t child, parent, size, inside;
		bool fits = boot_cells_read(&at, bus->address_cells, &child);

		fits = boot_cells_read(&at, parent_cells, &parent) && fits;
		fits = boot_cells_read(&at, bus->size_cells, &size) && fits;
		at = next;
		inside = range->base - child;
		if (!fits || range->base < child || inside >= size || parent + inside < parent)
			continue;
		range->base = parent + inside;
		if (range->size > size - inside)
			range->size = size - inside;
		return range->base + range->size >= range->base;
	}
	return false;
}

bool boot_translate(const struct boot_planner *planner, unsigned depth, struct boot_range *range)
{
	for (; depth > 0U; depth--) {
		const struct boot_bus *bus = &planner->bus[depth];

		/* what lies behind a PCI host is where its bridges' registers say */
		if (bus->pci || bus->translation == TRANSLATION_NONE)
			return false;
		if (bus->translation == TRANSLATION_LIST &&
		    !translate_list(bus, planner->bus[depth - 1U].address_cells, range))
			return false;
	}
	return range->base < planner->limit && range->size != 0UL;
}

bool boot_reg(const struct boot_planner *planner, unsigned index, struct boot_range *range)
{
	return boot_reg_raw(planner, index, range) &&
	       boot_translate(planner, planner->node.depth - 1U, range);
}

/* --- nodes --- */

static bool status_okay(const struct boot_value *status)
{
	return boot_value_is(status, "okay") || boot_value_is(status, "ok");
}

static enum boot_node_state node_state(const struct boot_node *node, enum boot_node_state parent)
{
	const struct boot_value *status = boot_node_value(node, PROPERTY_STATUS);

	if (status == NULL || status_okay(status))
		return parent;
	if (status_okay(boot_node_value(node, PROPERTY_SECURE_STATUS)))
		return NODE_SECURE;
	return parent == NODE_SECURE ? NODE_SECURE : NODE_DISABLED;
}

static bool read_cells_property(struct boot_planner *planner, enum boot_property property,
				uint8_t fallback, uint8_t *cells)
{
	const struct boot_value *value = boot_node_value(&planner->node, property);
	uint32_t word = boot_value_word(value, value == NULL ? fallback : UINT32_MAX);

	*cells = (uint8_t)word;
	if (word <= BOOT_CELLS_MAX)
		return true;
	return boot_refuse(planner->plan,
			   "%s of node %s in the device tree is not a number up to %u",
			   property_names[property], planner->node.name, BOOT_CELLS_MAX);
}

static bool read_bus(struct boot_planner *planner, struct boot_bus *bus)
{
	const struct boot_node *node = &planner->node;
	const struct boot_value *ranges = boot_node_value(node, PROPERTY_RANGES);

	bus->name = node->name;
	bus->state = node->state;
	bus->pci = boot_value_is(boot_node_value(node, PROPERTY_DEVICE_TYPE), "pci");
	bus->translation = TRANSLATION_NONE;
	if (ranges != NULL) {
		bus->translation = ranges->length == 0U ? TRANSLATION_IDENTITY : TRANSLATION_LIST;
		bus->ranges = *ranges;
	}
	return read_cells_property(planner, PROPERTY_ADDRESS_CELLS, 2, &bus->address_cells) &&
	       read_cells_property(planner, PROPERTY_SIZE_CELLS, 1, &bus->size_cells);
}

/* Nothing else in the tree can be read when these are unknown. */
static bool root_node(struct boot_planner *planner)
{
	const struct boot_bus *bus = &planner->bus[0];

	for (unsigned i = 0; i < 2U; i++) {
		enum boot_property property =
		    i == 0U ? PROPERTY_ADDRESS_CELLS : PROPERTY_SIZE_CELLS;
		unsigned cells = i == 0U ? bus->address_cells : bus->size_cells;

		if (boot_node_value(&planner->node, property) == NULL)
			return boot_refuse(planner->plan, "the device tree's root has no %s",
					   property_names[property]);
		if (cells < 1U || cells > 2U)
			return boot_refuse(planner->plan,
					   "%s of the device tree's root is %u, neither 1 nor 2",
					   property_names[property], cells);
	}
	planner->plan->marks.address_cells = bus->address_cells;
	planner->plan->marks.size_cells = bus->size_cells;
	return true;
}

static void mark(struct boot_planner *planner, int *offset)
{
	if (*offset >= 0)
		(void)boot_refuse(planner->plan, "the device tree has two nodes /%s",
				  planner->node.name);
	else
		*offset = planner->node.offset;
}

/* A child of the root; says what its own children are. */
static enum boot_children top_node(struct boot_planner *planner)
{
	struct boot_marks *marks = &planner->plan->marks;
	const char *name = planner->node.name;

	if (strcmp(name, "chosen") == 0) {
		mark(planner, &marks->chosen);
		boot_chosen_node(planner);
		return CHILDREN_MODULES;
	}
	if (strcmp(name, "cpus") == 0)
		return CHILDREN_CPUS;
	if (strcmp(name, "reserved-memory") == 0) {
		mark(planner, &marks->reserved_memory);
		return CHILDREN_RESERVED;
	}
	if (strcmp(name, "aliases") == 0) {
		mark(planner, &planner->aliases);
		return CHILDREN_DATA;
	}
	if (strcmp(name, "hypervisor") == 0) {
		mark(planner, &marks->hypervisor);
		return CHILDREN_DATA;
	}
	if (boot_value_is(boot_node_value(&planner->node, PROPERTY_DEVICE_TYPE), "memory")) {
		boot_memory_node(planner);
		return CHILDREN_DATA;
	}
	boot_device_node(planner);
	return CHILDREN_DEVICES;
}

/* All properties of the node are known: use them. */
static bool finish_node(struct boot_planner *planner)
{
	struct boot_node *node = &planner->node;
	struct boot_bus *bus = &planner->bus[node->depth];
	const struct boot_bus *parent;

	planner->node_open = false;
	if (node->depth == 0U) {
		node->state = NODE_ENABLED;
		bus->children = CHILDREN_TOP;
		return read_bus(planner, bus) && root_node(planner);
	}
	parent = parent_bus(planner);
	node->state = node_state(node, parent->state);
	if (!read_bus(planner, bus))
		return false;
	switch (parent->children) {
	case CHILDREN_TOP:
		bus->children = top_node(planner);
		break;
	case CHILDREN_DEVICES:
		boot_device_node(planner);
		bus->children = CHILDREN_DEVICES;
		break;
	case CHILDREN_MODULES:
		boot_module_node(planner);
		bus->children = CHILDREN_MODULES;
		break;
	case CHILDREN_CPUS:
		boot_cpu_node(planner);
		bus->children = CHILDREN_DATA;
		break;
	case CHILDREN_RESERVED:
		boot_reserved_node(planner);
		bus->children = CHILDREN_DATA;
		break;
	case CHILDREN_DATA:
		bus->children = CHILDREN_DATA;
		break;
	}
	boot_reference_node(planner);
	return true;
}

static uint32_t find_property(const struct boot_planner *planner, uint32_t offset)
{
	int length;
	const char *name = fdt_get_string(planner->tree, (int)offset, &length);

	for (uint32_t i = 0; name != NULL && i < PROPERTY_COUNT; i++)
		if (property_names[i][0] == name[0] && strcmp(property_names[i], name) == 0)
			return i;
	return PROPERTY_COUNT;
}

static bool read_property(struct boot_planner *planner, int offset)
{
	const struct fdt_property *property =
	    fdt_offset_ptr(planner->tree, offset, sizeof(struct fdt_property));
	struct boot_node *node = &planner->node;
	uint32_t name, length, slot;

	if (!planner->node_open || property == NULL)
		return boot_refuse(planner->plan,
				   "a node in the device tree has properties behind its children");
	name = fdt32_ld(&property->nameoff);
	length = fdt32_ld(&property->len);
	slot = (name ^ name >> 6) % NAME_SLOTS;
	if (planner->names[slot].offset != name) {
		planner->names[slot].offset = name;
		planner->names[slot].property = find_property(planner, name);
	}
	slot = planner->names[slot].property;
	if (slot == PROPERTY_COUNT)
		return true;
	if ((node->present >> slot & 1U) != 0UL)
		return boot_refuse(planner->plan,
				   "node %s in the device tree has two properties %s", node->name,
				   property_names[slot]);
	node->present |= 1UL << slot;
	node->value[slot] = (struct boot_value){(const uint8_t *)property->data, length};
	return true;
}

bool boot_walk(struct boot_planner *planner)
{
	int offset = 0, next = 0;
	unsigned depth = 0; /* of the node that begins next */

	for (unsigned i = 0; i < NAME_SLOTS; i++)
		planner->names[i].offset = NAME_NONE;
	for (;; offset = next) {
		uint32_t tag = fdt_next_tag(planner->tree, offset, &next);

		if (next < 0)
			return boot_refuse(planner->plan, "the device tree's structure is broken");
		if (planner->node_open && (tag == FDT_BEGIN_NODE || tag == FDT_END_NODE) &&
		    !finish_node(planner))
			return false;
		switch (tag) {
		case FDT_BEGIN_NODE:
			if (depth == BOOT_DEPTH_MAX)
				return boot_refuse(planner->plan,
						   "the device tree is deeper than %u levels",
						   (unsigned)BOOT_DEPTH_MAX);
			planner->node_open = true;
			planner->node.offset = offset;
			planner->node.depth = depth++;
			planner->node.present = 0;
			planner->node.name =
			    fdt_offset_ptr(planner->tree, offset + (int)FDT_TAGSIZE, 1);
			break;
		case FDT_PROP:
			if (!read_property(planner, offset))
				return false;
			break;
		case FDT_END_NODE:
			depth--;
			break;
		case FDT_END:
			return true;
		default:
			break;
		}
	}
}
