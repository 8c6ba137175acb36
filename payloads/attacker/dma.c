// SPDX-License-Identifier: Apache-2.0
/* QEMU's fw_cfg: a descriptor in memory, and it reads or writes RAM wherever that says. */
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
