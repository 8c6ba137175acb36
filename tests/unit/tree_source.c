/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include <libfdt.h>

#include "cases.h"
#include "tree_source.h"

static void *source; /* that is being written */

void tree_ok(int error)
{
	if (error < 0)
		fail_msg("libfdt: error %d", error);
}

static int property_text(const char *name, const char *text)
{
	return fdt_property(source, name, text, (int)strlen(text) + 1);
}

static void put_reg(const char *name, unsigned cells, uint64_t base, uint64_t size)
{
	fdt32_t reg[4];
	unsigned n = 0;

	if (cells == 2U)
		reg[n++] = cpu_to_fdt32((uint32_t)(base >> 32));
	reg[n++] = cpu_to_fdt32((uint32_t)base);
	if (cells == 2U)
		reg[n++] = cpu_to_fdt32((uint32_t)(size >> 32));
	reg[n++] = cpu_to_fdt32((uint32_t)size);
	tree_ok(fdt_property(source, name, reg, (int)(n * sizeof(fdt32_t))));
}

static void put_initrd(const char *name, unsigned bytes, uint64_t value)
{
	if (bytes == 4U)
		tree_ok(fdt_property_u32(source, name, (uint32_t)value));
	else if (bytes == 8U)
		tree_ok(fdt_property_u64(source, name, value));
}

static void put_chosen(const struct tree_shape *shape)
{
	tree_ok(fdt_begin_node(source, "chosen"));
	if (shape->bootargs != NULL)
		tree_ok(property_text("bootargs", shape->bootargs));
	tree_ok(property_text("stdout-path", "/uart@9000000"));
	put_initrd("linux,initrd-start", shape->initrd_bytes, 0x48000000);
	put_initrd("linux,initrd-end", shape->initrd_bytes, 0x48123456);
	tree_ok(fdt_property(source, "rng-seed", "\x01\x02\x03\x04\x05", 5));
	tree_ok(fdt_begin_node(source, TREE_MODULE_KERNEL));
	tree_ok(property_text("compatible", "multiboot,kernel"));
	put_reg("reg", 2, 0x41000000, 0x2000000);
	tree_ok(fdt_end_node(source));
	tree_ok(fdt_begin_node(source, "settings"));
	tree_ok(fdt_property_u32(source, "kept", 1));
	tree_ok(fdt_end_node(source));
	tree_ok(fdt_begin_node(source, TREE_MODULE_INITRD));
	tree_ok(property_text("compatible", "multiboot,ramdisk"));
	tree_ok(fdt_end_node(source));
	tree_ok(fdt_end_node(source));
}

static void put_reserved(const struct tree_shape *shape, unsigned cells)
{
	tree_ok(fdt_begin_node(source, "reserved-memory"));
	if (!shape->bare_reserved) {
		tree_ok(fdt_property_u32(source, "#address-cells", cells));
		tree_ok(fdt_property_u32(source, "#size-cells", cells));
		tree_ok(fdt_property(source, "ranges", "", 0));
		tree_ok(fdt_begin_node(source, "firmware@7f000000"));
		put_reg("reg", cells, 0x7f000000, 0x10000);
		tree_ok(fdt_property(source, "no-map", "", 0));
		tree_ok(fdt_end_node(source));
		tree_ok(fdt_begin_node(source, "hypervisor@40200000"));
		put_reg("reg", cells, 0x40200000, 0x1000);
		tree_ok(fdt_end_node(source));
	}
	tree_ok(fdt_end_node(source));
}

void tree_source(void *buffer, size_t size, const struct tree_shape *shape)
{
	static const uint32_t frames[] = {0, 0x8000000, 0, 0x10000, 0, 0x8010000, 0, 0x10000,
					  0, 0x8030000, 0, 0x10000, 0, 0x8040000, 0, 0x10000};
	unsigned cells = shape->cells != 0U ? shape->cells : 2U;
	fdt32_t reg[16];
	char name[32];

	for (unsigned i = 0; i < 16U; i++)
		reg[i] = cpu_to_fdt32(frames[i]);
	source = buffer;
	tree_ok(fdt_create(source, (int)size));
	tree_ok(fdt_add_reservemap_entry(source, 0x40000000, 0x10000));
	tree_ok(fdt_add_reservemap_entry(source, 0x5000000000, 0x1000));
	tree_ok(fdt_finish_reservemap(source));
	tree_ok(fdt_begin_node(source, ""));
	tree_ok(fdt_property_u32(source, "#address-cells", cells));
	tree_ok(fdt_property_u32(source, "#size-cells", cells));
	tree_ok(property_text("model", "a machine"));
	tree_ok(fdt_begin_node(source, "psci"));
	tree_ok(property_text("method", "smc"));
	tree_ok(fdt_end_node(source));
	tree_ok(fdt_begin_node(source, "fw-cfg@9020000"));
	tree_ok(property_text("compatible", "qemu,fw-cfg-mmio"));
	tree_ok(fdt_begin_node(source, "inside"));
	tree_ok(fdt_begin_node(source, "deeper"));
	tree_ok(fdt_end_node(source));
	tree_ok(fdt_end_node(source));
	tree_ok(fdt_end_node(source));
	if (shape->hypervisor) {
		tree_ok(fdt_begin_node(source, "hypervisor"));
		tree_ok(property_text("compatible", "someone,else"));
		tree_ok(fdt_property_u32(source, "left-over", 3));
		tree_ok(fdt_begin_node(source, "child"));
		tree_ok(fdt_end_node(source));
		tree_ok(fdt_end_node(source));
	}
	tree_ok(fdt_begin_node(source, "bus"));
	tree_ok(fdt_begin_node(source, "intc@8000000"));
	tree_ok(property_text("compatible", shape->gic_v3 ? "arm,gic-v3" : "arm,gic-400"));
	tree_ok(fdt_property(source, "reg", reg, sizeof(reg)));
	tree_ok(fdt_property_u32(source, "phandle", 1));
	tree_ok(fdt_end_node(source));
	for (unsigned i = 0; i < shape->nodes; i++) {
		snprintf(name, sizeof(name), "device@%x", 0xa000000U + i * 0x200U);
		tree_ok(fdt_begin_node(source, name));
		/* lengths that are no multiple of a cell */
		tree_ok(fdt_property(source, "odd", "abcdefghijk", (int)(i % 12U)));
		tree_ok(fdt_property(source, "dma-coherent", "", 0));
		tree_ok(fdt_end_node(source));
	}
	tree_ok(fdt_end_node(source));
	if (!shape->no_chosen)
		put_chosen(shape);
	if (shape->reserved || shape->bare_reserved)
		put_reserved(shape, cells);
	tree_ok(fdt_begin_node(source, "memory@40000000"));
	tree_ok(property_text("device_type", "memory"));
	put_reg("reg", cells, 0x40000000, 0x40000000);
	tree_ok(fdt_end_node(source));
	tree_ok(fdt_end_node(source));
	tree_ok(fdt_finish(source));
	fdt_set_boot_cpuid_phys(source, 3);
}
