// SPDX-License-Identifier: Apache-2.0
/* Devices that take a descriptor in memory, and read or write RAM wherever that says. */
#include <libfdt.h>

#include "attack.h"
#include "given.h"
#include "sysreg.h"

#define FW_CFG      0x09020000UL
#define FW_CFG_DMA  (FW_CFG + 16U)
#define SIGNATURE   0x00U
#define DMA_READ    2U
#define DMA_SELECT  8U
#define TARGET_PAGE 17U
#define DESCRIPTOR  18U

struct descriptor {
	uint32_t control, length;
	uint64_t address;
};

static bool is_virt(void)
{
	return fdt_node_check_compatible(machine.tree, 0, "linux,dummy-virt") == 0;
}

static void start(uint64_t target)
{
	volatile struct descriptor *descriptor =
	    (volatile struct descriptor *)(uintptr_t)given_page(DESCRIPTOR);

	descriptor->control = __builtin_bswap32((uint32_t)SIGNATURE << 16 | DMA_SELECT | DMA_READ);
	descriptor->length = __builtin_bswap32(4);
	descriptor->address = __builtin_bswap64(target);
	dsb_sy();
	exception_expect();
	*(volatile uint64_t *)(uintptr_t)FW_CFG_DMA =
	    __builtin_bswap64((uint64_t)(uintptr_t)descriptor);
	(void)exception_end(NULL);
}

enum attack_outcome attack_dma_into_given_page(void)
{
	uint64_t page = given_page(TARGET_PAGE);
	unsigned changed;

	if (!is_virt())
		return attack_absent("not QEMU's virt machine");
	if (!given_donate(page))
		return ATTACK_STOPPED;
	start(page);
	changed = given_return(page);
	return attack_judge(changed != 0U, "fw_cfg wrote %u words of a page that is not ours",
			    changed);
}

/* ---- virtio (OASIS VIRTIO 1.1, 4.2.4: the legacy interface, which QEMU's virt machine has) ----
 */

#define VIRTIO_VERSION   0x004U
#define VIRTIO_DEVICE    0x008U
#define VIRTIO_PAGE_SIZE 0x028U
#define VIRTIO_QUEUE     0x030U
#define VIRTIO_QUEUE_NUM 0x038U
#define VIRTIO_ALIGN     0x03cU
#define VIRTIO_QUEUE_PFN 0x040U
#define VIRTIO_NOTIFY    0x050U
#define VIRTIO_STATUS    0x070U

#define LEGACY       1U
#define ENTROPY      4U /* writes random bytes into what it is given */
#define DRIVER       3U /* acknowledged, and has a driver */
#define DRIVER_OK    7U
#define ENTRIES      8U
#define DEVICE_WRITE 2U
#define BYTES        64U
#define QUEUE        20U /* pages of the queue */
#define AVAILABLE    (16UL * ENTRIES)
#define PATIENCE_US  5000000U

static volatile uint32_t *virtio(uint64_t base, unsigned offset)
{
	return (volatile uint32_t *)(uintptr_t)(base + offset);
}

static uint64_t entropy_device(void)
{
	int node = -1, length;

	for (;;) {
		const fdt32_t *cells;
		uint64_t base;

		node = fdt_node_offset_by_compatible(machine.tree, node, "virtio,mmio");
		if (node < 0)
			return 0;
		cells = fdt_getprop(machine.tree, node, "reg", &length);
		if (cells == NULL || length < 16)
			continue;
		base = (uint64_t)fdt32_to_cpu(cells[0]) << 32 | fdt32_to_cpu(cells[1]);
		if (*virtio(base, VIRTIO_DEVICE) == ENTROPY &&
		    *virtio(base, VIRTIO_VERSION) == LEGACY)
			return base;
	}
}

/* One buffer in a queue of ours, for the device to fill. */
static bool fill_by_device(uint64_t base, uint64_t target)
{
	uint64_t queue = given_page(QUEUE), begin = clock_us();
	volatile uint64_t *descriptor = (volatile uint64_t *)(uintptr_t)queue;
	volatile uint16_t *available = (volatile uint16_t *)(uintptr_t)(queue + AVAILABLE);
	volatile uint16_t *used = (volatile uint16_t *)(uintptr_t)(queue + MACHINE_PAGE);

	for (unsigned i = 0; i < 2U * MACHINE_PAGE / 8U; i++)
		descriptor[i] = 0;
	descriptor[0] = target;
	descriptor[1] = BYTES | (uint64_t)DEVICE_WRITE << 32;
	available[1] = 1;
	dsb_sy();
	*virtio(base, VIRTIO_STATUS) = 0;
	*virtio(base, VIRTIO_STATUS) = DRIVER;
	*virtio(base, VIRTIO_PAGE_SIZE) = MACHINE_PAGE;
	*virtio(base, VIRTIO_QUEUE) = 0;
	*virtio(base, VIRTIO_QUEUE_NUM) = ENTRIES;
	*virtio(base, VIRTIO_ALIGN) = MACHINE_PAGE;
	*virtio(base, VIRTIO_QUEUE_PFN) = (uint32_t)(queue / MACHINE_PAGE);
	*virtio(base, VIRTIO_STATUS) = DRIVER_OK;
	*virtio(base, VIRTIO_NOTIFY) = 0;
	while (used[1] == 0U && clock_us() - begin < PATIENCE_US)
		;
	*virtio(base, VIRTIO_STATUS) = 0;
	return used[1] != 0U;
}

/* Nothing stops this one where there is no SMMU: docs/security.md says so. */
enum attack_outcome attack_virtio_into_given_page(void)
{
	uint64_t base = entropy_device(), page = given_page(TARGET_PAGE);
	unsigned changed;
	bool filled;

	if (base == 0U)
		return attack_absent("no virtio device that writes memory");
	if (!given_donate(page))
		return ATTACK_STOPPED;
	filled = fill_by_device(base, page);
	changed = given_return(page);
	return attack_judge(changed != 0U, "the device %s, %u words of a page that is not ours",
			    filled ? "wrote" : "did not answer", changed);
}
