/* SPDX-License-Identifier: Apache-2.0 */
/* What calls.c, rules.c and the SPMC need of the rest of the firmware, replaced by something that
 * can be seen. */
#ifndef TEST_FIRMWARE_BORDER_H
#define TEST_FIRMWARE_BORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The firmware's own functions here leave these in x0: PSCI_VERSION and PSCI_CPU_ON (64-bit form),
 * SMCCC_VERSION, TRNG_VERSION. All others are unknown.
 */
#define OWN_PSCI 0x0e11c0deU
#define OWN_ARCH 0x0e11a4c4U
#define OWN_TRNG 0x0e117426U

/* RAM of the normal world: the first and one byte after the last address; border.ram_bytes is it.
 */
#define BORDER_RAM     0x40000000U
#define BORDER_RAM_END 0x80000000U
#define BORDER_CPUS    4U

struct border {
	const void *blob; /* handed over as the personality; what lies behind it must not be read */
	size_t size;      /* SIZE_MAX: the blob is larger than the room */
	uint64_t waited;  /* microseconds, all CPUs together */
	uint64_t interrupt;      /* cpu_work() ends after so many microseconds, once; 0: never */
	void (*meanwhile)(void); /* what other CPUs do while cpu_work() runs; NULL: nothing */
	int ram;                 /* the byte that RAM was filled with, -1: it was not */
	char line[1100];         /* the last line of the console, when options.log_calls is set */
	unsigned raised[16];     /* how often the SPMC has raised each SGI, all CPUs together */
};

extern struct border border;

/* cpu_index() of the calling thread. */
extern _Thread_local unsigned border_cpu;

/* RAM as the normal world sees it: `address` from BORDER_RAM on. It stays as it is between loads.
 */
void *border_ram(uint64_t address);

/* Everything as at reset, with `blob` as personality; returns what rules_load() says. */
const char *border_load(const void *blob, size_t size);

/* One SMC with x0..x17 on CPU border_cpu, any thread. Returns false when the CPU hangs. */
bool border_call(uint64_t x[18], uint16_t immediate);

#endif
