// SPDX-License-Identifier: Apache-2.0
#include "platform.h"

#include "layout.h"
#include "sysreg.h"

/* PL061 registers (Arm DDI 0190, table 3-1): data writes are masked by address bits 9..2. */
enum {
	GPIO_DIRECTION = 0x400
};

extern volatile uint32_t mailbox;

static _Noreturn void raise_line(unsigned line)
{
	uint64_t data = PLATFORM_SECURE_GPIO + ((1U << line) << 2);

	/*
	 * A reset does not clear secure RAM: without this the other CPUs would take the old mark
	 * for the boot CPU's word and run ahead of it.
	 */
	mailbox = 0;
	__asm__ volatile("dc cvac, %0" ::"r"(&mailbox) : "memory");
	BARRIER_SYNC();
	write32(data, 0);
	write32(PLATFORM_SECURE_GPIO + GPIO_DIRECTION,
		read32(PLATFORM_SECURE_GPIO + GPIO_DIRECTION) | 1U << line);
	write32(data, 0xff);
	for (;;)
		WAIT_FOR_INTERRUPT();
}

void platform_power_off(void)
{
	raise_line(0);
}

void platform_reset(void)
{
	raise_line(1);
}
