/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Power: PSCI (Arm DEN0022) of the host, relayed to firmware. The host owns the CPUs; the
 * hypervisor keeps itself in the path of every CPU that starts or wakes.
 *
 * State of a CPU, one atomic word each:
 *
 *   OFF ──CPU_ON──> ON_PENDING ──arrives──> ON ──CPU_OFF──> LEAVING ──firmware says OFF──> OFF
 *    ^                  │ firmware refuses    ^                  │
 *    └──────────────────┘                     └─ CPU_OFF returns ┘
 *
 * The word also counts how often the CPU has left (its turn), so that what firmware said of a CPU
 * that was leaving is not taken for a later leave of the same CPU.
 *
 * A CPU that starts without anybody having asked, or that may not run the host, is LEAVING too.
 *
 * Locks: none. Whoever moves a CPU from OFF (or LEAVING) to ON_PENDING owns its `on` slot until the
 * CPU has arrived or firmware refused; `suspend` belongs to the CPU itself. Firmware is called
 * without any lock, as PSCI calls of several CPUs run side by side.
 */
#ifndef PORTCULLIS_PSCI_H
#define PORTCULLIS_PSCI_H

#include <stdbool.h>
#include <stdint.h>

#include "core/log/limit.h"
#include "core/smccc/firmware.h"
#include "core/smccc/smccc.h"

#define PSCI_CPU_MAX FIRMWARE_CPU_MAX

#define PSCI_FIRST_NUMBER 0x00U /* of owner "standard secure" */
#define PSCI_LAST_NUMBER  0x1fU

enum psci_status {
	PSCI_SUCCESS = 0,
	PSCI_NOT_SUPPORTED = -1,
	PSCI_INVALID_PARAMETERS = -2,
	PSCI_DENIED = -3,
	PSCI_ALREADY_ON = -4,
	PSCI_ON_PENDING = -5,
	PSCI_INTERNAL_FAILURE = -6,
	PSCI_NOT_PRESENT = -7,
	PSCI_DISABLED = -8,
	PSCI_INVALID_ADDRESS = -9,
};

/* Function numbers. */
enum psci_function {
	PSCI_FN_VERSION = 0x00,
	PSCI_FN_CPU_SUSPEND = 0x01,
	PSCI_FN_CPU_OFF = 0x02,
	PSCI_FN_CPU_ON = 0x03,
	PSCI_FN_AFFINITY_INFO = 0x04,
	PSCI_FN_MIGRATE = 0x05,
	PSCI_FN_MIGRATE_INFO_TYPE = 0x06,
	PSCI_FN_MIGRATE_INFO_UP_CPU = 0x07,
	PSCI_FN_SYSTEM_OFF = 0x08,
	PSCI_FN_SYSTEM_RESET = 0x09,
	PSCI_FN_FEATURES = 0x0a,
	PSCI_FN_CPU_FREEZE = 0x0b,
	PSCI_FN_CPU_DEFAULT_SUSPEND = 0x0c,
	PSCI_FN_NODE_HW_STATE = 0x0d,
	PSCI_FN_SYSTEM_SUSPEND = 0x0e,
	PSCI_FN_SET_SUSPEND_MODE = 0x0f,
	PSCI_FN_STAT_RESIDENCY = 0x10,
	PSCI_FN_STAT_COUNT = 0x11,
	PSCI_FN_SYSTEM_RESET2 = 0x12,
	PSCI_FN_MEM_PROTECT = 0x13,
	PSCI_FN_MEM_PROTECT_CHECK_RANGE = 0x14,
	PSCI_FN_SYSTEM_OFF2 = 0x15,
};

#define PSCI_FUNCTION(number)    (0x84000000U | (uint32_t)(number))
#define PSCI_FUNCTION_64(number) (0xc4000000U | (uint32_t)(number))

enum psci_state {
	PSCI_OFF = 0,
	PSCI_CPU_ON_PENDING,
	PSCI_ON,
	PSCI_LEAVING, /* called CPU_OFF; firmware has not confirmed yet */
};

