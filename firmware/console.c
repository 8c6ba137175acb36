// SPDX-License-Identifier: Apache-2.0
#include "console.h"

#include "core/lock.h"
#include "core/log/log.h"
#include "sysreg.h"

/* PL011 registers (Arm DDI 0183, table 3-1). */
enum {
	UART_DATA = 0x00,
	UART_FLAGS = 0x18,
	UART_LINE = 0x2c,
	UART_CONTROL = 0x30,
	UART_FLAG_FULL = 1 << 5,
	UART_FLAG_BUSY = 1 << 3,
	UART_LINE_8BIT_FIFO = 0x70,
	UART_CONTROL_ENABLE = 0x301,
};

static struct {
	struct lock lock; /* one line at a time; nothing is taken under it */
	uint64_t base;
} console;

void console_init(uint64_t base)
{
	console.base = base;
	/* Whoever used the port before may have left it enabled with a line of its own: keep that.
	 */
	if ((read32(base + UART_CONTROL) & UART_CONTROL_ENABLE) != UART_CONTROL_ENABLE) {
		write32(base + UART_LINE, UART_LINE_8BIT_FIFO);
		write32(base + UART_CONTROL, UART_CONTROL_ENABLE);
	}
}

static void put(char c)
{
	while ((read32(console.base + UART_FLAGS) & UART_FLAG_FULL) != 0)
		;
	write32(console.base + UART_DATA, (unsigned char)c);
}

static void write_line(const char *format, va_list list)
{
	char line[CONSOLE_LINE];
	size_t length;

	if (console.base == 0)
		return;
	length = log_format_list(line, sizeof(line), format, list);
	for (const char *p = "fw: "; *p != '\0'; p++)
		put(*p);
	for (size_t i = 0; i < length; i++)
		put(line[i]);
	put('\r');
	put('\n');
	while ((read32(console.base + UART_FLAGS) & UART_FLAG_BUSY) != 0)
		;
}

void console_line(const char *format, ...)
{
	va_list list;

	va_start(list, format);
	lock_take(&console.lock);
	write_line(format, list);
	lock_release(&console.lock);
	va_end(list);
}

void console_crash_line(const char *format, ...)
{
	va_list list;

	va_start(list, format);
	write_line(format, list);
	va_end(list);
}
