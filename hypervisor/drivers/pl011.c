// SPDX-License-Identifier: Apache-2.0
#include "drivers/pl011.h"

#define DR        0x00U
#define FR        0x18U
#define CR        0x30U
#define PERIPH_ID 0xfe0U

#define FR_TXFF   (1U << 5)
#define CR_UARTEN (1U << 0)
#define CR_TXE    (1U << 8)

/* A transmitter that stays full for so many reads is stuck: drop the byte rather than hang. */
#define PATIENCE 1000000U

static uint64_t uart;

static volatile uint32_t *reg(uint64_t base, unsigned offset)
{
	return (volatile uint32_t *)(uintptr_t)(base + offset);
}

static void put(char c)
{
	for (unsigned i = 0; i < PATIENCE && (*reg(uart, FR) & FR_TXFF) != 0U; i++)
		;
	*reg(uart, DR) = (unsigned char)c;
}

void pl011_use(uint64_t base)
{
	uart = base;
	/* Firmware normally did; a loader that left it off would make every message vanish. */
	if (uart != 0U && (*reg(uart, CR) & (CR_UARTEN | CR_TXE)) != (CR_UARTEN | CR_TXE))
		*reg(uart, CR) = *reg(uart, CR) | CR_UARTEN | CR_TXE;
}

void pl011_write(const char *text, size_t length)
{
	if (uart == 0U)
		return;
	for (size_t i = 0; i < length; i++) {
		if (text[i] == '\n')
			put('\r');
		put(text[i]);
	}
}

int pl011_present(uint64_t base)
{
	return (*reg(base, PERIPH_ID) & 0xffU) == 0x11U &&
	       (*reg(base, PERIPH_ID + 4U) & 0x0fU) == 0x00U;
}
