// SPDX-License-Identifier: Apache-2.0
#include "gic.h"

#include <stddef.h>

#include <libfdt.h>

#include "spmc.h"
#include "sysreg.h"
#include "tree.h"

/* Arm IHI 0069 (GICv3/v4) 12.9, 12.11; Arm IHI 0048 (GICv2) 4.3, 4.4. */
enum {
	GICD_CTLR = 0x0000,
	GICD_TYPER = 0x0004,
	GICD_IGROUPR = 0x0080,
	GICD_ISENABLER = 0x0100,
	GICD_ISPENDR = 0x0200,
	GICD_IPRIORITYR = 0x0400,
	GICD_SGIR = 0x0f00,
	GICC_CTLR = 0x0000,
	GICC_PMR = 0x0004,
	GICC_IAR = 0x000c,
	GICC_EOIR = 0x0010,
	GICR_TYPER = 0x0008,
	GICR_WAKER = 0x0014,
	GICR_SGI_BASE = 0x10000,
	GICR_IGRPMODR0 = 0x0d00,
	CTLR_GROUP0 = 1 << 0,
	CTLR_ARE_S = 1 << 4,
	CTLR_ARE_NS = 1 << 5,
	WAKER_SLEEP = 1 << 1,
	WAKER_ASLEEP = 1 << 2,
	GICC_GROUP0 = 1 << 0,
	GICC_FIQ = 1 << 3,
	SGIR_NON_SECURE = 1 << 15,
	SECURE_SGI = 8, /* 8 to 15 are the secure world's by convention (DEN0006), ours is one */
	WAKE_SGI = 15,
};

#define CTLR_RWP (UINT32_C(1) << 31)

/* SGIs that the normal world does not get, unless one is given to it. */
#define KEPT_SGIS (1U << SECURE_SGI | 1U << WAKE_SGI)

/* ICC_* and their generic names. */
#define ICC_SRE_EL3     S3_6_C12_C12_5
#define ICC_PMR_EL1     S3_0_C4_C6_0
#define ICC_IGRPEN0_EL1 S3_0_C12_C12_6
#define ICC_IGRPEN1_EL3 S3_6_C12_C12_7
#define ICC_IAR0_EL1    S3_0_C12_C8_0
#define ICC_EOIR0_EL1   S3_0_C12_C8_1
#define ICC_ASGI1R_EL1  S3_0_C12_C11_6
#define ICC_SGI0R_EL1   S3_0_C12_C11_7

/* Constant after gic_find(). */
static struct {
	bool v3;
	uint64_t distributor;
	uint64_t interface;      /* GICv2 */
	uint64_t redistributors; /* GICv3: first region */
	uint64_t redistributors_size;
	unsigned lines;
} gic;

const char *gic_find(const void *tree)
{
	int node = fdt_node_offset_by_compatible(tree, -1, "arm,gic-v3");
	uint64_t size;

	gic.v3 = node >= 0;
	if (node < 0)
		node = fdt_node_offset_by_compatible(tree, -1, "arm,cortex-a15-gic");
	if (node < 0)
		return "the tree names neither arm,gic-v3 nor arm,cortex-a15-gic";
	if (!tree_reg(tree, node, 0, &gic.distributor, &size) ||
	    !tree_reg(tree, node, 1, gic.v3 ? &gic.redistributors : &gic.interface,
		      &gic.redistributors_size))
		return "the interrupt controller's reg is too short";
	return NULL;
}

void gic_init(void)
{
	gic.lines = 32U * ((read32(gic.distributor + GICD_TYPER) & 31U) + 1U);
	if (gic.lines > 1020)
		gic.lines = 1020;
	if (gic.v3) {
		/* ARE bits may only change while the groups are disabled. */
		write32(gic.distributor + GICD_CTLR, 0);
		while ((read32(gic.distributor + GICD_CTLR) & CTLR_RWP) != 0)
			;
		write32(gic.distributor + GICD_CTLR, CTLR_ARE_S | CTLR_ARE_NS);
	}
	for (uint64_t i = 1; i * 32 < gic.lines; i++)
		write32(gic.distributor + GICD_IGROUPR + i * 4, 0xffffffffU);
	write32(gic.distributor + GICD_CTLR,
		gic.v3 ? CTLR_ARE_S | CTLR_ARE_NS | CTLR_GROUP0 : CTLR_GROUP0);
	if (gic.v3) {
		while ((read32(gic.distributor + GICD_CTLR) & CTLR_RWP) != 0)
			;
	}
}

