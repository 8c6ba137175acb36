/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the rooms of the planner share: one walk over the tree (walk.c) that hands each node to
 * memory.c, device.c or chosen.c, and what they remember until the walk is over. Private to
 * core/boot and its tests; boot CPU only, hence no lock.
 *
 * A tree with a contradiction is refused, but the walk goes on, so that a console is found on which
 * the reason can be read. Only what makes the rest unreadable ends the walk.
 */
#ifndef PORTCULLIS_BOOT_PLANNER_H
#define PORTCULLIS_BOOT_PLANNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/boot/plan.h"

#define BOOT_DEPTH_MAX     32
#define BOOT_CELLS_MAX     4U
#define BOOT_REFERENCE_MAX 256 /* different phandles in memory-region */
#define BOOT_UART_MAX      16
#define BOOT_PATH          96
#define BOOT_ADDRESS_BITS  48U /* neither stage of the hypervisor's tables goes beyond */
#define BOOT_MPIDR_MASK    0xff00ffffffUL

/* The properties that the planner looks at; names in walk.c, in the same order. */
enum boot_property {
	PROPERTY_ADDRESS_CELLS,
	PROPERTY_BOOTARGS,
	PROPERTY_COMPATIBLE,
	PROPERTY_CPU_ON,
	PROPERTY_DEVICE_TYPE,
	PROPERTY_DMA_CELLS,
	PROPERTY_DMA_COHERENT,
	PROPERTY_ENABLE_METHOD,
	PROPERTY_HOTPLUGGABLE,
	PROPERTY_INITRD_END,
	PROPERTY_INITRD_START,
	PROPERTY_IOMMUS,
	PROPERTY_IOMMU_CELLS,
	PROPERTY_IOMMU_MAP,
	PROPERTY_MEMORY_REGION,
	PROPERTY_METHOD,
	PROPERTY_NO_MAP,
	PROPERTY_PHANDLE,
	PROPERTY_PHANDLE_LINUX,
	PROPERTY_RANGES,
	PROPERTY_REDISTRIBUTORS,
	PROPERTY_REDISTRIBUTOR_STRIDE,
	PROPERTY_REG,
	PROPERTY_REG_IO_WIDTH,
	PROPERTY_REG_SHIFT,
	PROPERTY_SECURE_STATUS,
	PROPERTY_SIZE_CELLS,
	PROPERTY_STATUS,
	PROPERTY_STDOUT_LINUX,
	PROPERTY_STDOUT_PATH,
	PROPERTY_USABLE_MEMORY,
	PROPERTY_COUNT, /* and: a property that does not matter here */
};

struct boot_value {
	const uint8_t *data;
	uint32_t length;
};

/* Who may use a node. Children of a node that is off are off as well. */
enum boot_node_state {
	NODE_ENABLED,
	NODE_DISABLED,
	NODE_SECURE, /* enabled for the secure world only */
};

struct boot_node {
	int offset;
	unsigned depth;   /* 0: the root */
	const char *name; /* in the tree, with unit address */
	uint64_t present; /* bit n: value[n] holds this node's property */
	enum boot_node_state state;
	struct boot_value value[PROPERTY_COUNT];
};

/* What the children of a bus are. */
enum boot_children {
	CHILDREN_TOP,      /* of the root */
	CHILDREN_DEVICES,  /* of any other bus */
	CHILDREN_MODULES,  /* of /chosen */
	CHILDREN_CPUS,     /* of /cpus */
	CHILDREN_RESERVED, /* of /reserved-memory */
	CHILDREN_DATA,     /* nothing that the planner reads */
};

enum boot_translation {
	TRANSLATION_NONE, /* no `ranges`: children's addresses mean nothing outside */
	TRANSLATION_IDENTITY,
	TRANSLATION_LIST,
};

/* What a node says about its children's addresses, one per level of the walk. */
struct boot_bus {
	const char *name;
	struct boot_value ranges;
	enum boot_translation translation;
	enum boot_children children;
	enum boot_node_state state;
	uint8_t address_cells;
	uint8_t size_cells;
	bool pci;
};

/* A child of /reserved-memory with an address. */
struct boot_region {
	struct boot_range range;
	const char *name;
	uint32_t phandle; /* 0: none */
	bool no_map;
	bool device; /* has a driver of its own: compatible */
};

/* Withheld once RAM is known. */
struct boot_claim {
	struct boot_range range;
	enum boot_withheld_reason reason;
	const char *name;
};

enum boot_module_kind {
	MODULE_KERNEL,
	MODULE_RAMDISK,
	MODULE_PLAIN, /* its order says what it is */
	MODULE_OTHER,
};

struct boot_module {
	struct boot_range range;
	enum boot_module_kind kind;
	struct boot_value bootargs;
	bool has_bootargs;
	const char *name;
};

struct boot_uart {
	struct boot_console console;
	int offset;
	char path[BOOT_PATH]; /* empty: does not fit */
};

