// SPDX-License-Identifier: Apache-2.0
#include "ranges.h"

#include <libfdt.h>

#include "mmu.h"
#include "sysreg.h"

#define OUTSIDE_MAX  128U
#define VIRT_PCI     (1UL << 38)
#define VIRT_PCI_END (1UL << 40)

extern const char image_header[], image_end[];

/* QEMU's virt machine (hw/arm/virt.c): what Portcullis takes out of the host's tree there. */
static const struct {
	struct machine_range range;
	unsigned gic; /* 0: with either */
} virt_withheld[] = {
    /* writes any RAM, and knows no stage 2 */
    {{0x09020000, 0x1000, "fw_cfg"}, 0},
    {{0x08030000, 0x10000, "GICH"}, 2},
    {{0x08040000, 0x10000, "GICV"}, 2},
};

/* Of the same machine: secure RAM, UART and GPIO, and gaps between devices. */
static const uint64_t virt_outside[] = {
    0x0e000000, 0x0effffe0, 0x09040000, 0x090b0000, 0x0a100000, 0x0b000000,
};

static bool is_virt(void)
{
	return fdt_node_check_compatible(machine.tree, 0, "linux,dummy-virt") == 0;
}

/* Entry `index` of virt_withheld that holds for this machine; NULL beyond the last. */
static const struct machine_range *virt_range(unsigned index)
{
	if (!machine.hypervisor || !is_virt())
		return NULL;
	for (unsigned i = 0; i < sizeof(virt_withheld) / sizeof(virt_withheld[0]); i++)
		if (virt_withheld[i].gic == 0U || virt_withheld[i].gic == machine.gic)
			if (index-- == 0U)
				return &virt_withheld[i].range;
	return NULL;
}

unsigned withheld_count(void)
{
	unsigned count = machine.kept_count;

	while (virt_range(count - machine.kept_count) != NULL)
		count++;
	return count;
}

struct machine_range withheld(unsigned index)
{
	return index < machine.kept_count ? machine.kept[index]
					  : *virt_range(index - machine.kept_count);
}

/* Candidate `index`; false beyond the last. */
static bool candidate(unsigned index, uint64_t *address)
{
	static const unsigned char sizes[] = {32, 36, 40, 42, 44, 48};
	unsigned range = id_field(sysreg_read(id_aa64mmfr0_el1), 0);
	unsigned bits = sizes[range > 5U ? 5U : range];
	const unsigned virt = is_virt() ? sizeof(virt_outside) / sizeof(virt_outside[0]) : 0U;

	if (index < virt) {
		*address = virt_outside[index];
		return true;
	}
	index -= virt;
	/* Behind the end of each range of RAM: the next page, the next GiB, and far behind. */
	if (index < machine.ram_count * 3U) {
		const struct machine_range *ram = &machine.ram[index / 3U];
		uint64_t end = ram->base + ram->size;
		static const uint64_t distance[] = {0, MMU_GRANULE - 64U, 64U * MMU_GRANULE};

		*address = end + distance[index % 3U];
		return true;
	}
	index -= machine.ram_count * 3U;
	/* The last bytes that the CPU can address, and beyond what stage 2 was made for. */
	if (index < 2U) {
		*address = (1UL << (bits - index)) - 64U;
		return true;
	}
	return false;
}

static bool nobodys(uint64_t address)
{
	for (unsigned r = 0; r < machine.ram_count; r++)
		if (address - machine.ram[r].base < machine.ram[r].size)
			return false;
	/* PCI's windows, in which a bridge may answer all ones, lie there on QEMU. */
	return !(is_virt() && address >= VIRT_PCI && address < VIRT_PCI_END);
}

unsigned outside_count(void)
{
	unsigned count = 0;
	uint64_t address;

	for (unsigned i = 0; i < OUTSIDE_MAX && candidate(i, &address); i++)
		if (nobodys(address))
			count++;
	return count;
}

uint64_t outside(unsigned index)
{
	uint64_t address = 0;

	for (unsigned i = 0; i < OUTSIDE_MAX && candidate(i, &address); i++)
		if (nobodys(address) && index-- == 0U)
			break;
	return address;
}

bool ranges_free(uint64_t base, uint64_t size)
{
	uint64_t image = (uint64_t)(uintptr_t)image_header, end = (uint64_t)(uintptr_t)image_end;
	uint64_t tree = (uint64_t)(uintptr_t)machine.tree;

	return machine_ram(base, size) && (base + size <= image || base >= end) &&
	       (base + size <= tree || base >= tree + machine.tree_size);
}

uint64_t ranges_blocks(unsigned count)
{
	for (unsigned r = 0; r < machine.ram_count; r++) {
		uint64_t base =
		    (machine.ram[r].base + machine.ram[r].size / 2U) & ~(RANGES_BLOCK - 1U);

		for (unsigned i = 0; i < 16U; i++, base += RANGES_BLOCK)
			if (ranges_free(base - MACHINE_PAGE,
					count * RANGES_BLOCK + 2U * MACHINE_PAGE))
				return base;
	}
	return 0;
}
