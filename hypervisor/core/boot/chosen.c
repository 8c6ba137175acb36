// SPDX-License-Identifier: Apache-2.0
/*
 * /chosen: what the loader brought for the host. Modules are named as Xen's binding says, which
 * QEMU's guest-loader, U-Boot scripts and GRUB follow.
 */
#include "core/boot/planner.h"

#include <string.h>

#include <libfdt.h>

#include "core/log/log.h"

#define CELL sizeof(fdt32_t)

/* A number of one or two cells. */
static bool read_number(struct boot_planner *planner, enum boot_property property, uint64_t *number)
{
	const struct boot_value *value = boot_node_value(&planner->node, property);
	const uint8_t *at = value != NULL ? value->data : NULL;

	if (value == NULL)
		return false;
	if (value->length == CELL || value->length == 2U * CELL)
		return boot_cells_read(&at, value->length / (unsigned)CELL, number);
	return boot_refuse(planner->plan,
			   "linux,initrd-start or -end of /chosen has %u bytes, neither 4 nor 8",
			   value->length);
}

void boot_chosen_node(struct boot_planner *planner)
{
	const struct boot_node *node = &planner->node;
	const struct boot_value *path = boot_node_value(node, PROPERTY_STDOUT_PATH);
	const struct boot_value *bootargs = boot_node_value(node, PROPERTY_BOOTARGS);

	if (path == NULL)
		path = boot_node_value(node, PROPERTY_STDOUT_LINUX);
	if (path != NULL) {
		planner->stdout_path = *path;
		planner->has_stdout_path = true;
	}
	if (bootargs != NULL) {
		planner->bootargs = *bootargs;
		planner->has_bootargs = true;
	}
	planner->has_initrd_start =
	    read_number(planner, PROPERTY_INITRD_START, &planner->initrd_start);
	planner->has_initrd_end = read_number(planner, PROPERTY_INITRD_END, &planner->initrd_end);
}

/* --- modules --- */

static bool listed(const struct boot_value *list, const char *text)
{
	size_t length = strlen(text) + 1U;

	for (uint32_t at = 0; list != NULL && at < list->length;) {
		const char *entry = (const char *)list->data + at;
		size_t size = strnlen(entry, list->length - at) + 1U;

		if (size == length && memcmp(entry, text, length) == 0)
			return true;
		at += (uint32_t)size;
	}
	return false;
}

/* Some loaders count on two cells each where /chosen says nothing or something else. */
static bool read_module(struct boot_planner *planner, struct boot_range *range)
{
	const struct boot_node *node = &planner->node;
	const struct boot_value *reg = boot_node_value(node, PROPERTY_REG);
	const struct boot_bus *parent = &planner->bus[node->depth - 1U];
	unsigned address_cells = parent->address_cells, size_cells = parent->size_cells;
	const uint8_t *at;

	if (reg == NULL)
		return boot_refuse(planner->plan, "boot module %s has no reg", node->name);
	if ((address_cells + size_cells) * CELL != reg->length || size_cells == 0U ||
	    address_cells == 0U) {
		address_cells = reg->length == 2U * CELL ? 1U : 2U;
		size_cells = reg->length == 4U * CELL ? 2U : 1U;
	}
	if ((address_cells + size_cells) * CELL != reg->length)
		return boot_refuse(planner->plan,
				   "reg of boot module %s has %u bytes, not 8, 12 or 16",
				   node->name, reg->length);
	at = reg->data;
	if (boot_cells_read(&at, address_cells, &range->base) &&
	    boot_cells_read(&at, size_cells, &range->size) &&
	    range->base + range->size >= range->base && range->base + range->size <= planner->limit)
		return true;
	return boot_refuse(planner->plan, "boot module %s ends beyond the CPU's %u address bits",
			   node->name, planner->facts->pa_bits);
}

