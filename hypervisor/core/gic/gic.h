/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The guard of the GICv3's registers that hold addresses. Redistributors and ITS read and write
 * memory past the host's stage 2, wherever these registers point; so the one page of each frame
 * that has them is not mapped for the host, and each access comes here. docs/gic.md has the rule
 * for every register. The distributor, the SGI frames and the frames that take interrupt messages
 * hold no addresses and stay the host's; a GICv2 has no such register at all.
 *
 * LPI tables (GICR_PROPBASER, GICR_PENDBASER) are the host's memory: checked against the ledger and
 * pinned for as long as a register points there. What they say is about the host's own interrupts.
 * The tables of an ITS say where memory lies (a device's entry has the address of its interrupt
 * translation table), so they are the hypervisor's own, whatever the host writes to GITS_BASERn. So
 * is the command queue: the host's is copied command by command and each copy is checked.
 *
 * Locks: gic->lock for the redistributors, its->lock for each ITS; neither is taken under the
 * other. ledger->lock is taken under both. Never held across a call to firmware.
 */
#ifndef PORTCULLIS_GIC_H
#define PORTCULLIS_GIC_H

#include <stdbool.h>
#include <stdint.h>

#include "core/boot/plan.h"
#include "core/ledger/ledger.h"
#include "core/lock.h"
#include "core/log/limit.h"
#include "core/stage2/stage2.h"

#define GIC_PAGE           4096UL
#define GIC_FRAME          0x10000UL
#define GIC_REDISTRIBUTORS 128U /* CPUs of a machine, those that the host does not get included */
#define GIC_ITS_TABLES     8U   /* GITS_BASERn */
#define GIC_ITS_DEVICES    4096U

/* The hypervisor's memory for one ITS, aligned to GIC_FRAME as the tables and the queue must be. */
#define GIC_ITS_QUEUE       0x10000UL /* largest command queue that a host may have */
#define GIC_ITS_LIST        (GIC_ITS_DEVICES * sizeof(struct gic_device))
#define GIC_ITS_COLLECTIONS 0x10000UL
#define GIC_ITS_DEVICE_ROOM 0x80000UL
#define GIC_ITS_MEMORY      (GIC_ITS_QUEUE + GIC_ITS_LIST + GIC_ITS_COLLECTIONS + GIC_ITS_DEVICE_ROOM)

/* Pages that are pinned for a register; size 0: none. */
struct gic_range {
	uint64_t base;
	uint64_t size;
};

struct gic_redistributor {
	uint64_t base;            /* RD_base */
	bool virtual_frames;      /* GICv4: VLPI_base follows the SGI frame */
	unsigned id_bits;         /* of GICR_PROPBASER as accepted; 0: not yet */
	unsigned pending_bits;    /* for which the pending table was checked */
	struct gic_range config;  /* GICR_PROPBASER */
	struct gic_range pending; /* GICR_PENDBASER */
};

/* A device that MAPD gave an interrupt translation table. */
struct gic_device {
	uint64_t table; /* physical address; bit 0: unmapped, but the ITS may not know yet */
	uint32_t device;
	uint32_t pages; /* that are pinned for it */
};

_Static_assert(sizeof(struct gic_device) == 16, "GIC_ITS_LIST is whole pages");

struct gic_its {
	struct lock lock;
	uint64_t base;       /* of the control frame */
	uint64_t type;       /* GITS_TYPER as the host sees it */
	uint64_t processor;  /* RDbase of a redistributor that exists, as commands have it */
	unsigned entry_size; /* bytes of an interrupt translation table's entry */
	unsigned event_bits, device_bits;

	uint64_t queue; /* the hypervisor's, physical */
	uint64_t devices_table, collections_table;
	struct gic_device *devices;
	unsigned device_count, leaving;

	uint64_t table[GIC_ITS_TABLES];  /* GITS_BASERn as the host wrote it */
	uint64_t placed[GIC_ITS_TABLES]; /* address that the host gave our table, plus 1; 0: none */
	uint64_t command_base;           /* GITS_CBASER as the host reads it */
	uint64_t queue_size;             /* bytes; 0: the host has none */
	uint64_t write;                  /* offset up to which commands were handed on */
	struct gic_range pinned;         /* the host's queue */
};

struct gic {
	struct lock lock;
	struct ledger *ledger;
	const struct boot_gic *plan;
	unsigned id_bits; /* of the distributor */
	struct gic_redistributor redistributor[GIC_REDISTRIBUTORS];
	unsigned redistributor_count;
	struct gic_its its[BOOT_ITS_MAX];
	unsigned its_count;

	/* Counters, atomic. */
	uint64_t accesses;
	uint64_t refusals;
	struct log_limit complaints; /* of refusals */
};

/* A data access of the host to a guarded page. */
struct gic_access {
	uint64_t address; /* intermediate physical = physical */
	unsigned size;    /* 1, 2, 4 or 8 bytes; 0: the CPU did not say what the access was */
	bool write;
	uint64_t value; /* to write, or what was read */
};

enum gic_answer {
	GIC_ELSEWHERE, /* no guarded page */
	GIC_DONE,
	GIC_ABORT, /* no access that can be carried out: external abort */
};

/*
 * Find the redistributors by asking them, take each guarded page from the host's stage 2, and make
 * every ITS quiet and its tables ours; `memory` has GIC_ITS_MEMORY bytes for each ITS. NULL, or why
 * the host cannot be started. Boot CPU, before the host runs, after the ledger is open.
 */
const char *gic_init(struct gic *gic, const struct boot_gic *plan, struct stage2 *stage2,
		     struct ledger *ledger, uint64_t memory);

/* Carry out, or refuse, an access of the host. Any CPU, no locks held. */
enum gic_answer gic_host_access(struct gic *gic, struct gic_access *access);

/* The line of the boot report. */
void gic_report(const struct gic *gic);

/* --- private to core/gic --- */

/* Write that is refused: counted, and named a few times. */
void gic_refuse(struct gic *gic, const char *name, uint64_t value, uint64_t page, const char *rule);

/* Pin what lies in [base, base + size), whole pages; false, and said, when it is not the host's. */
bool gic_pin(struct gic *gic, const char *name, uint64_t value, uint64_t base, uint64_t size,
	     struct gic_range *range);
void gic_unpin(struct gic *gic, struct gic_range *range);

/* The 64-bit register as it is after a write of access->size bytes at `offset` in it. */
uint64_t gic_merge(uint64_t old, const struct gic_access *access);
/* The part of a 64-bit register that a read asks for. */
uint64_t gic_part(uint64_t value, const struct gic_access *access);

const char *gic_redistributors_find(struct gic *gic);
void gic_redistributor_access(struct gic *gic, struct gic_redistributor *redistributor,
			      struct gic_access *access);

const char *gic_its_init(struct gic *gic, struct gic_its *its, uint64_t base, uint64_t memory);
void gic_its_access(struct gic *gic, struct gic_its *its, struct gic_access *access);

/* Hand on the host's commands up to `end`, an offset; false when the queue cannot take so many. */
bool gic_commands_copy(struct gic *gic, struct gic_its *its, uint64_t end);
/* The ITS has seen all commands: what they unmapped is the host's to give away again. */
void gic_commands_settle(struct gic *gic, struct gic_its *its);
/* The ITS has forgotten its devices. */
void gic_commands_forget(struct gic *gic, struct gic_its *its);

#endif
