// SPDX-License-Identifier: Apache-2.0
/*
 * Written from the Devicetree Specification (2.3.5 to 2.3.8) and docs/boot.md, and not from the
 * planner's walk: numbers are wide enough that nothing wraps, and what was read of a node's
 * ancestors is asked from libfdt again.
 */
#include "reading.h"

#include <string.h>

#include <libfdt.h>

#define LEVELS  32
#define ENTRIES 4096U

typedef unsigned __int128 wide;

struct piece {
	wide base, end;
};

static struct {
	const struct boot_plan *plan;
	const void *tree;
	wide limit;                /* first address beyond the CPU's */
	int path[LEVELS];          /* the node and its ancestors */
	struct piece ram[ENTRIES]; /* as it is written */
	unsigned ram_count;
} reading;

static const uint8_t *property(int node, const char *name, unsigned *length)
{
	int found = 0;
	const void *value = fdt_getprop(reading.tree, node, name, &found);

	*length = value != NULL ? (unsigned)found : 0U;
	return value;
}

static bool is(int node, const char *name, const char *text)
{
	unsigned length;
	const uint8_t *value = property(node, name, &length);

	return value != NULL && length == strlen(text) + 1U && memcmp(value, text, length) == 0;
}

static bool enabled(unsigned level)
{
	for (unsigned i = 1; i <= level; i++) {
		unsigned length;

		if (property(reading.path[i], "status", &length) != NULL &&
		    !is(reading.path[i], "status", "okay") && !is(reading.path[i], "status", "ok"))
			return false;
	}
	return true;
}

static unsigned cells(int node, const char *name, unsigned fallback)
{
	unsigned length;
	const uint8_t *value = property(node, name, &length);

	return value != NULL ? value[3] : fallback;
}

static unsigned address_cells(int bus)
{
	return cells(bus, "#address-cells", 2);
}

static unsigned size_cells(int bus)
{
	return cells(bus, "#size-cells", 1);
}

static wide number(const uint8_t *at, unsigned count)
{
	wide value = 0;

	for (unsigned i = 0; i < 4U * count; i++)
		value = value << 8 | at[i];
	return value;
}

/* Through the window of the bus at `level` that has the piece's beginning; false without one. */
static bool leave(unsigned level, struct piece *piece)
{
	int bus = reading.path[level];
	unsigned child = address_cells(bus), size = size_cells(bus);
	unsigned parent = address_cells(reading.path[level - 1U]), length;
	unsigned bytes = 4U * (child + parent + size);
	const uint8_t *ranges = property(bus, "ranges", &length);

	if (ranges == NULL || is(bus, "device_type", "pci"))
		return false;
	for (unsigned at = 0; bytes != 0U && at + bytes <= length; at += bytes) {
		wide from = number(ranges + at, child);
		wide to = number(ranges + at + 4U * child, parent);
		wide extent = number(ranges + at + 4U * (child + parent), size);

		/* a window beyond 64 bits is none, nor is one that wraps where it is entered */
		if (((from | to | extent) >> 64) != 0U || piece->base < from ||
		    piece->base >= from + extent || ((to + piece->base - from) >> 64) != 0U)
			continue;
		if (piece->end > from + extent)
			piece->end = from + extent;
		piece->end = piece->end - from + to;
		piece->base = piece->base - from + to;
		return piece->end >> 64 == 0U;
	}
	return length == 0U;
}

static bool in_devices(const struct piece *piece)
{
	for (unsigned i = 0; i < reading.plan->device_count; i++) {
		const struct boot_range *device = &reading.plan->device[i];

		if (device->base <= piece->base && (wide)device->base + device->size >= piece->end)
			return true;
	}
	return false;
}