struct boot_planner {
	struct boot_plan *plan;
	const struct boot_facts *facts;
	const void *tree;
	uint64_t limit; /* first address beyond the CPU's */

	struct boot_node node;
	bool node_open; /* its properties are being read */
	struct boot_bus bus[BOOT_DEPTH_MAX];

	/* Property of an offset in the strings block, so that each name is compared once. */
	struct {
		uint32_t offset;
		uint32_t property;
	} names[64];

	/* What the node before was compatible with, and what that means (device.c). */
	struct boot_value compatible;
	unsigned roles;

	struct boot_region regions[BOOT_RESERVED_MAX];
	unsigned region_count;
	uint32_t references[BOOT_REFERENCE_MAX];
	unsigned reference_count;
	struct boot_claim claims[BOOT_WITHHELD_MAX];
	unsigned claim_count;

	unsigned cpu_nodes;
	bool boot_cpu_seen;
	bool psci_standard; /* the function identifiers of PSCI 0.2 */

	struct boot_uart uarts[BOOT_UART_MAX];
	unsigned uart_count;
	int aliases; /* offset, -1: none */
	struct boot_value stdout_path;
	bool has_stdout_path;

	struct boot_value bootargs; /* of /chosen */
	bool has_bootargs;
	bool has_initrd_start, has_initrd_end;
	uint64_t initrd_start, initrd_end;
	struct boot_module modules[16];
	unsigned module_count;
};

/* --- plan.c --- */

/* Keep the first reason, one line without a full stop. Always false. */
bool boot_refuse(struct boot_plan *plan, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Ends of the ranges must not wrap. */
static inline bool boot_overlap(uint64_t base, uint64_t size, uint64_t other, uint64_t other_size)
{
	return size != 0UL && other_size != 0UL && base < other + other_size && other < base + size;
}

static inline uint64_t boot_down(uint64_t value, uint64_t alignment)
{
	return value & ~(alignment - 1U);
}

/* `value` must be so low that it does not wrap. */
static inline uint64_t boot_up(uint64_t value, uint64_t alignment)
{
	return boot_down(value + alignment - 1U, alignment);
}

/* --- walk.c --- */

/* The one walk. False when it ended early; plan->reason tells why. */
bool boot_walk(struct boot_planner *planner);

/* NULL when the node has no such property. */
const struct boot_value *boot_node_value(const struct boot_node *node, enum boot_property property);

bool boot_value_is(const struct boot_value *value, const char *text);
/* First string of the value, of at most `length` bytes; NULL when it does not end. */
const char *boot_value_text(const struct boot_value *value, size_t *length);
/* Value of one cell; `fallback` when there is none. */
uint32_t boot_value_word(const struct boot_value *value, uint32_t fallback);
/* Read `cells` cells at `*at`, which moves on; false when the number has more than 64 bits. */
bool boot_cells_read(const uint8_t **at, unsigned cells, uint64_t *value);

/* Entries of the node's `reg`; a rest that is shorter than an entry is left out. */
unsigned boot_reg_count(const struct boot_planner *planner);
/* Entry `index` as it is written; false when it does not fit into 64 bits or wraps. */
bool boot_reg_raw(const struct boot_planner *planner, unsigned index, struct boot_range *range);
/* Entry `index` as the CPU sees it; false when no CPU can reach it. */
bool boot_reg(const struct boot_planner *planner, unsigned index, struct boot_range *range);
/*
 * Turn `range` on the bus of level `depth` into what the CPU sees, cut to the window in which it
 * begins. False when it is not visible.
 */
bool boot_translate(const struct boot_planner *planner, unsigned depth, struct boot_range *range);

/* --- memory.c: RAM, reservations, what is withheld --- */

/* Unite with the sorted, disjoint list; false when it is full. */
bool boot_range_add(struct boot_range *list, unsigned *count, unsigned capacity, uint64_t base,
		    uint64_t size);
bool boot_claim(struct boot_planner *planner, const struct boot_range *range,
		enum boot_withheld_reason reason, const char *name);
bool boot_withhold(struct boot_plan *plan, const struct boot_range *range,
		   enum boot_withheld_reason reason, bool told, const char *name);
void boot_memory_node(struct boot_planner *planner);
void boot_reserved_node(struct boot_planner *planner);
void boot_reference_node(struct boot_planner *planner);
void boot_reservations(struct boot_planner *planner);
bool boot_memory_finish(struct boot_planner *planner);

/* --- device.c --- */

void boot_device_node(struct boot_planner *planner);

/* --- cpu.c --- */

void boot_psci_node(struct boot_planner *planner, bool legacy);
void boot_cpu_node(struct boot_planner *planner);
bool boot_cpus_finish(struct boot_planner *planner);

/* --- chosen.c --- */

void boot_chosen_node(struct boot_planner *planner);
void boot_module_node(struct boot_planner *planner);
bool boot_chosen_finish(struct boot_planner *planner);

/* --- console.c --- */

void boot_uart_node(struct boot_planner *planner, enum boot_console_kind kind);
void boot_console_find(struct boot_planner *planner);

#endif
