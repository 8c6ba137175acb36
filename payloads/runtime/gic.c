// SPDX-License-Identifier: Apache-2.0
#include "gic.h"

#include "payload.h"
#include "sysreg.h"

/* Distributor, and SGI frame of a redistributor (Arm IHI 0069, chapter 12) */
#define CTLR       0x000U
#define IGROUPR    0x080U
#define ISENABLER  0x100U
#define ICENABLER  0x180U
#define IPRIORITYR 0x400U
#define CTLR_V3    0x12U /* affinity routing, group 1 of the normal world */
#define CTLR_V2    0x1U

/* RD frame of a redistributor */
#define GICR_TYPER     0x0008U
#define GICR_WAKER     0x0014U
#define GICR_FRAME     0x10000U
#define TYPER_LAST     (1UL << 4)
#define TYPER_VLPIS    (1UL << 1)
#define WAKER_SLEEP    (1U << 1)
#define WAKER_CHILDREN (1U << 2)

/* CPU interface of a GICv2 */
#define GICC_CTLR 0x0U
#define GICC_PMR  0x4U

#define PRIORITY 0xa0U

static volatile uint32_t *word(uint64_t base, uint64_t offset)
{
	return (volatile uint32_t *)(uintptr_t)(base + offset);
}

/* RD frame of this CPU, or 0. */
static uint64_t redistributor(void)
{
	uint64_t mpidr = sysreg_read(mpidr_el1);
	uint64_t affinity = (mpidr >> 32 & 0xffU) << 24 | (mpidr & 0xffffffU);
	uint64_t end = machine.gic_redistributor + machine.gic_redistributor_size;

	for (uint64_t frame = machine.gic_redistributor; frame != 0U && frame < end;) {
		uint64_t typer = *word(frame, GICR_TYPER) | (uint64_t)*word(frame, GICR_TYPER + 4U)
								<< 32;

		if (typer >> 32 == affinity)
			return frame;
		if ((typer & TYPER_LAST) != 0U)
			break;
		frame += (typer & TYPER_VLPIS) != 0U ? 4U * GICR_FRAME : 2U * GICR_FRAME;
	}
	return 0;
}

uint64_t gic_private_frame(void)
{
	uint64_t frame;

	if (machine.gic == 2U)
		return machine.gic_distributor;
	frame = machine.gic == 3U ? redistributor() : 0U;
	return frame != 0U ? frame + GICR_FRAME : 0U;
}

static void enable_private(uint64_t frame, unsigned number)
{
	*word(frame, IGROUPR) |= 1U << number;
	*(volatile uint8_t *)(uintptr_t)(frame + IPRIORITYR + number) = PRIORITY;
	*word(frame, ISENABLER) = 1U << number;
}

bool gic_enable(unsigned number)
{
	uint64_t frame = gic_private_frame();

	if (frame == 0U)
		return false;
	if (machine.gic == 3U) {
		volatile uint32_t *waker = word(frame - GICR_FRAME, GICR_WAKER);

		*word(machine.gic_distributor, CTLR) |= CTLR_V3;
		*waker &= ~WAKER_SLEEP;
		while ((*waker & WAKER_CHILDREN) != 0U)
			;
		enable_private(frame, number);
		sysreg_write(s3_0_c12_c12_5, sysreg_read(s3_0_c12_c12_5) | 1U); /* ICC_SRE_EL1 */
		isb();
		sysreg_write(s3_0_c4_c6_0, 0xff); /* ICC_PMR_EL1 */
		sysreg_write(s3_0_c12_c12_7, 1);  /* ICC_IGRPEN1_EL1 */
		isb();
	} else {
		*word(machine.gic_distributor, CTLR) |= CTLR_V2;
		enable_private(frame, number);
		*word(machine.gic_interface, GICC_PMR) = 0xff;
		*word(machine.gic_interface, GICC_CTLR) = CTLR_V2;
	}
	return true;
}

void gic_disable(unsigned number)
{
	uint64_t frame = gic_private_frame();

	if (frame != 0U)
		*word(frame, ICENABLER) = 1U << number;
}