static bool registers_mapped(unsigned level)
{
	int node = reading.path[level], bus = reading.path[level - 1U];
	unsigned length, address = address_cells(bus), size = size_cells(bus);
	const uint8_t *reg = property(node, "reg", &length);
	unsigned bytes = 4U * (address + size);

	for (unsigned at = 0; reg != NULL && bytes != 0U && at + bytes <= length; at += bytes) {
		wide base = number(reg + at, address),
		     extent = number(reg + at + 4U * address, size);
		struct piece piece = {base, base + extent};
		bool seen = ((base | extent) >> 64) == 0U && piece.end >> 64 == 0U;

		for (unsigned i = level - 1U; seen && i > 0U; i--)
			seen = leave(i, &piece);
		if (!seen || piece.base >= reading.limit || piece.end <= piece.base)
			continue;
		if (piece.end > reading.limit)
			piece.end = reading.limit;
		if (!in_devices(&piece))
			return false;
	}
	return true;
}

/* Devices that the host does not have as the tree says, or not wholly. */
static bool is_kept(int node)
{
	const struct boot_marks *marks = &reading.plan->marks;

	for (unsigned i = 0; i < marks->removed_count; i++)
		if (marks->removed[i] == node)
			return false;
	return marks->gic != node;
}

/* Below what has no registers of a bus. */
static bool is_data(unsigned level)
{
	static const char *const names[] = {"chosen", "cpus", "reserved-memory", "aliases",
					    "hypervisor"};
	int top = reading.path[1];
	const char *name = fdt_get_name(reading.tree, top, NULL);

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return level > 1U && is(top, "device_type", "memory");
}

static void read_memory(int node)
{
	unsigned length, address = address_cells(0), size = size_cells(0), usable;
	const uint8_t *reg = property(node, "reg", &length);
	const uint8_t *instead = property(node, "linux,usable-memory", &usable);

	if (instead != NULL) {
		reg = instead;
		length = usable;
	}
	for (unsigned at = 0; reg != NULL && at + 4U * (address + size) <= length;
	     at += 4U * (address + size)) {
		wide base = number(reg + at, address);
		wide extent = number(reg + at + 4U * address, size);

		if (extent != 0U && reading.ram_count < ENTRIES)
			reading.ram[reading.ram_count++] = (struct piece){base, base + extent};
	}
}

/* The end of what is RAM from `at` on. */
static wide ram_end(wide at)
{
	wide end = at;
	bool more = true;

	while (more) {
		more = false;
		for (unsigned i = 0; i < reading.ram_count; i++) {
			if (reading.ram[i].base > end || reading.ram[i].end <= end)
				continue;
			end = reading.ram[i].end;
			more = true;
		}
	}
	return end;
}

/* Whole pages of the tree's RAM are the plan's, and no others. */
static const char *ram_agrees(void)
{
	const struct boot_plan *plan = reading.plan;

	for (unsigned i = 0; i < plan->ram_count; i++) {
		wide base = plan->ram[i].base, end = base + plan->ram[i].size;

		if (ram_end(base) < end)
			return "the plan has RAM that the tree does not name";
	}
	for (unsigned i = 0; i < reading.ram_count; i++) {
		wide base = (reading.ram[i].base + 4095U) / 4096U * 4096U;
		wide end = ram_end(reading.ram[i].base) / 4096U * 4096U;
		bool found = base >= end;

		for (unsigned n = 0; n < plan->ram_count; n++)
			found = found || (plan->ram[n].base <= base &&
					  (wide)plan->ram[n].base + plan->ram[n].size >= end);
		if (!found)
			return "the tree names RAM that the plan does not have";
	}
	return NULL;
}

const char *reading_check(const struct boot_plan *plan, const struct boot_facts *facts,
			  const void *tree)
{
	int depth = 0;

	reading.plan = plan;
	reading.tree = tree;
	reading.limit = (wide)1 << facts->pa_bits;
	reading.ram_count = 0;
	for (int node = 0; node >= 0; node = fdt_next_node(tree, node, &depth)) {
		unsigned level = (unsigned)depth;

		if (depth < 0 || depth >= LEVELS)
			break;
		reading.path[level] = node;
		if (level == 0U || !enabled(level))
			continue;
		if (level == 1U && !is_data(level) && is(node, "device_type", "memory"))
			read_memory(node);
		else if (!is_data(level) && is_kept(node) && !registers_mapped(level))
			return "registers of a device are not among the plan's devices";
	}
	return ram_agrees();
}
