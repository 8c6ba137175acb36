/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a payload has: a console, the machine as its tree describes it, options, and power.
 *
 * A payload is a C file that defines payload_name and payload_main(). The runtime finds the console
 * in the tree, turns the MMU on with an identity map, and calls payload_main() on the boot CPU;
 * when that returns, the machine is powered off.
 */
#ifndef PAYLOAD_H
#define PAYLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MACHINE_RAM_MAX  32
#define MACHINE_KEPT_MAX 64
#define MACHINE_PAGE     4096UL

extern const char payload_name[];
void payload_main(void);

/* Print "NAME: " and one line. Formats as hypervisor/core/log/log.h. Any CPU. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

struct machine_range {
	uint64_t base, size;
	char name[32];
};

struct machine {
	const void *tree;
	uint64_t tree_size;
	struct machine_range ram[MACHINE_RAM_MAX];
	unsigned ram_count;
	struct machine_range kept[MACHINE_KEPT_MAX]; /* /reserved-memory with no-map */
	unsigned kept_count;
	uint64_t mpidr[16]; /* of the CPUs, in the order of the tree */
	unsigned cpu_count;
	bool psci, hvc;   /* there is a psci node; its method */
	bool hypervisor;  /* there is a /hypervisor node of Portcullis */
	uint64_t console; /* PL011 */
	unsigned gic;     /* 2, 3, or 0 */
	uint64_t gic_distributor, gic_redistributor, gic_interface;
	uint64_t gic_redistributor_size;
	const char *bootargs;
};

extern struct machine machine;

/* Read the tree into `machine`; NULL, or what is wrong with it. */
const char *machine_read(const void *tree);

/* Value of the word payload.NAME=VALUE in the boot arguments, or `otherwise`. */
uint64_t machine_option(const char *name, uint64_t otherwise);

/* The value as it stands there, up to a blank or the end; NULL: the option was not given. */
const char *machine_option_text(const char *name);

/* Is `number` one of those in payload.NAME=N,N,...? */
bool machine_option_lists(const char *name, uint64_t number);

/* Is [base, base + size) RAM that the tree gives to us? */
bool machine_ram(uint64_t base, uint64_t size);
bool machine_kept(uint64_t address);

/* Index of the CPU with these affinity fields, or -1. */
int machine_cpu_index(uint64_t mpidr);

void console_use(uint64_t base);

/* Microseconds of the virtual counter. */
uint64_t clock_us(void);

_Noreturn void power_off(void);

/* First C function. */
void runtime_main(const void *tree);

#endif
