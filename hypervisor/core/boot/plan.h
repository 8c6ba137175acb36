/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The planner: device tree in, plan out. It reads the tree that firmware or a loader left (libfdt,
 * fdt_check_full() first, one walk) and decides what is the host's, what is withheld and why, where
 * the hypervisor's own memory lies, and where the host's kernel, initial RAM disk and tree go.
 * It changes nothing but the plan, touches no memory but the tree, and never fails in silence: a
 * tree that it cannot use is answered with the reason in words.
 *
 * Order of calls, all by the boot CPU before the host exists, hence no lock:
 *
 *     boot_plan_make()   the tree is mapped read-only
 *     boot_plan_place()  with the first BOOT_IMAGE_HEADER bytes of plan.kernel.source
 *     boot_map_host()    core/boot/map.h
 *     boot_tree_write()  core/boot/tree.h
 *     boot_report()      core/boot/report.h
 *
 * All addresses and sizes are physical and in bytes.
 */
#ifndef PORTCULLIS_BOOT_PLAN_H
#define PORTCULLIS_BOOT_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BOOT_RAM_MAX       128 /* memory ranges, after neighbours are joined */
#define BOOT_REMOVABLE_MAX 32
#define BOOT_RESERVED_MAX  160 /* /memreserve/ entries and children of /reserved-memory */
#define BOOT_WITHHELD_MAX  160
#define BOOT_DEVICE_MAX    64 /* groups of adjacent granules of 1 GiB */
#define BOOT_CPU_MAX       64
#define BOOT_DMA_MAX       32 /* kinds of DMA-capable node */
#define BOOT_EDIT_MAX      64
#define BOOT_GIC_REGIONS   64 /* of redistributors */
#define BOOT_ITS_MAX       8
#define BOOT_OPTION_MAX    16
#define BOOT_BOOTARGS      2048 /* with the terminating zero; Linux' own limit */
#define BOOT_NAME          32   /* with the terminating zero; longer names are cut */
#define BOOT_REASON        200
#define BOOT_IMAGE_HEADER  64          /* bytes of the arm64 Image header */
#define BOOT_TREE_LIMIT    (2UL << 20) /* largest tree of the arm64 boot protocol */
#define BOOT_GRANULE       (1UL << 30)
#define BOOT_PAGE          4096UL

struct boot_range {
	uint64_t base;
	uint64_t size;
};

/* What the caller knows and the tree does not say. */
struct boot_facts {
	uint64_t image_base; /* the hypervisor, .bss included; page aligned */
	uint64_t image_size;
	uint64_t tree_base;  /* physical address of the tree */
	uint64_t boot_mpidr; /* of the CPU that boots; other than affinity bits are ignored */
	unsigned pa_bits;    /* physical address bits of the CPU, 32 to 48 */
	/*
	 * Stage-1 page sizes that the CPU has, as the page-size field of the Image header numbers
	 * them: bit 1 = 4 KiB, bit 2 = 16 KiB, bit 3 = 64 KiB. 0: unknown, do not check.
	 */
	unsigned page_sizes;
	uint64_t
	    cpu_area_size;   /* per-CPU memory: a power of two, 4096 or more; aligned to itself */
	const char *version; /* for the /hypervisor node */
	/* Memory of the FF-A mediator: whole pages, aligned to a power of two; size 0: none. Used
	   by boot_plan_place(): firmware is asked in between. */
	uint64_t ffa_size, ffa_align;
};

/* Why the host does not get a range. */
enum boot_withheld_reason {
	BOOT_WITHHELD_IMAGE,    /* the hypervisor's code and data */
	BOOT_WITHHELD_POOL,     /* per-CPU memory and page tables */
	BOOT_WITHHELD_NO_MAP,   /* /reserved-memory with no-map that no device of the host uses */
	BOOT_WITHHELD_SECURE,   /* node for the secure world: secure-status */
	BOOT_WITHHELD_DISABLED, /* memory node that is switched off */
	BOOT_WITHHELD_DMA,      /* engine that writes RAM past stage 2 and can be done without */
	BOOT_WITHHELD_GIC,      /* GICH and GICV: only a hypervisor uses them */
};