/* Base of this CPU's redistributor, found by its affinity. */
static uint64_t redistributor(void)
{
	uint64_t mpidr = SYSREG_READ(mpidr_el1);
	uint32_t affinity = (uint32_t)((mpidr >> 32 & 0xffU) << 24 | (mpidr & 0xffffffU));
	uint64_t at = gic.redistributors;

	while (at < gic.redistributors + gic.redistributors_size) {
		uint64_t type = read64(at + GICR_TYPER);

		if ((uint32_t)(type >> 32) == affinity)
			return at;
		if ((type & 1U << 4) != 0) /* last of the region */
			break;
		at += (type & 2U) != 0 ? 0x40000U : 0x20000U; /* VLPIS: two frames more */
	}
	return gic.redistributors;
}

void gic_cpu_init(void)
{
	uint64_t private = gic.distributor;
	unsigned given = spmc_interrupt();

	if (gic.v3) {
		uint64_t base = redistributor();

		write32(base + GICR_WAKER, read32(base + GICR_WAKER) & ~(uint32_t)WAKER_SLEEP);
		while ((read32(base + GICR_WAKER) & WAKER_ASLEEP) != 0)
			;
		private = base + GICR_SGI_BASE;
		write32(private + GICR_IGRPMODR0, 0);
		/* System registers for every level: SRE, DFB, DIB, Enable. */
		WRITE_NAMED(ICC_SRE_EL3, 15);
		BARRIER_CONTEXT();
	}
	write32(private + GICD_IGROUPR, ~KEPT_SGIS | (given != 0 ? 1U << given : 0U));
	*(volatile uint8_t *)(uintptr_t)(private + GICD_IPRIORITYR + WAKE_SGI) = 0;
	write32(private + GICD_ISENABLER, 1U << WAKE_SGI);
	gic_cpu_pen(true);
}

void gic_cpu_pen(bool penned)
{
	if (gic.v3) {
		WRITE_NAMED(ICC_PMR_EL1, 0xff);
		WRITE_NAMED(ICC_IGRPEN0_EL1, penned ? 1 : 0);
		WRITE_NAMED(ICC_IGRPEN1_EL3, 0);
		BARRIER_CONTEXT();
	} else {
		/*
		 * A priority mask in the secure half would make the normal world's writes to its
		 * own mask ineffective (IHI 0048 4.4.2).
		 */
		write32(gic.interface + GICC_PMR, 0xff);
		write32(gic.interface + GICC_CTLR, penned ? GICC_GROUP0 | GICC_FIQ : 0);
	}
	BARRIER_SYNC();
}

void gic_wake(unsigned cpu)
{
	BARRIER_SYNC();
	if (gic.v3) {
		/* Affinity 0.0.0.cpu; group 0 because the SGI is in group 0. */
		WRITE_NAMED(ICC_SGI0R_EL1, (uint64_t)WAKE_SGI << 24 | UINT64_C(1) << cpu);
		BARRIER_CONTEXT();
	} else {
		write32(gic.distributor + GICD_SGIR, 1U << (16 + cpu) | WAKE_SGI);
	}
}

void gic_raise(unsigned sgi)
{
	BARRIER_SYNC();
	if (gic.v3) {
		/*
		 * ASGI1R: group 1 of the other world, from EL3 the non-secure one. The return to
		 * the caller comes behind it and does for an ISB.
		 */
		uint64_t mpidr = SYSREG_READ(mpidr_el1);

		WRITE_NAMED(ICC_ASGI1R_EL1, (uint64_t)sgi << 24 | (mpidr >> 32 & 0xffU) << 48 |
						(mpidr >> 16 & 0xffU) << 32 |
						(mpidr >> 8 & 0xffU) << 16 |
						UINT64_C(1) << (mpidr & 15U));
	} else {
		/* Target list filter 2: the CPU that writes. */
		write32(gic.distributor + GICD_SGIR, 2U << 24 | SGIR_NON_SECURE | sgi);
	}
}

void gic_take(void)
{
	if (gic.v3) {
		uint64_t number = READ_NAMED(ICC_IAR0_EL1);

		if (number < 1020)
			WRITE_NAMED(ICC_EOIR0_EL1, number);
		BARRIER_CONTEXT();
	} else {
		uint32_t number = read32(gic.interface + GICC_IAR);

		if ((number & 0x3ffU) < 1020)
			write32(gic.interface + GICC_EOIR, number);
	}
	BARRIER_SYNC();
}

bool gic_shared_pending(void)
{
	for (uint64_t i = 1; i * 32 < gic.lines; i++) {
		if ((read32(gic.distributor + GICD_ISPENDR + i * 4) &
		     read32(gic.distributor + GICD_ISENABLER + i * 4)) != 0)
			return true;
	}
	return false;
}
