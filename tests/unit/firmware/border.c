// SPDX-License-Identifier: Apache-2.0
#include "border.h"

#include <sanitizer/asan_interface.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "calls.h"
#include "console.h"
#include "core/log/log.h"
#include "gic.h"
#include "options.h"
#include "power.h"
#include "ram.h"
#include "rules.h"
#include "spmc.h"

struct border border = {.ram = -1};
_Thread_local unsigned border_cpu;

/* Where cpu_hang() goes. */
static _Thread_local jmp_buf *hang;

struct options options;

unsigned cpu_index(void)
{
	return border_cpu;
}

size_t options_read_personality(void *out, size_t size)
{
	ASAN_UNPOISON_MEMORY_REGION(out, size);
	if (border.size > size)
		return SIZE_MAX;
	memset(out, 0xee, size);
	if (border.size > 0)
		memcpy(out, border.blob, border.size);
	/* The header's bytes are there in any case: without rules it is set to zeros. */
	if (border.size >= 32)
		ASAN_POISON_MEMORY_REGION((char *)out + border.size, size - border.size);
	return border.size;
}

void console_line(const char *format, ...)
{
	va_list list;

	va_start(list, format);
	(void)log_format_list(border.line, sizeof(border.line), format, list);
	va_end(list);
}

void cpu_wait(uint64_t us)
{
	(void)__atomic_fetch_add(&border.waited, us, __ATOMIC_RELAXED);
}

uint64_t cpu_work(uint64_t us)
{
	uint64_t until = border.interrupt != 0 && border.interrupt < us ? border.interrupt : us;

	if (border.meanwhile != NULL)
		border.meanwhile();
	border.interrupt = 0;
	cpu_wait(until);
	return us - until;
}

void cpu_hang(void)
{
	if (hang == NULL)
		abort();
	longjmp(*hang, 1);
}

void ram_fill(uint8_t byte)
{
	border.ram = byte;
}

/* More than most tests touch: pages come as they are written. */
static unsigned char *ram;

bool ram_holds(uint64_t base, uint64_t size)
{
	return base >= BORDER_RAM && base < BORDER_RAM_END && size <= BORDER_RAM_END - base;
}

uint64_t ram_end(void)
{
	return BORDER_RAM_END;
}

void *ram_at(uint64_t address)
{
	return border_ram(address);
}

void *border_ram(uint64_t address)
{
	if (!ram_holds(address, 1))
		abort();
	if (ram == NULL) {
		ram = mmap(NULL, BORDER_RAM_END - BORDER_RAM, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		if (ram == MAP_FAILED)
			abort();
	}
	return ram + (address - BORDER_RAM);
}

unsigned power_cpus(void)
{
	return BORDER_CPUS;
}

void gic_raise(unsigned sgi)
{
	border.raised[sgi & 15U]++;
}

static void serve_psci(struct call *call)
{
	call->result[0] = OWN_PSCI;
}

static void serve_arch(struct call *call)
{
	call->result[0] = OWN_ARCH;
}

static void serve_trng(struct call *call)
{
	call->result[0] = OWN_TRNG;
}

const struct service psci_services[] = {{0x84000000, serve_psci}, {0xc4000003, serve_psci}};
const size_t psci_service_count = 2;
const struct service arch_services[] = {{0x80000000, serve_arch}};
const size_t arch_service_count = 1;
const struct service trng_services[] = {{0x84000050, serve_trng}};
const size_t trng_service_count = 1;

const char *border_load(const void *blob, size_t size)
{
	const char *reason;

	border = (struct border){.blob = blob, .size = size, .ram = -1};
	reason = rules_load();
	spmc_start(rules_spmc());
	return reason;
}

bool border_call(uint64_t x[18], uint16_t immediate)
{
	struct frame frame = {0};
	jmp_buf back;

	memcpy(frame.x, x, 18 * sizeof(x[0]));
	hang = &back;
	if (setjmp(back) != 0) {
		hang = NULL;
		return false;
	}
	call_handle(&frame, immediate);
	hang = NULL;
	memcpy(x, frame.x, 18 * sizeof(x[0]));
	return true;
}
