/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fake machine below the core: what core/machine.h asks for, as variables that a test sets and
 * reads. One global, as a machine is one; fake_reset() before each test.
 */
#ifndef PORTCULLIS_FAKE_MACHINE_H
#define PORTCULLIS_FAKE_MACHINE_H

#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/machine.h"

#define FAKE_CALLS   512
#define FAKE_CONSOLE 65536

#define FAKE_CPU_ENTRY   0x40201000ULL
#define FAKE_CPU_CONTEXT 0x4fff0000ULL /* + index * 16384 */

/*
 * Called in machine_stage2_invalidate() and, with a size of 0, in machine_table_publish(): what the
 * page tables look like at the moments that a table walker can tell apart.
 */
typedef void fake_table_fn(void *context, bool invalidates, uint64_t base, uint64_t size);

/* Firmware: answers in x, as machine_firmware_call(). */
typedef void fake_firmware_fn(void *context, uint64_t x[SMCCC_REGISTERS]);

/* Called in machine_relax(): lets another CPU of the fake machine go on. */
typedef void fake_relax_fn(void);

struct fake_call {
	uint64_t x[SMCCC_REGISTERS]; /* as firmware received them */
	unsigned cpu;
};

struct fake {
	/* calls to firmware; those beyond FAKE_CALLS are counted and not kept */
	fake_firmware_fn *firmware;
	void *context;
	unsigned calls;
	struct fake_call call[FAKE_CALLS];

	/* what was written to the console, always ended by a zero */
	char console[FAKE_CONSOLE];
	size_t console_length;

	uint64_t counter; /* advances by one with each reading */

	/* machine_crash() comes back here when a test expects it */
	bool crash_expected;
	jmp_buf crash;
	const char *crash_what;

	/* page-table memory: physical [memory_base, + memory_size) lies at memory; NULL: identity
	 */
	uint8_t *memory;
	uint64_t memory_base, memory_size;

	fake_table_fn *tables; /* may be NULL */
	void *tables_context;

	fake_relax_fn *relax; /* NULL: the threads of the build machine play the CPUs */
	/* device registers and the host's memory; NULL: there are none */
	uint64_t (*device_read)(void *context, uint64_t address, unsigned size);
	void (*device_write)(void *context, uint64_t address, unsigned size, uint64_t value);
	void (*host_read)(void *context, void *to, uint64_t physical, size_t size);
	void (*host_write)(void *context, uint64_t physical, const void *from, size_t size);
	void (*host_zero)(void *context, uint64_t physical);
	void *device_context;
	unsigned device_maps; /* how many more succeed */

	unsigned cleans, invalidations, publications;
	const void *cleaned;
	size_t cleaned_size;
	uint64_t invalidated_base, invalidated_size;
};

extern struct fake fake;

/* The CPU that this thread plays. */
extern _Thread_local unsigned fake_cpu;

void fake_reset(void);

/* Does a line of the console contain `text`? */
bool fake_said(const char *text);

/* How many calls firmware received with this w0. */
unsigned fake_calls_of(uint32_t fid);

#endif
