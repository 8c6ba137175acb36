// SPDX-License-Identifier: Apache-2.0
#include "tree.h"

#include <stddef.h>
#include <string.h>

#include <libfdt.h>

#include "cpu.h"
#include "console.h"
#include "options.h"
#include "platform.h"
#include "sysreg.h"

enum {
	BANK_LIMIT = 32,
	MODULE_LIMIT = 16,
	CELLS_LIMIT = 2
};

struct bank {
	uint64_t base;
	uint64_t size;
};

/* Written by the boot CPU in tree_prepare(), constant afterwards. */
static struct {
	struct bank bank[BANK_LIMIT];
	unsigned banks;
	struct bank module[MODULE_LIMIT];
	unsigned modules;
	bool seeded;
	uint8_t seed[32];
} found;

static uint64_t read_cells(const fdt32_t *cells, unsigned count)
{
	uint64_t value = 0;

	while (count-- > 0)
		value = value << 32 | fdt32_ld(cells++);
	return value;
}

bool tree_reg(const void *tree, int node, unsigned index, uint64_t *base, uint64_t *size)
{
	int parent = fdt_parent_offset(tree, node);
	int address_cells = fdt_address_cells(tree, parent);
	int size_cells = fdt_size_cells(tree, parent);
	int length;
	const fdt32_t *reg = fdt_getprop(tree, node, "reg", &length);
	size_t stride;

	if (reg == NULL || address_cells < 1 || size_cells < 0 || address_cells > CELLS_LIMIT ||
	    size_cells > CELLS_LIMIT)
		return false;
	stride = (size_t)address_cells + (size_t)size_cells;
	if ((size_t)length / sizeof(*reg) < ((size_t)index + 1) * stride)
		return false;
	reg += index * stride;
	*base = read_cells(reg, (unsigned)address_cells);
	*size = read_cells(reg + address_cells, (unsigned)size_cells);
	return true;
}

static bool property_is(const void *tree, int node, const char *name, const char *value)
{
	int length;
	const char *text = fdt_getprop(tree, node, name, &length);

	return text != NULL && length == (int)strlen(value) + 1 &&
	       memcmp(text, value, (size_t)length) == 0;
}

/* fdt_setprop_string() hides a conversion that our warnings refuse. */
static int set_text(void *tree, int node, const char *name, const char *text)
{
	return fdt_setprop(tree, node, name, text, (int)strlen(text) + 1);
}

static void keep_seed(void *tree)
{
	int node = fdt_path_offset(tree, "/secure-chosen");
	int length;
	const void *seed;

	if (node < 0)
		return;
	seed = fdt_getprop(tree, node, "rng-seed", &length);
	if (seed != NULL && length == (int)sizeof(found.seed)) {
		memcpy(found.seed, seed, sizeof(found.seed));
		found.seeded = true;
	}
	(void)fdt_del_node(tree, node);
}

/* Nodes that only the secure world may use: enabled there, disabled for the rest. */
static unsigned remove_secure(void *tree)
{
	unsigned removed = 0;
	int node = fdt_next_node(tree, -1, NULL);

	while (node >= 0) {
		if (property_is(tree, node, "secure-status", "okay") &&
		    property_is(tree, node, "status", "disabled") &&
		    fdt_del_node(tree, node) == 0) {
			removed++;
			/* Offsets behind the node have moved: start again, the tree is small. */
			node = fdt_next_node(tree, -1, NULL);
			continue;
		}
		node = fdt_next_node(tree, node, NULL);
	}
	return removed;
}

static void find_banks(const void *tree)
{
	int node = -1;

	for (;;) {
		node = fdt_node_offset_by_prop_value(tree, node, "device_type", "memory", 7);
		if (node < 0)
			return;
		for (unsigned i = 0; found.banks < BANK_LIMIT; i++) {
			struct bank *bank = &found.bank[found.banks];

			if (!tree_reg(tree, node, i, &bank->base, &bank->size))
				break;
			if (bank->size > 0)
				found.banks++;
		}
	}
}

/* QEMU's /chosen has no #size-cells and its modules two cells for each. */
static bool module_reg(const void *tree, int module, struct bank *out)
{
	int length;
	const fdt32_t *reg = fdt_getprop(tree, module, "reg", &length);

	if (reg == NULL || length != 16)
		return false;
	out->base = read_cells(reg, 2);
	out->size = read_cells(reg + 2, 2);
	return true;
}

static void find_modules(const void *tree)
{
	int node = -1;

	while (found.modules < MODULE_LIMIT) {
		node = fdt_node_offset_by_compatible(tree, node, "multiboot,module");
		if (node < 0)
			return;
		if (module_reg(tree, node, &found.module[found.modules]))
			found.modules++;
	}
}