void boot_module_node(struct boot_planner *planner)
{
	static const struct {
		const char *compatible;
		enum boot_module_kind kind;
	} kinds[] = {
	    {"multiboot,kernel", MODULE_KERNEL},     {"xen,linux-zimage", MODULE_KERNEL},
	    {"multiboot,ramdisk", MODULE_RAMDISK},   {"xen,linux-initrd", MODULE_RAMDISK},
	    {"multiboot,device-tree", MODULE_OTHER}, {"xen,xsm-policy", MODULE_OTHER},
	    {"multiboot,module", MODULE_PLAIN},
	};
	const struct boot_node *node = &planner->node;
	const struct boot_value *compatible = boot_node_value(node, PROPERTY_COMPATIBLE);
	const struct boot_value *bootargs = boot_node_value(node, PROPERTY_BOOTARGS);
	struct boot_marks *marks = &planner->plan->marks;
	struct boot_module module = {.name = node->name};
	unsigned i = 0;

	while (i < sizeof(kinds) / sizeof(kinds[0]) && !listed(compatible, kinds[i].compatible))
		i++;
	if (i == sizeof(kinds) / sizeof(kinds[0]) || node->state != NODE_ENABLED)
		return;
	if (planner->module_count == sizeof(planner->modules) / sizeof(planner->modules[0])) {
		(void)boot_refuse(planner->plan, "there are more than %u boot modules",
				  planner->module_count);
		return;
	}
	module.kind = kinds[i].kind;
	if (module.kind != MODULE_OTHER && !read_module(planner, &module.range))
		return;
	if (bootargs != NULL) {
		module.bootargs = *bootargs;
		module.has_bootargs = true;
	}
	planner->modules[planner->module_count++] = module;
	marks->modules[marks->module_count++] = node->offset;
}

/* Only "multiboot,module": the first is the kernel and the second its RAM disk, as Xen reads it. */
static void name_plain_modules(struct boot_planner *planner)
{
	enum boot_module_kind next = MODULE_KERNEL;

	for (unsigned i = 0; i < planner->module_count; i++) {
		struct boot_module *module = &planner->modules[i];

		if (module->kind != MODULE_PLAIN)
			continue;
		module->kind = next;
		next = next == MODULE_KERNEL ? MODULE_RAMDISK : MODULE_OTHER;
	}
}

static bool find_module(struct boot_planner *planner, enum boot_module_kind kind, const char *what,
			const struct boot_module **found)
{
	*found = NULL;
	for (unsigned i = 0; i < planner->module_count; i++) {
		if (planner->modules[i].kind != kind)
			continue;
		if (*found != NULL)
			return boot_refuse(planner->plan, "there are two %s modules, %s and %s",
					   what, (*found)->name, planner->modules[i].name);
		*found = &planner->modules[i];
	}
	return true;
}

/* --- boot arguments --- */

static bool add_option(struct boot_plan *plan, const char *word, size_t length)
{
	const char *equals = memchr(word, '=', length);
	size_t name = equals != NULL ? (size_t)(equals - word) : length;
	const char *value = equals != NULL ? equals + 1 : word + length;
	size_t size = length - (size_t)(value - word);
	struct boot_option *option = plan->options;

	/* Linux takes quotes off a value */
	if (size >= 2U && value[0] == '"' && value[size - 1U] == '"') {
		value++;
		size -= 2U;
	}
	if (name >= sizeof(option->name) || size >= sizeof(option->value))
		return boot_refuse(plan, "boot option hv.%.*s is longer than it may be", 32, word);
	/* given twice: the last one counts */
	while (option < plan->options + plan->option_count &&
	       (strlen(option->name) != name || memcmp(option->name, word, name) != 0))
		option++;
	if (option == plan->options + BOOT_OPTION_MAX)
		return boot_refuse(plan, "there are more than %u boot options for the hypervisor",
				   (unsigned)BOOT_OPTION_MAX);
	if (option == plan->options + plan->option_count)
		plan->option_count++;
	*option = (struct boot_option){.used = false};
	memcpy(option->name, word, name);
	memcpy(option->value, value, size);
	return true;
}

static bool blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Length of the word at `text`; blanks between double quotes belong to it, as for Linux. */
static size_t word_length(const char *text, size_t left)
{
	bool quoted = false;
	size_t length = 0;

	for (; length < left && (quoted || !blank(text[length])); length++)
		if (text[length] == '"')
			quoted = !quoted;
	return length;
}