struct boot_withheld {
	uint64_t base; /* page aligned, as is size */
	uint64_t size;
	enum boot_withheld_reason reason;
	bool ram;             /* lies in RAM: the host's tree needs a no-map node for it */
	bool told;            /* the tree that came in has such a node already */
	char name[BOOT_NAME]; /* node, or what it is */
};

enum boot_console_kind {
	BOOT_CONSOLE_NONE,  /* no stdout-path and no UART that we know */
	BOOT_CONSOLE_PL011, /* arm,pl011 or arm,sbsa-uart */
	BOOT_CONSOLE_8250,  /* ns16550a, snps,dw-apb-uart; `shift` and `width` say how to access */
	BOOT_CONSOLE_UNKNOWN, /* stdout-path leads to a device without a driver here */
};

struct boot_console {
	enum boot_console_kind kind;
	uint64_t base;
	uint64_t size;
	unsigned shift; /* reg-shift */
	unsigned width; /* reg-io-width in bytes */
	char name[BOOT_NAME];
};

enum boot_psci_method {
	BOOT_PSCI_NONE, /* no usable psci node: the host runs on the boot CPU alone */
	BOOT_PSCI_SMC,
	BOOT_PSCI_HVC, /* a tree written for somebody who is not at EL2 */
};

/* The host's kernel: an arm64 Image. */
struct boot_kernel {
	struct boot_range source; /* the module as the loader left it */
	uint64_t load;            /* where it must lie; equals source.base when it may stay */
	uint64_t image_size;      /* memory from `load` on that it claims, with its .bss */
	uint64_t text_offset;     /* as the header says it (legacy images: 0x80000) */
	uint64_t entry;           /* equals `load` */
	bool copy;                /* source.size bytes have to be moved to `load` */
	bool big_endian;
	unsigned page_size; /* field of the header: 0 unspecified, 1, 2, 3 as in boot_facts */
};

/* A kind of node that can write memory by itself, and how many of them there are. */
struct boot_dma {
	char compatible[BOOT_NAME + 8];
	uint64_t base; /* of the first; 0 when it has no address */
	unsigned count;
};

/* The interrupt controller, as far as it can reach memory by itself. */
struct boot_gic {
	bool v3;
	struct boot_range distributor;
	struct boot_range regions[BOOT_GIC_REGIONS]; /* of redistributors */
	unsigned region_count;
	uint64_t stride; /* from one redistributor to the next; 0: they say it */
	struct boot_range its[BOOT_ITS_MAX]; /* control and translation frame of each */
	unsigned its_count;
};

/* hv.NAME=VALUE, or hv.NAME with an empty value, from the boot arguments. */
struct boot_option {
	char name[24];
	char value[72];
	bool used; /* somebody asked for it; the report names those that nobody knows */
};

/* One change between the tree that came in and the host's. */
struct boot_edit {
	char what[16]; /* "added", "removed", "changed" */
	char node[48];
	char detail[56];
};

struct boot_plan {
	char reason[BOOT_REASON]; /* of the refusal; empty otherwise */

	struct boot_range ram[BOOT_RAM_MAX]; /* sorted, page aligned, disjoint, not adjacent */
	unsigned ram_count;
	uint64_t ram_size; /* sum */

	/* RAM that may be unplugged (hotpluggable): the host's, but nothing that must stay lies
	   there if there is other room; as many as fit */
	struct boot_range removable[BOOT_REMOVABLE_MAX];
	unsigned removable_count;

	struct boot_range device[BOOT_DEVICE_MAX]; /* sorted, whole granules; RAM and withheld
						      ranges inside them are not device */
	unsigned device_count;

	struct boot_withheld withheld[BOOT_WITHHELD_MAX];
	unsigned withheld_count;

	struct boot_range reserved[BOOT_RESERVED_MAX]; /* nothing may be placed there; host's memory
							  unless it is also withheld */
	unsigned reserved_count;

