// SPDX-License-Identifier: Apache-2.0
#include "payload.h"

#include <libfdt.h>
#include <string.h>

struct machine machine;

static uint64_t read_cells(const fdt32_t *cells, unsigned count)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < count; i++)
		value = value << 32 | fdt32_to_cpu(cells[i]);
	return value;
}

/* Entry `index` of the reg property of `node`, read with its parent's cell counts. */
static bool read_reg(int node, unsigned index, struct machine_range *range)
{
	const void *tree = machine.tree;
	int parent = fdt_parent_offset(tree, node), length;
	int address = fdt_address_cells(tree, parent), size = fdt_size_cells(tree, parent);
	const fdt32_t *cells = fdt_getprop(tree, node, "reg", &length);
	size_t entry;

	if (cells == NULL || address < 1 || size < 0)
		return false;
	entry = (size_t)address + (size_t)size;
	if ((size_t)length / sizeof(*cells) < (index + 1U) * entry)
		return false;
	range->base = read_cells(cells + index * entry, (unsigned)address);
	range->size = read_cells(cells + index * entry + (size_t)address, (unsigned)size);
	return true;
}

static bool disabled(int node)
{
	const char *status = fdt_getprop(machine.tree, node, "status", NULL);

	return status != NULL && strcmp(status, "okay") != 0 && strcmp(status, "ok") != 0;
}

static void set_name(struct machine_range *range, const char *name)
{
	size_t length = strnlen(name, sizeof(range->name) - 1U);

	memcpy(range->name, name, length);
	range->name[length] = '\0';
}

static const char *read_memory(void)
{
	const void *tree = machine.tree;
	int node = -1;

	for (;;) {
		struct machine_range range = {0};

		node = fdt_node_offset_by_prop_value(tree, node, "device_type", "memory", 7);
		if (node < 0)
			break;
		if (disabled(node))
			continue;
		for (unsigned i = 0; read_reg(node, i, &range); i++) {
			if (machine.ram_count == MACHINE_RAM_MAX)
				return "too many memory ranges";
			set_name(&range, "memory");
			machine.ram[machine.ram_count++] = range;
		}
	}
	return machine.ram_count == 0U ? "no memory node" : NULL;
}

static const char *read_reserved(void)
{
	const void *tree = machine.tree;
	int parent = fdt_path_offset(tree, "/reserved-memory"), node;

	if (parent < 0)
		return NULL;
	fdt_for_each_subnode(node, tree, parent)
	{
		struct machine_range range = {0};

		if (fdt_getprop(tree, node, "no-map", NULL) == NULL || disabled(node))
			continue;
		for (unsigned i = 0; read_reg(node, i, &range); i++) {
			if (machine.kept_count == MACHINE_KEPT_MAX)
				return "too many reserved ranges";
			set_name(&range, fdt_get_name(tree, node, NULL));
			machine.kept[machine.kept_count++] = range;
		}
	}
	return NULL;
}

static void read_cpus(void)
{
	const void *tree = machine.tree;
	int node = -1;

	while (machine.cpu_count < sizeof(machine.mpidr) / sizeof(machine.mpidr[0])) {
		struct machine_range range;

		node = fdt_node_offset_by_prop_value(tree, node, "device_type", "cpu", 4);
		if (node < 0)
			break;
		if (!disabled(node) && read_reg(node, 0, &range))
			machine.mpidr[machine.cpu_count++] = range.base;
	}
}

static void read_gic(void)
{
	struct machine_range range;
	int node = fdt_node_offset_by_compatible(machine.tree, -1, "arm,gic-v3");

	machine.gic = 3;
	if (node < 0) {
		node = fdt_node_offset_by_compatible(machine.tree, -1, "arm,cortex-a15-gic");
		machine.gic = node < 0 ? 0U : 2U;
	}
	if (node < 0 || !read_reg(node, 0, &range))
		return;
	machine.gic_distributor = range.base;
	if (!read_reg(node, 1, &range))
		return;
	machine.gic_redistributor = machine.gic_interface = range.base;
	machine.gic_redistributor_size = range.size;
}