static const char *add_psci(void *tree)
{
	static const char compatible[] = "arm,psci-1.0\0arm,psci-0.2";
	int node = fdt_path_offset(tree, "/psci");

	if (node < 0)
		node = fdt_add_subnode(tree, 0, "psci");
	if (node < 0 ||
	    fdt_setprop(tree, node, "compatible", compatible, sizeof(compatible)) != 0 ||
	    set_text(tree, node, "method", "smc") != 0)
		return "no room for /psci";
	return NULL;
}

struct idle_state {
	const char *name;
	uint32_t parameter;
	uint32_t entry_us;
	uint32_t exit_us;
	uint32_t residency_us;
	uint32_t phandle;
};

/* A phandle that is not in use; 0 when the tree has none left. */
static uint32_t free_phandle(const void *tree)
{
	uint32_t phandle;

	return fdt_find_max_phandle(tree, &phandle) == 0 && phandle < UINT32_MAX - 2 ? phandle + 1
										     : 0;
}

/*
 * The residencies decide how often the host's idle loop calls the firmware: by default only a CPU
 * that expects to sleep for long does. No local-timer-stop: the architected timer keeps its power
 * and wakes.
 */
static const char *add_idle_states(void *tree)
{
	bool eager = options.idle == IDLE_EAGER;
	uint32_t phandle = free_phandle(tree);
	struct idle_state state[] = {
	    {"cpu-standby", TREE_STANDBY_STATE, 20, 40, eager ? 100 : 200000, phandle},
	    {"cpu-power-down", TREE_POWER_DOWN_STATE, 80, 160, eager ? 1000 : 600000, phandle + 1},
	};
	int cpus = fdt_path_offset(tree, "/cpus");
	int states;
	int cpu;

	if (phandle == 0 || cpus < 0)
		return "no /cpus or no phandle left";
	states = fdt_add_subnode(tree, cpus, "idle-states");
	if (states < 0 || set_text(tree, states, "entry-method", "psci") != 0)
		return "no room for idle-states";
	/* Each new node is put in front of its brothers: the last comes first in this loop. */
	for (unsigned i = 2; i-- > 0;) {
		int node = fdt_add_subnode(tree, states, state[i].name);

		if (node < 0 || set_text(tree, node, "compatible", "arm,idle-state") != 0 ||
		    fdt_setprop_u32(tree, node, "arm,psci-suspend-param", state[i].parameter) !=
			0 ||
		    fdt_setprop_u32(tree, node, "entry-latency-us", state[i].entry_us) != 0 ||
		    fdt_setprop_u32(tree, node, "exit-latency-us", state[i].exit_us) != 0 ||
		    fdt_setprop_u32(tree, node, "min-residency-us", state[i].residency_us) != 0 ||
		    fdt_setprop_u32(tree, node, "phandle", state[i].phandle) != 0)
			return "no room for idle-states";
	}
	for (cpu = fdt_node_offset_by_prop_value(tree, -1, "device_type", "cpu", 4); cpu >= 0;
	     cpu = fdt_node_offset_by_prop_value(tree, cpu, "device_type", "cpu", 4)) {
		fdt32_t list[2];

		fdt32_st(&list[0], state[0].phandle);
		fdt32_st(&list[1], state[1].phandle);
		if (fdt_setprop(tree, cpu, "cpu-idle-states", list, sizeof(list)) != 0)
			return "no room for cpu-idle-states";
	}
	return NULL;
}

/* "firmware@ADDRESS", as a node is named after its reg. */
static void name_kept(char name[26], uint64_t address)
{
	static const char prefix[] = "firmware@";
	unsigned digits = 1;

	while (digits < 16 && address >> (4 * digits) != 0)
		digits++;
	memcpy(name, prefix, sizeof(prefix) - 1);
	name += sizeof(prefix) - 1;
	for (unsigned i = 0; i < digits; i++)
		name[i] = "0123456789abcdef"[address >> (4 * (digits - 1 - i)) & 15];
	name[digits] = '\0';
}

/* RAM that firmware uses for itself, as TF-A and OP-TEE tell it. */
static const char *add_kept(void *tree)
{
	int parent = fdt_path_offset(tree, "/reserved-memory");
	char name[26];
	fdt64_t reg[2];
	int node;

	if (parent < 0) {
		parent = fdt_add_subnode(tree, 0, "reserved-memory");
		if (parent < 0 || fdt_setprop_u32(tree, parent, "#address-cells", 2) != 0 ||
		    fdt_setprop_u32(tree, parent, "#size-cells", 2) != 0 ||
		    fdt_setprop(tree, parent, "ranges", NULL, 0) != 0)
			return "no room for /reserved-memory";
	}
	name_kept(name, options.keep);
	fdt64_st(&reg[0], options.keep);
	fdt64_st(&reg[1], TREE_KEPT);
	node = fdt_add_subnode(tree, parent, name);
	if (node < 0 || fdt_setprop(tree, node, "reg", reg, sizeof(reg)) != 0 ||
	    fdt_setprop(tree, node, "no-map", NULL, 0) != 0)
		return "no room for what keep= reserves";
	return NULL;
}

