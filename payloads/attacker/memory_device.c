// SPDX-License-Identifier: Apache-2.0
/* Devices that are withheld, and devices as a place for code. */
#include <string.h>

#include <libfdt.h>

#include "memory.h"
#include "ranges.h"
#include "sysreg.h"

#define FW_CFG_DATA      0x00U
#define FW_CFG_SELECTOR  0x08U
#define FW_CFG_SIGNATURE 0x554d4551U /* "QEMU" */
#define GICH_VTR         0x04U
#define GICH_LR0         0x100U
#define GICH_LR_PENDING  0x1000001bU /* virtual interrupt 27, pending */
#define GICV_PMR         0x04U
#define GICV_PRIORITY    0x80U
#define RTC_MATCH        0x04U /* PL031: any word may stand there */
#define BOTH             0xffffffffUL

/* Base of the withheld device of this name; 0: there is none. */
static uint64_t device(const char *name)
{
	for (unsigned i = 0; i < withheld_count(); i++) {
		struct machine_range range = withheld(i);

		if (strcmp(range.name, name) == 0)
			return range.base;
	}
	return 0;
}

static bool read8(uint64_t at, uint32_t *value)
{
	uint8_t byte = 0;
	bool good = try_read8(at, &byte);

	*value = *value >> 8 | (uint32_t)byte << 24;
	return good;
}

/* The boot loader's channel; with it comes an engine that writes RAM past stage 2. */
enum attack_outcome attack_read_fw_cfg(void)
{
	uint64_t base = device("fw_cfg");
	uint32_t value = 0;
	bool read = true;

	if (base == 0U)
		return attack_absent("no fw_cfg");
	exception_expect();
	*(volatile uint16_t *)(uintptr_t)(base + FW_CFG_SELECTOR) = 0;
	read = exception_end(NULL) == 0U;
	for (unsigned i = 0; i < 4U; i++)
		read = read8(base + FW_CFG_DATA, &value) && read;
	return attack_judge(read && value == FW_CFG_SIGNATURE, "0x%llx: %s, 0x%x",
			    (unsigned long long)base, read ? "read" : "exception", value);
}

enum attack_outcome attack_user_fw_cfg(void)
{
	uint64_t base = device("fw_cfg");

	/* offset 16: the signature of its DMA engine */
	return base == 0U ? attack_absent("no fw_cfg") : memory_user_load(base + 16U);
}

static bool write32(uint64_t at, uint32_t value)
{
	exception_expect();
	*(volatile uint32_t *)(uintptr_t)at = value;
	return exception_end(NULL) == 0U;
}

/* A list register: an interrupt that nobody raised. */
enum attack_outcome attack_inject_gich(void)
{
	uint64_t base = device("GICH");
	uint32_t value = 0;
	bool written;

	if (base == 0U)
		return attack_absent("no GICH");
	written = write32(base + GICH_LR0, GICH_LR_PENDING);
	(void)try_read32(base + GICH_LR0, &value);
	if (written)
		(void)write32(base + GICH_LR0, 0);
	return attack_judge(written && value == GICH_LR_PENDING, "0x%llx: %s, then 0x%x",
			    (unsigned long long)base, written ? "written" : "exception", value);
}

enum attack_outcome attack_read_gich(void)
{
	uint64_t base = device("GICH");
	uint32_t value = 0;
	bool read;

	if (base == 0U)
		return attack_absent("no GICH");
	read = try_read32(base + GICH_VTR, &value);
	return attack_judge(read && value != 0U, "0x%llx: %s, VTR 0x%x", (unsigned long long)base,
			    read ? "read" : "exception", value);
}

/* The interface of a guest. */
enum attack_outcome attack_mask_gicv(void)
{
	uint64_t base = device("GICV");
	uint32_t before = 0, value = 0;
	bool written;

	if (base == 0U)
		return attack_absent("no GICV");
	(void)try_read32(base + GICV_PMR, &before);
	written = write32(base + GICV_PMR, before ^ GICV_PRIORITY);
	(void)try_read32(base + GICV_PMR, &value);
	if (written)
		(void)write32(base + GICV_PMR, before);
	return attack_judge(written && value == (before ^ GICV_PRIORITY),
			    "0x%llx: %s, PMR 0x%x became 0x%x", (unsigned long long)base,
			    written ? "written" : "exception", before, value);
}

static uint64_t clock_base(void)
{
	int node = fdt_node_offset_by_compatible(machine.tree, -1, "arm,pl031"), length;
	const fdt32_t *cells = node < 0 ? NULL : fdt_getprop(machine.tree, node, "reg", &length);

	return cells == NULL || length < 16
		   ? 0U
		   : (uint64_t)fdt32_to_cpu(cells[0]) << 32 | fdt32_to_cpu(cells[1]);
}

/* Code that changes under the eyes of whoever looks at it: an instruction in a register of a
 * device. */
enum attack_outcome attack_run_device(void)
{
	uint64_t base = clock_base();
	volatile uint32_t *match = (volatile uint32_t *)(uintptr_t)(base + RTC_MATCH);
	enum attack_outcome outcome;
	uint32_t before;

	if (base == 0U)
		return attack_absent("no device that keeps a word");
	before = *match;
	*match = INSTRUCTION_RET;
	if (*match != INSTRUCTION_RET) {
		*match = before;
		return attack_absent("no device that keeps a word");
	}
	outcome = memory_run(memory_alias(ALIAS, base + RTC_MATCH, MMU_RUN));
	memory_alias_end(ALIAS);
	*match = before;
	return outcome;
}