static void read_console(void)
{
	const void *tree = machine.tree;
	struct machine_range range;
	int chosen = fdt_path_offset(tree, "/chosen"), node = -1;

	if (chosen >= 0) {
		const char *path = fdt_getprop(tree, chosen, "stdout-path", NULL);

		if (path != NULL) {
			const char *colon = strchr(path, ':');

			node = fdt_path_offset_namelen(
			    tree, path, colon != NULL ? (int)(colon - path) : (int)strlen(path));
		}
	}
	if (node < 0 || fdt_node_check_compatible(tree, node, "arm,pl011") != 0) {
		do {
			node =
			    fdt_node_offset_by_compatible(tree, node < 0 ? -1 : node, "arm,pl011");
		} while (node >= 0 && disabled(node));
	}
	if (node >= 0 && read_reg(node, 0, &range))
		machine.console = range.base;
}

static void read_firmware(void)
{
	const void *tree = machine.tree;
	int node = fdt_node_offset_by_compatible(tree, -1, "arm,psci-0.2");

	if (node < 0)
		node = fdt_node_offset_by_compatible(tree, -1, "arm,psci-1.0");
	if (node >= 0) {
		const char *method = fdt_getprop(tree, node, "method", NULL);

		machine.psci = method != NULL;
		machine.hvc = method != NULL && strcmp(method, "hvc") == 0;
	}
	node = fdt_path_offset(tree, "/hypervisor");
	machine.hypervisor =
	    node >= 0 && fdt_node_check_compatible(tree, node, "portcullis,portcullis") == 0;
	node = fdt_path_offset(tree, "/chosen");
	machine.bootargs = node >= 0 ? fdt_getprop(tree, node, "bootargs", NULL) : NULL;
}

const char *machine_read(const void *tree)
{
	const char *reason;

	if (tree == NULL || ((uintptr_t)tree & 7U) != 0U || fdt_check_header(tree) != 0)
		return "no device tree in x0";
	machine.tree = tree;
	machine.tree_size = fdt_totalsize(tree);
	read_console();
	read_firmware();
	read_cpus();
	read_gic();
	reason = read_memory();
	return reason != NULL ? reason : read_reserved();
}

/* Decimal, or hexadecimal behind 0x. */
static uint64_t read_number(const char *text)
{
	uint64_t value = 0;
	bool hex = text[0] == '0' && text[1] == 'x';

	for (const char *p = hex ? text + 2 : text;; p++) {
		unsigned digit;

		if (*p >= '0' && *p <= '9')
			digit = (unsigned)(*p - '0');
		else if (hex && *p >= 'a' && *p <= 'f')
			digit = (unsigned)(*p - 'a') + 10U;
		else
			return value;
		value = value * (hex ? 16U : 10U) + digit;
	}
}

const char *machine_option_text(const char *name)
{
	const char *word = machine.bootargs;
	size_t length = strlen(name);

	while (word != NULL && *word != '\0') {
		if (strncmp(word, "payload.", 8) == 0 && strncmp(word + 8, name, length) == 0 &&
		    word[8 + length] == '=')
			return word + 8 + length + 1;
		word = strchr(word, ' ');
		if (word != NULL)
			word++;
	}
	return NULL;
}

uint64_t machine_option(const char *name, uint64_t otherwise)
{
	const char *text = machine_option_text(name);

	return text != NULL ? read_number(text) : otherwise;
}

bool machine_option_lists(const char *name, uint64_t number)
{
	const char *text = machine_option_text(name);

	while (text != NULL) {
		if (read_number(text) == number)
			return true;
		while (*text != '\0' && *text != ' ' && *text != ',')
			text++;
		text = *text == ',' ? text + 1 : NULL;
	}
	return false;
}

bool machine_kept(uint64_t address)
{
	for (unsigned i = 0; i < machine.kept_count; i++)
		if (address - machine.kept[i].base < machine.kept[i].size)
			return true;
	return false;
}

bool machine_ram(uint64_t base, uint64_t size)
{
	for (unsigned i = 0; i < machine.ram_count; i++) {
		const struct machine_range *ram = &machine.ram[i];

		if (base >= ram->base && size <= ram->size &&
		    base - ram->base <= ram->size - size) {
			for (unsigned k = 0; k < machine.kept_count; k++)
				if (base < machine.kept[k].base + machine.kept[k].size &&
				    machine.kept[k].base < base + size)
					return false;
			return true;
		}
	}
	return false;
}

int machine_cpu_index(uint64_t mpidr)
{
	for (unsigned i = 0; i < machine.cpu_count; i++)
		if (machine.mpidr[i] == (mpidr & 0xff00ffffffUL))
			return (int)i;
	return -1;
}
