/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A GICv3 for the fake machine: a distributor, redistributors and one ITS, as far as the guard of
 * their registers can tell. It remembers what it was told, and executes the commands of its queue.
 */
#ifndef PORTCULLIS_TEST_GIC_DEVICE_H
#define PORTCULLIS_TEST_GIC_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/gic/gic.h"

#define DEVICE_GICD  0x08000000UL
#define DEVICE_ITS   0x08080000UL
#define DEVICE_GICR  0x080a0000UL
#define DEVICE_CPUS  4U
#define DEVICE_STEP  0x20000UL
#define DEVICE_SHARE 0x40000UL /* of a GICv4 */

#define DEVICE_RAM      0x40000000UL /* the host's, with a hole for the hypervisor */
#define DEVICE_RAM_SIZE 0x04000000UL
#define DEVICE_HOST     0x41000000UL /* where the host's command queue lies */
#define DEVICE_OWN      0x43000000UL /* the hypervisor's, up to the end */
#define DEVICE_OWN_SIZE 0x01000000UL
#define DEVICE_ITS_ROOM DEVICE_OWN /* GIC_ITS_MEMORY */

#define DEVICE_COMMANDS 65536U
#define DEVICE_WORDS    512U /* a page */

struct gic_device_commands {
	uint64_t word[4];
};

struct gic_fake {
	uint64_t redistributor[DEVICE_CPUS][DEVICE_WORDS];
	uint64_t its[DEVICE_WORDS];
	bool gicv4;             /* redistributors with frames for virtual interrupts */
	bool stubborn;          /* LPIs that are enabled stay so */
	bool restless;          /* the ITS never becomes quiescent */
	bool lazy;              /* the ITS executes nothing until device_execute() */
	bool no_snoop;          /* shareability reads as 0 */
	uint64_t page_size;     /* 1 + the only one that GITS_BASERn has; 0: any */
	unsigned reads, writes; /* of registers */
	uint64_t last_address, last_value;
	unsigned last_size;

	struct gic_device_commands executed[DEVICE_COMMANDS];
	unsigned executed_count;
	uint8_t host[GIC_ITS_QUEUE];                  /* memory of the host at DEVICE_HOST */
	void (*during_copy)(struct gic_fake *device); /* the host acts while it is read */
};

extern struct gic_fake device;
extern struct gic gic;
extern struct ledger ledger;
extern struct stage2 device_stage2;
extern struct boot_gic device_plan;

/* Reset, with memory, ledger and stage 2; the test may change `device` and `device_plan` then. */
void device_prepare(void);
/* gic_init(), which must succeed. */
void device_start(void);
void device_execute(void);

/* The host's accesses. */
enum gic_answer host_write(uint64_t address, unsigned size, uint64_t value);
uint64_t host_read(uint64_t address, unsigned size);

uint64_t *rd_register(unsigned cpu, unsigned offset);
uint64_t *its_register(unsigned offset);
uint64_t rd_address(unsigned cpu, unsigned offset);

/* Pins of a page. */
unsigned pins(uint64_t address);

#endif
