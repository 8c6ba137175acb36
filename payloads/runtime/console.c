// SPDX-License-Identifier: Apache-2.0
#include "payload.h"

#include "core/lock.h"
#include "core/log/log.h"

#define PL011_DATA 0x00U
#define PL011_FLAG 0x18U
#define FLAG_FULL  (1U << 5)

static struct {
	volatile uint32_t *registers;
	struct lock lock; /* one line at a time; nothing is taken under it */
} console;

void console_use(uint64_t base)
{
	console.registers = (volatile uint32_t *)(uintptr_t)base;
}

/* What core/lock.h wants from the machine that it is built for. */
void machine_relax(void)
{
	__asm__ volatile("yield" ::: "memory");
}

static void put(char c)
{
	while ((console.registers[PL011_FLAG / 4U] & FLAG_FULL) != 0U)
		;
	console.registers[PL011_DATA / 4U] = (uint32_t)(unsigned char)c;
}

void say(const char *format, ...)
{
	char text[240];
	size_t length = log_format(text, sizeof(text), "%s: ", payload_name);
	va_list list;

	if (console.registers == NULL)
		return;
	va_start(list, format);
	length += log_format_list(text + length, sizeof(text) - length, format, list);
	va_end(list);
	lock_take(&console.lock);
	for (size_t i = 0; i < length; i++)
		put(text[i]);
	put('\r');
	put('\n');
	lock_release(&console.lock);
}
