/* SPDX-License-Identifier: Apache-2.0 */
#include "tree_maker.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libfdt.h>

uint8_t maker_tree[4U << 20] __attribute__((aligned(8)));

static void must(int error)
{
	if (error != 0) {
		fprintf(stderr, "the tree cannot be made: libfdt's error %d\n", error);
		abort();
	}
}

void maker_bytes(const char *name, const void *data, size_t size)
{
	must(fdt_property(maker_tree, name, size > 0U ? data : "", (int)size));
}

void maker_text(const char *name, const char *text)
{
	maker_bytes(name, text, strlen(text) + 1U);
}

void maker_word(const char *name, uint32_t value)
{
	fdt32_t word = cpu_to_fdt32(value);

	maker_bytes(name, &word, sizeof(word));
}

static void cells(void)
{
	maker_word("#address-cells", 2);
	maker_word("#size-cells", 2);
}

void maker_start(const struct boot_range *reservations, unsigned count)
{
	must(fdt_create(maker_tree, sizeof(maker_tree)));
	for (unsigned i = 0; i < count; i++)
		must(fdt_add_reservemap_entry(maker_tree, reservations[i].base,
					      reservations[i].size));
	must(fdt_finish_reservemap(maker_tree));
	must(fdt_begin_node(maker_tree, ""));
	cells();
}

void maker_node(const char *format, ...)
{
	char name[128];
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(name, sizeof(name), format, arguments);
	va_end(arguments);
	must(fdt_begin_node(maker_tree, name));
}

void maker_end(void)
{
	must(fdt_end_node(maker_tree));
}

void maker_reg(const struct boot_range *ranges, unsigned count)
{
	void *place;
	fdt64_t *at;

	must(fdt_property_placeholder(maker_tree, "reg", (int)(count * 2U * sizeof(*at)), &place));
	for (unsigned i = 0; i < count; i++) {
		fdt64_st((uint8_t *)place + 16U * i, ranges[i].base);
		fdt64_st((uint8_t *)place + 16U * i + 8U, ranges[i].size);
	}
}

size_t maker_finish(void)
{
	maker_end();
	must(fdt_finish(maker_tree));
	return fdt_totalsize(maker_tree);
}

void maker_bus(void)
{
	cells();
	maker_bytes("ranges", NULL, 0);
}

void maker_module(const char *compatible, uint64_t base, uint64_t size, const char *bootargs)
{
	struct boot_range range = {base, size};

	maker_node("module@%lx", base);
	maker_text("compatible", compatible);
	maker_reg(&range, 1);
	if (bootargs != NULL)
		maker_text("bootargs", bootargs);
	maker_end();
}

void maker_cpus(unsigned count)
{
	maker_node("cpus");
	maker_word("#address-cells", 1);
	maker_word("#size-cells", 0);
	for (unsigned i = 0; i < count; i++) {
		maker_node("cpu@%x", i);
		maker_text("device_type", "cpu");
		maker_word("reg", i);
		maker_text("enable-method", "psci");
		maker_end();
	}
	maker_end();
	maker_node("psci");
	maker_text("compatible", "arm,psci-1.0");
	maker_text("method", "smc");
	maker_end();
}

void maker_memory(const struct boot_range *ranges, unsigned count)
{
	maker_node("memory@%lx", count > 0U ? ranges[0].base : 0UL);
	maker_text("device_type", "memory");
	maker_reg(ranges, count);
	maker_end();
}