/* Where the host goes on: EL1, MMU off, x0 = context. */
struct psci_entry {
	uint64_t pc;
	uint64_t context;
	bool expected; /* false: nobody asked for this CPU; arm64 turns it off again */
	bool woken;    /* from a suspend call, not turned on: its timers have gone on */
};

struct psci_cpu {
	uint64_t mpidr; /* affinity fields only */
	uint32_t state; /* enum psci_state in bits 1:0, turn above, atomic */
	bool suspended; /* own CPU only: a suspend call that may end at the entry is under way */
	struct psci_entry on, suspend;
};

/* May the host start executing at `pc`? 4-byte alignment has been checked. Any CPU. */
typedef bool psci_entry_allowed_fn(const void *context, uint64_t pc);

/*
 * Does the page at `address`, which may be anything, belong to somebody else than the host? Any
 * CPU, no locks held.
 */
typedef bool psci_foreign_fn(const void *context, uint64_t address);

struct psci;
typedef void psci_handler_fn(struct psci *psci, struct smccc_call *call);

struct psci {
	/* By form and function number; what is not offered refuses. Constant after psci_init(). */
	psci_handler_fn *handle[2][PSCI_LAST_NUMBER + 1U];
	const struct firmware *firmware;
	psci_entry_allowed_fn *entry_allowed;
	psci_foreign_fn *foreign;
	const void *context;           /* of these two */
	uint32_t offered32, offered64; /* bit n: function number n is offered in that form */
	uint32_t version;              /* that the host is told */
	unsigned count;
	struct log_limit complaints; /* of what firmware refuses, or should not have answered */
	struct psci_cpu cpu[PSCI_CPU_MAX];
};

/*
 * `mpidr[count]`: affinity fields of the CPUs by index; the boot CPU is on, the others are off.
 * firmware_discover() has run. Addresses for CPU_ON and suspend must satisfy `allowed`; a cookie
 * for SYSTEM_RESET2, which a vendor's firmware may take for an address, must not be `foreign`. Boot
 * CPU.
 */
void psci_init(struct psci *psci, const struct firmware *firmware, const uint64_t *mpidr,
	       unsigned count, unsigned boot_cpu, psci_entry_allowed_fn *allowed,
	       psci_foreign_fn *foreign, const void *context);

/*
 * A call of the host with a fast identifier of owner 4 and number 0x00..0x1f: answers it, or does
 * not return (CPU_OFF, SYSTEM_OFF, a wake-up with power lost). Writes x0 only. Any CPU, no locks.
 */
static inline void psci_host_call(struct psci *psci, struct smccc_call *call)
{
	psci->handle[call->smc64 ? 1 : 0][call->number & PSCI_LAST_NUMBER](psci, call);
}

/*
 * The CPU runs at machine_cpu_entry() because firmware turned it on or woke it: takes over what the
 * host left for it and marks it ON. With `expected` false nobody wants it: it is marked LEAVING,
 * and the caller turns it off. On that CPU, MMU and caches on, before it enters the host.
 */
struct psci_entry psci_cpu_arrived(struct psci *psci, unsigned cpu);

/*
 * The CPU runs and will not enter the host: it is about to call CPU_OFF, and until the host turns
 * it on again firmware knows what it is. On that CPU, instead of psci_cpu_arrived().
 */
void psci_cpu_leaves(struct psci *psci, unsigned cpu);

/* Is the calling CPU the only one that is not off? Any CPU. */
bool psci_alone(const struct psci *psci);

/*
 * power_state of CPU_SUSPEND in the original or the extended format (DEN0022 5.4.2): false when a
 * reserved bit is set; *power_down tells whether the CPU may lose its state.
 */
bool psci_power_state(uint32_t state, bool extended, bool *power_down);

/* PSCI_FEATURES(fid): flags, or PSCI_NOT_SUPPORTED. From the table that relays the calls. */
int32_t psci_features(const struct psci *psci, uint32_t fid);

/* For reports and the debugger. Any CPU. */
enum psci_state psci_cpu_state(const struct psci *psci, unsigned cpu);
const char *psci_status_words(int32_t status);

/* Log line: what is offered to the host. */
void psci_report(const struct psci *psci);

#endif