/* Take the hv. words out of the arguments; the others are the host's when `keep` is set. */
static bool read_bootargs(struct boot_plan *plan, const struct boot_value *value, bool keep)
{
	size_t left, used = strlen(plan->bootargs);
	const char *text = boot_value_text(value, &left);
	bool ours = true; /* what follows -- is for the host's init */

	if (text == NULL)
		return value->length == 0U ||
		       boot_refuse(plan, "bootargs in the device tree is not a string");
	while (left > 0U) {
		size_t length = word_length(text, left);

		if (length == 0U) {
			text++;
			left--;
			continue;
		}
		if (ours && length >= 3U && memcmp(text, "hv.", 3) == 0) {
			if (!add_option(plan, text + 3, length - 3U))
				return false;
		} else if (keep) {
			ours = ours && !(length == 2U && memcmp(text, "--", 2) == 0);
			if (used + (used > 0U ? 1U : 0U) + length >= sizeof(plan->bootargs))
				return boot_refuse(plan,
						   "the boot arguments are longer than %u bytes",
						   (unsigned)BOOT_BOOTARGS - 1U);
			if (used > 0U)
				plan->bootargs[used++] = ' ';
			memcpy(plan->bootargs + used, text, length);
			used += length; /* zeroes follow, as the plan began with them */
		}
		text += length;
		left -= length;
	}
	return true;
}

/* --- result --- */

/* The loader's things must lie in memory of the host and not on one another. */
static bool check_place(const struct boot_planner *planner, const struct boot_range *range,
			const char *what)
{
	struct boot_plan *plan = planner->plan;
	unsigned long long base = range->base;

	if (boot_overlap(range->base, range->size, plan->image.base, plan->image.size))
		return boot_refuse(plan, "the %s at 0x%llx overlaps the hypervisor", what, base);
	if (boot_overlap(range->base, range->size, plan->tree_source, plan->tree_used))
		return boot_refuse(plan, "the %s at 0x%llx overlaps the device tree", what, base);
	if (!boot_plan_host_ram(plan, range->base, range->size))
		return boot_refuse(plan, "the %s at 0x%llx is not wholly in memory of the host",
				   what, base);
	return true;
}

static bool find_initrd(struct boot_planner *planner, const struct boot_module *ramdisk)
{
	struct boot_plan *plan = planner->plan;

	if (ramdisk != NULL) {
		plan->initrd = ramdisk->range;
	} else if (planner->has_initrd_start || planner->has_initrd_end) {
		if (!planner->has_initrd_start || !planner->has_initrd_end ||
		    planner->initrd_end < planner->initrd_start ||
		    planner->initrd_end > planner->limit)
			return boot_refuse(plan,
					   "linux,initrd-start and linux,initrd-end of /chosen "
					   "do not name a range");
		plan->initrd = (struct boot_range){planner->initrd_start,
						   planner->initrd_end - planner->initrd_start};
	}
	return plan->initrd.size == 0UL || check_place(planner, &plan->initrd, "initial RAM disk");
}

bool boot_chosen_finish(struct boot_planner *planner)
{
	struct boot_plan *plan = planner->plan;
	const struct boot_module *kernel, *ramdisk;
	bool own;

	name_plain_modules(planner);
	if (!find_module(planner, MODULE_KERNEL, "kernel", &kernel) ||
	    !find_module(planner, MODULE_RAMDISK, "RAM disk", &ramdisk))
		return false;
	own = kernel != NULL && kernel->has_bootargs;
	/* with arguments of its own for the kernel, those of /chosen are the hypervisor's alone */
	if ((planner->has_bootargs && !read_bootargs(plan, &planner->bootargs, !own)) ||
	    (own && !read_bootargs(plan, &kernel->bootargs, true)))
		return false;
	if (kernel == NULL)
		return boot_refuse(plan,
				   "the device tree has no kernel for the host: no node below "
				   "/chosen is compatible with multiboot,kernel");
	if (kernel->range.size < BOOT_IMAGE_HEADER)
		return boot_refuse(plan,
				   "the kernel module %s has %llu bytes, too few for an Image",
				   kernel->name, (unsigned long long)kernel->range.size);
	plan->kernel.source = kernel->range;
	if (!find_initrd(planner, ramdisk) ||
	    !check_place(planner, &plan->kernel.source, "kernel module"))
		return false;
	if (boot_overlap(plan->initrd.base, plan->initrd.size, plan->kernel.source.base,
			 plan->kernel.source.size))
		return boot_refuse(plan,
				   "the initial RAM disk at 0x%llx overlaps the kernel module",
				   (unsigned long long)plan->initrd.base);
	return true;
}

const char *boot_plan_option(struct boot_plan *plan, const char *name)
{
	for (unsigned i = 0; i < plan->option_count; i++) {
		if (strcmp(plan->options[i].name, name) == 0) {
			plan->options[i].used = true;
			return plan->options[i].value;
		}
	}
	return NULL;
}
