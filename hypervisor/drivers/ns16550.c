// SPDX-License-Identifier: Apache-2.0
#include "drivers/ns16550.h"

#define THR 0U
#define LSR 5U

#define LSR_THRE (1U << 5)

/* A transmitter that stays full for so many reads is stuck: drop the byte rather than hang. */
#define PATIENCE 1000000U

static struct {
	uint64_t base;
	unsigned shift, width;
} uart;

static uint32_t read_register(unsigned number)
{
	uint64_t at = uart.base + ((uint64_t)number << uart.shift);

	if (uart.width == 4U)
		return *(volatile uint32_t *)(uintptr_t)at;
	if (uart.width == 2U)
		return *(volatile uint16_t *)(uintptr_t)at;
	return *(volatile uint8_t *)(uintptr_t)at;
}

static void write_register(unsigned number, uint8_t value)
{
	uint64_t at = uart.base + ((uint64_t)number << uart.shift);

	if (uart.width == 4U)
		*(volatile uint32_t *)(uintptr_t)at = value;
	else if (uart.width == 2U)
		*(volatile uint16_t *)(uintptr_t)at = value;
	else
		*(volatile uint8_t *)(uintptr_t)at = value;
}

static void put(char c)
{
	for (unsigned i = 0; i < PATIENCE && (read_register(LSR) & LSR_THRE) == 0U; i++)
		;
	write_register(THR, (uint8_t)c);
}

void ns16550_use(uint64_t base, unsigned shift, unsigned width)
{
	uart.base = base;
	uart.shift = shift;
	uart.width = width;
}

void ns16550_write(const char *text, size_t length)
{
	if (uart.base == 0U)
		return;
	for (size_t i = 0; i < length; i++) {
		if (text[i] == '\n')
			put('\r');
		put(text[i]);
	}
}