	uint64_t mpidr[BOOT_CPU_MAX]; /* affinity fields, in the order of the tree */
	unsigned cpu_count;
	unsigned boot_cpu;      /* index in mpidr */
	unsigned cpus_left_out; /* more than BOOT_CPU_MAX, or not startable through PSCI */

	enum boot_psci_method psci;
	bool psci_legacy; /* "arm,psci" alone: PSCI 0.1 with its own function identifiers */
	struct boot_console console;
	struct boot_gic gic;

	struct boot_kernel kernel;
	struct boot_range initrd;     /* size 0: none; it stays where it is */
	char bootargs[BOOT_BOOTARGS]; /* for the host, hv. words taken out */
	struct boot_option options[BOOT_OPTION_MAX];
	unsigned option_count;

	struct boot_range image; /* the hypervisor */
	struct boot_range pool;  /* the hypervisor's further memory; what follows lies in it */
	uint64_t its_memory;     /* GIC_ITS_MEMORY for each of gic.its */
	uint64_t cpu_areas;      /* cpu_count areas of boot_facts.cpu_area_size */
	uint64_t cpu_area_size;
	struct boot_range tables;  /* whole pages for stage2_init() */
	struct boot_range records; /* whole pages for ledger_init() */
	struct boot_range trace; /* whole pages for trace_open(); size 0: hv.trace was not given */
	struct boot_range ffa;   /* whole pages for ffa_open(); size 0: there is no need */
	unsigned ipa_bits;       /* of the host's stage 2: reaches every range above */

	uint64_t tree_source; /* physical address, and bytes in use, of the tree that came in */
	uint64_t tree_used;
	struct boot_range tree; /* room for the host's tree; boot_tree_write() sets what is used */
	uint64_t tree_size;

	struct boot_dma dma[BOOT_DMA_MAX]; /* nodes that remain with the host */
	unsigned dma_count;
	unsigned dma_more; /* nodes of kinds beyond BOOT_DMA_MAX */

	struct boot_edit edits[BOOT_EDIT_MAX];
	unsigned edit_count; /* may exceed BOOT_EDIT_MAX: then the last ones are not recorded */

	char version[BOOT_NAME];

	/* Offsets in the tree that came in of the nodes that boot_tree_write() edits. */
	struct boot_marks {
		int chosen; /* -1: none; so for all */
		int reserved_memory;
		int hypervisor;
		int gic;
		unsigned gic_frames;      /* frames of the GIC that the host keeps */
		unsigned gic_frame_bytes; /* bytes of one entry of its reg */
		int removed[16];          /* nodes to delete */
		unsigned removed_count;
		int modules[16]; /* module nodes in /chosen, to delete */
		unsigned module_count;
		unsigned address_cells, size_cells; /* of the root and of /reserved-memory */
	} marks;
};

/*
 * Read `tree`, of which `limit` bytes are readable, and fill the plan. NULL, or the reason why no
 * host can be started from it (in plan->reason, one line without a full stop).
 */
const char *boot_plan_make(struct boot_plan *plan, const void *tree, size_t limit,
			   const struct boot_facts *facts);

/*
 * Second half: `header` holds the first BOOT_IMAGE_HEADER bytes of plan->kernel.source. Decides
 * where kernel, tree and pool go. NULL or the reason, as above.
 */
const char *boot_plan_place(struct boot_plan *plan, const struct boot_facts *facts,
			    const uint8_t header[BOOT_IMAGE_HEADER]);

/*
 * Value of the boot option hv.NAME, "" when it was given without one, NULL when it was not given.
 * Marks it as known. Boot CPU only.
 */
const char *boot_plan_option(struct boot_plan *plan, const char *name);

/* True when [base, base + size) is RAM of the host: in a bank and nowhere withheld. Any CPU. */
bool boot_plan_host_ram(const struct boot_plan *plan, uint64_t base, uint64_t size);

/* The withheld range that holds `address`, or NULL. Any CPU. */
const struct boot_withheld *boot_plan_withheld(const struct boot_plan *plan, uint64_t address);

/* Words for a reason of withholding, for reports: "hypervisor's code and data". */
const char *boot_withheld_words(enum boot_withheld_reason reason);

#endif