static const char *enable_cpus(void *tree)
{
	int cpu;

	for (cpu = fdt_node_offset_by_prop_value(tree, -1, "device_type", "cpu", 4); cpu >= 0;
	     cpu = fdt_node_offset_by_prop_value(tree, cpu, "device_type", "cpu", 4)) {
		if (set_text(tree, cpu, "enable-method", "psci") != 0)
			return "no room for enable-method";
	}
	return NULL;
}

/* A kernel that is entered directly reads bootargs and the place of its ramdisk from /chosen. */
static const char *rewrite_chosen(void *tree)
{
	int chosen = fdt_path_offset(tree, "/chosen");
	int module;

	if (chosen < 0)
		return "no /chosen";
	for (;;) {
		module = fdt_node_offset_by_compatible(tree, chosen, "multiboot,module");
		if (module < 0)
			return NULL;
		if (fdt_node_check_compatible(tree, module, "multiboot,kernel") == 0) {
			char arguments[2048];
			int length;
			const char *text = fdt_getprop(tree, module, "bootargs", &length);

			if (text != NULL && length > 0 && (size_t)length <= sizeof(arguments)) {
				memcpy(arguments, text, (size_t)length);
				arguments[length - 1] = '\0';
				if (set_text(tree, chosen, "bootargs", arguments) != 0)
					return "no room for bootargs";
			}
		} else if (fdt_node_check_compatible(tree, module, "multiboot,ramdisk") == 0) {
			struct bank ramdisk;

			if (!module_reg(tree, module, &ramdisk))
				return "a ramdisk module without a reg of 16 bytes";
			if (fdt_setprop_u64(tree, chosen, "linux,initrd-start", ramdisk.base) !=
				0 ||
			    fdt_setprop_u64(tree, chosen, "linux,initrd-end",
					    ramdisk.base + ramdisk.size) != 0)
				return "no room for linux,initrd-start";
		}
		/* The properties above moved the node: find it again before it goes. */
		module = fdt_node_offset_by_compatible(tree, chosen, "multiboot,module");
		if (module < 0 || fdt_del_node(tree, module) != 0)
			return "a module node cannot be removed";
		chosen = fdt_path_offset(tree, "/chosen");
	}
}

const char *tree_prepare(void)
{
	void *tree = (void *)(uintptr_t)PLATFORM_TREE;
	const char *reason;
	unsigned removed;
	uint32_t size;

	if (fdt_check_header(tree) != 0 || fdt_totalsize(tree) > PLATFORM_TREE_ROOM ||
	    fdt_open_into(tree, tree, PLATFORM_TREE_ROOM) != 0)
		return "no valid device tree at the start of RAM";
	keep_seed(tree);
	removed = remove_secure(tree);
	find_banks(tree);
	find_modules(tree);
	reason = add_psci(tree);
	if (reason == NULL)
		reason = enable_cpus(tree);
	if (reason == NULL && options.idle != IDLE_NONE)
		reason = add_idle_states(tree);
	if (reason == NULL && options.keep != 0)
		reason = add_kept(tree);
	if (reason == NULL && options.chosen_linux)
		reason = rewrite_chosen(tree);
	if (reason != NULL)
		return reason;
	if (fdt_pack(tree) != 0)
		return "the edited device tree is damaged";
	size = fdt_totalsize(tree);
	/* What is behind the end still holds the secure world's seeds. */
	memset((uint8_t *)tree + size, 0, PLATFORM_TREE_ROOM - size);
	/* Whoever is entered reads it with the caches off. */
	cpu_clean(PLATFORM_TREE, PLATFORM_TREE_ROOM);
	console_line("tree: %u secure nodes removed, psci%s added, %u bytes", removed,
		     options.idle != IDLE_NONE ? " and idle-states" : "", size);
	return NULL;
}

const void *tree_edited(void)
{
	return (const void *)(uintptr_t)PLATFORM_TREE;
}

void tree_each_bank(void (*each)(uint64_t base, uint64_t size, void *context), void *context)
{
	for (unsigned i = 0; i < found.banks; i++)
		each(found.bank[i].base, found.bank[i].size, context);
}

void tree_each_module(void (*each)(uint64_t base, uint64_t size, void *context), void *context)
{
	for (unsigned i = 0; i < found.modules; i++)
		each(found.module[i].base, found.module[i].size, context);
}

bool tree_is_ram(uint64_t base, uint64_t size)
{
	for (unsigned i = 0; i < found.banks; i++) {
		const struct bank *bank = &found.bank[i];

		if (base >= bank->base && base - bank->base < bank->size &&
		    size <= bank->size - (base - bank->base))
			return true;
	}
	return false;
}

bool tree_seed(uint8_t seed[32])
{
	if (found.seeded)
		memcpy(seed, found.seed, sizeof(found.seed));
	return found.seeded;
}
