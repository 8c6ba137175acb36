/* SPDX-License-Identifier: Apache-2.0 */
#include "core/psci/psci.h"
#include "core/host/exits.h"
#include "core/log/log.h"
#include "core/machine.h"

#define MPIDR_AFFINITY 0xff00ffffffULL

#define AFFINITY_ON      0
#define AFFINITY_OFF     1
#define AFFINITY_PENDING 2

#define FEATURE_EXTENDED_STATE 2U /* PSCI_FEATURES(CPU_SUSPEND) bit 1 */

/* power_state, DEN0022 5.4 */
#define ORIGINAL_RESERVED   0xfcfe0000U
#define ORIGINAL_POWER_DOWN 0x00010000U
#define EXTENDED_RESERVED   0xb0000000U
#define EXTENDED_POWER_DOWN 0x40000000U

#define VERSION_1_0 0x10000U
#define VERSION_MAX 0x10003U /* newest whose functions this relay knows */

#define RESET2_VENDOR 0x80000000U

#define STATE_MASK 3U /* of psci_cpu.state; above it the turn */

#define LIST_FULL 96U /* columns of function names after which a report line is printed */

/* What firmware must have for a function to be offered. */
enum psci_need {
	NEED_NOTHING, /* answered here, when there is PSCI at all */
	NEED_SAME,    /* the same function in the same form */
	NEED_64,      /* the 64-bit form, whichever form the host uses: it carries our entry */
};

struct psci_relay {
	psci_handler_fn *handle; /* NULL: never offered */
	const char *name;
	enum psci_need need;
	bool smc32, smc64;
};

bool psci_power_state(uint32_t state, bool extended, bool *power_down)
{
	*power_down = (state & (extended ? EXTENDED_POWER_DOWN : ORIGINAL_POWER_DOWN)) != 0U;
	return (state & (extended ? EXTENDED_RESERVED : ORIGINAL_RESERVED)) == 0U;
}

const char *psci_status_words(int32_t status)
{
	static const char *const words[] = {
	    "SUCCESS",    "NOT_SUPPORTED",    "INVALID_PARAMETERS", "DENIED",   "ALREADY_ON",
	    "ON_PENDING", "INTERNAL_FAILURE", "NOT_PRESENT",        "DISABLED", "INVALID_ADDRESS",
	};

	return status <= 0 && status >= PSCI_INVALID_ADDRESS ? words[-status] : "no PSCI status";
}

/*
 * Firmware's status for the host, judged by w0. A value that PSCI does not define would be a lie in
 * either direction, so it becomes INTERNAL_FAILURE.
 */
static int32_t read_status(struct psci *psci, const char *name, uint64_t raw)
{
	int32_t status = smccc_int32(raw);

	if (status == PSCI_SUCCESS)
		return status;
	if (status > 0 || status < PSCI_INVALID_ADDRESS) {
		log_limited(&psci->complaints, "psci", "psci-garbage",
			    "firmware answered %s with 0x%016llx, no PSCI status; host told "
			    "INTERNAL_FAILURE",
			    name, (unsigned long long)raw);
		return PSCI_INTERNAL_FAILURE;
	}
	/* The answers to a race are everyday, the others are worth a line. */
	if (status != PSCI_ALREADY_ON && status != PSCI_ON_PENDING)
		log_limited(&psci->complaints, "psci", "psci-refused",
			    "firmware refused %s: %s (%d); host told so", name,
			    psci_status_words(status), status);
	return status;
}

static uint32_t load_state(const struct psci_cpu *cpu)
{
	return __atomic_load_n(&cpu->state, __ATOMIC_ACQUIRE);
}

static enum psci_state state_of(uint32_t word)
{
	return (enum psci_state)(word & STATE_MASK);
}

/* True when the word was *expected, turn and all; else *expected is what it was. */
static bool move_state(struct psci_cpu *cpu, uint32_t *expected, enum psci_state to)
{
	return __atomic_compare_exchange_n(&cpu->state, expected,
					   (*expected & ~STATE_MASK) | (uint32_t)to, false,
					   __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}

/* On that CPU: ON and LEAVING are its own to say, and only it takes a new turn. */
static void say_state(struct psci_cpu *cpu, enum psci_state to)
{
	uint32_t word = load_state(cpu) & ~STATE_MASK;

	if (to == PSCI_LEAVING)
		word += STATE_MASK + 1U;
	__atomic_store_n(&cpu->state, word | (uint32_t)to, __ATOMIC_RELEASE);
}

static struct psci_cpu *find_cpu(struct psci *psci, uint64_t mpidr)
{
	for (unsigned i = 0; i < psci->count; i++)
		if (psci->cpu[i].mpidr == mpidr)
			return &psci->cpu[i];
	return NULL; /* reserved bits never match, as cpu[] holds affinity fields only */
}

static bool entry_usable(const struct psci *psci, uint64_t pc)
{
	return (pc & 3U) == 0U && psci->entry_allowed(psci->context, pc);
}

/* INVALID_ADDRESS came with PSCI 1.0. */
static int32_t bad_entry(const struct psci *psci)
{
	return psci->version >= VERSION_1_0 ? PSCI_INVALID_ADDRESS : PSCI_INVALID_PARAMETERS;
}

static uint64_t ask_affinity(const struct psci *psci, const struct psci_cpu *cpu)
{
	return firmware_ask(psci->firmware, PSCI_FUNCTION_64(PSCI_FN_AFFINITY_INFO), cpu->mpidr, 0,
			    0);
}

/*
 * Take the right to turn `cpu` on. A CPU that is leaving may still come back from CPU_OFF, so its
 * slot is free only once firmware says that it is off, and only if it has not come and left again
 * since. *claimed: the word as this caller has left it.
 */
static int32_t claim(const struct psci *psci, struct psci_cpu *cpu, uint32_t *claimed)
{
	uint32_t state = load_state(cpu);

	for (;;) {
		switch (state_of(state)) {
		case PSCI_ON:
			return PSCI_ALREADY_ON;
		case PSCI_CPU_ON_PENDING:
			return PSCI_ON_PENDING;
		case PSCI_LEAVING:
			if (smccc_int32(ask_affinity(psci, cpu)) != AFFINITY_OFF)
				return PSCI_ALREADY_ON;
			break;
		case PSCI_OFF:
			break;
		}
		if (move_state(cpu, &state, PSCI_CPU_ON_PENDING)) {
			*claimed = (state & ~STATE_MASK) | PSCI_CPU_ON_PENDING;
			return PSCI_SUCCESS;
		}
	}
}

static int32_t cpu_on(struct psci *psci, uint64_t target, uint64_t pc, uint64_t context)
{
	struct psci_cpu *cpu = find_cpu(psci, target);
	uint32_t claimed;
	int32_t status;

	if (cpu == NULL)
		return PSCI_INVALID_PARAMETERS;
	if (!entry_usable(psci, pc))
		return bad_entry(psci);
	status = claim(psci, cpu, &claimed);
	if (status != PSCI_SUCCESS)
		return status;
	cpu->on = (struct psci_entry){.pc = pc, .context = context, .expected = true};
	/* The target starts with its caches off. */
	machine_cache_clean(cpu, sizeof(*cpu));
	status = read_status(psci, "CPU_ON",
			     firmware_ask(psci->firmware, PSCI_FUNCTION_64(PSCI_FN_CPU_ON),
					  cpu->mpidr, machine_cpu_entry(),
					  machine_cpu_context((unsigned)(cpu - psci->cpu))));
	if (status != PSCI_SUCCESS)
		(void)move_state(cpu, &claimed, PSCI_OFF);
	return status;
}

static void handle_cpu_on(struct psci *psci, struct smccc_call *call)
{
	smccc_return_status(call, cpu_on(psci, smccc_argument(call, 1), smccc_argument(call, 2),
					 smccc_argument(call, 3)));
}

static void handle_cpu_off(struct psci *psci, struct smccc_call *call)
{
	struct psci_cpu *cpu = &psci->cpu[machine_cpu()];
	int32_t status;

	say_state(cpu, PSCI_LEAVING);
	status = read_status(psci, "CPU_OFF",
			     firmware_ask(psci->firmware, PSCI_FUNCTION(PSCI_FN_CPU_OFF), 0, 0, 0));
	/* Still here, whatever anyone was told in between. */
	say_state(cpu, PSCI_ON);
	smccc_return_status(call, status == PSCI_SUCCESS ? PSCI_INTERNAL_FAILURE : status);
}

static void handle_affinity_info(struct psci *psci, struct smccc_call *call)
{
	struct psci_cpu *cpu = find_cpu(psci, smccc_argument(call, 1));
	enum psci_state state;
	uint32_t word;
	uint64_t raw;
	int32_t answer;

	if (cpu == NULL || smccc_argument32(call, 2) != 0U) {
		smccc_return_status(call, PSCI_INVALID_PARAMETERS);
		return;
	}
	word = load_state(cpu);
	state = state_of(word);
	if (state == PSCI_ON || state == PSCI_CPU_ON_PENDING) {
		smccc_return_status(call, state == PSCI_ON ? AFFINITY_ON : AFFINITY_PENDING);
		return;
	}
	raw = ask_affinity(psci, cpu);
	answer = smccc_int32(raw);
	if (answer == AFFINITY_OFF && state == PSCI_LEAVING)
		(void)move_state(cpu, &word, PSCI_OFF);
	if (answer < AFFINITY_ON || answer > AFFINITY_PENDING)
		answer = read_status(psci, "AFFINITY_INFO", raw);
	smccc_return_status(call, answer);
}

/*
 * A call that may end at our entry instead of returning: the CPU stays ON for everybody else, and
 * finds what the host wanted in its own slot.
 */
static int32_t suspend_here(struct psci *psci, const char *name, uint64_t x[SMCCC_REGISTERS],
			    uint64_t pc, uint64_t context)
{
	struct psci_cpu *cpu = &psci->cpu[machine_cpu()];

	cpu->suspend = (struct psci_entry){.pc = pc, .context = context, .expected = true};
	cpu->suspended = true;
	machine_cache_clean(cpu, sizeof(*cpu));
	firmware_call(psci->firmware, x);
	cpu->suspended = false;
	return read_status(psci, name, x[0]);
}

static void handle_cpu_suspend(struct psci *psci, struct smccc_call *call)
{
	uint32_t power_state = smccc_argument32(call, 1);
	uint64_t pc = smccc_argument(call, 2), context = smccc_argument(call, 3);
	bool extended = (psci->firmware->suspend_flags & FEATURE_EXTENDED_STATE) != 0U;
	bool power_down;

	if (!psci_power_state(power_state, extended, &power_down)) {
		smccc_return_status(call, PSCI_INVALID_PARAMETERS);
		return;
	}
	if (power_down && !entry_usable(psci, pc)) {
		smccc_return_status(call, bad_entry(psci));
		return;
	}
	/* Ours even for standby: firmware that powers down after all must not skip us. */
	uint64_t x[SMCCC_REGISTERS] = {PSCI_FUNCTION_64(PSCI_FN_CPU_SUSPEND), power_state,
				       machine_cpu_entry(), machine_cpu_context(machine_cpu())};

	smccc_return_status(call, suspend_here(psci, "CPU_SUSPEND", x, pc, context));
}

static void handle_system_suspend(struct psci *psci, struct smccc_call *call)
{
	uint64_t pc = smccc_argument(call, 1), context = smccc_argument(call, 2);

	if (!entry_usable(psci, pc)) {
		smccc_return_status(call, bad_entry(psci));
		return;
	}
	if (!psci_alone(psci)) {
		smccc_return_status(call, PSCI_DENIED);
		return;
	}
	uint64_t x[SMCCC_REGISTERS] = {PSCI_FUNCTION_64(PSCI_FN_SYSTEM_SUSPEND),
				       machine_cpu_entry(), machine_cpu_context(machine_cpu())};

	smccc_return_status(call, suspend_here(psci, "SYSTEM_SUSPEND", x, pc, context));
}

static void handle_version(struct psci *psci, struct smccc_call *call)
{
	smccc_return32(call, 0, psci->version);
}

static void handle_features(struct psci *psci, struct smccc_call *call)
{
	smccc_return_status(call, psci_features(psci, smccc_argument32(call, 1)));
}

static void handle_migrate_info_type(struct psci *psci, struct smccc_call *call)
{
	int32_t answer = smccc_int32(
	    firmware_ask(psci->firmware, PSCI_FUNCTION(PSCI_FN_MIGRATE_INFO_TYPE), 0, 0, 0));

	if (answer < PSCI_NOT_SUPPORTED || answer > 2)
		answer = PSCI_NOT_SUPPORTED;
	smccc_return_status(call, answer);
}

/* The one PSCI call whose result is a 64-bit number: an MPIDR, or an error as int32. */
static void handle_migrate_info_up_cpu(struct psci *psci, struct smccc_call *call)
{
	uint64_t raw = firmware_ask(psci->firmware, call->fid, 0, 0, 0);
	int32_t status = smccc_int32(raw);

	if (status < 0 && status >= PSCI_INVALID_ADDRESS)
		smccc_return_status(call, status);
	else if (call->smc64)
		smccc_return64(call, 0, raw & MPIDR_AFFINITY);
	else
		smccc_return32(call, 0, smccc_word(raw) & (uint32_t)MPIDR_AFFINITY);
}

static void handle_set_suspend_mode(struct psci *psci, struct smccc_call *call)
{
	uint32_t mode = smccc_argument32(call, 1);

	if (mode > 1U)
		smccc_return_status(call, PSCI_INVALID_PARAMETERS);
	else
		smccc_return_status(
		    call, read_status(psci, "SET_SUSPEND_MODE",
				      firmware_ask(psci->firmware, call->fid, mode, 0, 0)));
}

/* SYSTEM_OFF, SYSTEM_RESET and their successors do not come back; one that does has failed. */
static void end_of_system(struct psci *psci, struct smccc_call *call, const char *name, uint64_t x1,
			  uint64_t x2)
{
	int32_t status;

	host_exits_report();
	status = read_status(psci, name, firmware_ask(psci->firmware, call->fid, x1, x2, 0));

	smccc_return_status(call, status == PSCI_SUCCESS ? PSCI_INTERNAL_FAILURE : status);
}

static void handle_system_off(struct psci *psci, struct smccc_call *call)
{
	end_of_system(psci, call, "SYSTEM_OFF", 0, 0);
}

static void handle_system_reset(struct psci *psci, struct smccc_call *call)
{
	end_of_system(psci, call, "SYSTEM_RESET", 0, 0);
}

static void handle_system_reset2(struct psci *psci, struct smccc_call *call)
{
	uint32_t type = smccc_argument32(call, 1);
	uint64_t cookie = smccc_argument(call, 2);

	/* Architectural types: only 0, the warm reset, is defined. */
	if (((type & RESET2_VENDOR) == 0U && type != 0U) || psci->foreign(psci->context, cookie))
		smccc_return_status(call, PSCI_INVALID_PARAMETERS);
	else
		end_of_system(psci, call, "SYSTEM_RESET2", type, cookie);
}

static void handle_system_off2(struct psci *psci, struct smccc_call *call)
{
	uint32_t type = smccc_argument32(call, 1);

	/* Type 1, hibernate, is also what 0 means; the cookie is reserved. */
	if (type > 1U || smccc_argument(call, 2) != 0U)
		smccc_return_status(call, PSCI_INVALID_PARAMETERS);
	else
		end_of_system(psci, call, "SYSTEM_OFF2", type, 0);
}

/*
 * The relay. Not here, and so never offered: MIGRATE (moves a trusted OS), CPU_FREEZE,
 * CPU_DEFAULT_SUSPEND, NODE_HW_STATE, STAT_* (no user among hosts), MEM_PROTECT* (memory across a
 * reset is the hypervisor's own affair).
 */
static const struct psci_relay relay[PSCI_LAST_NUMBER + 1U] = {
    [PSCI_FN_VERSION] = {handle_version, "VERSION", NEED_NOTHING, true, false},
    [PSCI_FN_CPU_SUSPEND] = {handle_cpu_suspend, "CPU_SUSPEND", NEED_64, true, true},
    [PSCI_FN_CPU_OFF] = {handle_cpu_off, "CPU_OFF", NEED_SAME, true, false},
    [PSCI_FN_CPU_ON] = {handle_cpu_on, "CPU_ON", NEED_64, true, true},
    [PSCI_FN_AFFINITY_INFO] = {handle_affinity_info, "AFFINITY_INFO", NEED_64, true, true},
    [PSCI_FN_MIGRATE_INFO_TYPE] = {handle_migrate_info_type, "MIGRATE_INFO_TYPE", NEED_SAME, true,
				   false},
    [PSCI_FN_MIGRATE_INFO_UP_CPU] = {handle_migrate_info_up_cpu, "MIGRATE_INFO_UP_CPU", NEED_SAME,
				     true, true},
    [PSCI_FN_SYSTEM_OFF] = {handle_system_off, "SYSTEM_OFF", NEED_SAME, true, false},
    [PSCI_FN_SYSTEM_RESET] = {handle_system_reset, "SYSTEM_RESET", NEED_SAME, true, false},
    [PSCI_FN_FEATURES] = {handle_features, "FEATURES", NEED_SAME, true, false},
    [PSCI_FN_SYSTEM_SUSPEND] = {handle_system_suspend, "SYSTEM_SUSPEND", NEED_64, true, true},
    [PSCI_FN_SET_SUSPEND_MODE] = {handle_set_suspend_mode, "SET_SUSPEND_MODE", NEED_SAME, true,
				  false},
    [PSCI_FN_SYSTEM_RESET2] = {handle_system_reset2, "SYSTEM_RESET2", NEED_SAME, true, true},
    [PSCI_FN_SYSTEM_OFF2] = {handle_system_off2, "SYSTEM_OFF2", NEED_SAME, true, true},
};

static bool offered(const struct psci *psci, bool smc64, uint32_t number)
{
	return number <= PSCI_LAST_NUMBER &&
	       ((smc64 ? psci->offered64 : psci->offered32) >> number & 1U) != 0U;
}

int32_t psci_features(const struct psci *psci, uint32_t fid)
{
	uint32_t number = fid & 0xffffU;

	if (fid == SMCCC_VERSION)
		return 0;
	if ((fid & ~(SMCCC_64 | 0xffffU)) != PSCI_FUNCTION(0) ||
	    !offered(psci, (fid & SMCCC_64) != 0U, number))
		return PSCI_NOT_SUPPORTED;
	if (number == PSCI_FN_CPU_SUSPEND)
		return (int32_t)psci->firmware->suspend_flags;
	if (number == PSCI_FN_SYSTEM_OFF2)
		return (int32_t)psci->firmware->off2_flags;
	return 0;
}

static void refuse(struct psci *psci, struct smccc_call *call)
{
	(void)psci;
	smccc_return_unknown(call);
}

/* What is offered, as a table that a call finds its way by. */
static void fill_handlers(struct psci *psci)
{
	for (unsigned i = 0; i <= PSCI_LAST_NUMBER; i++) {
		psci->handle[0][i] = offered(psci, false, i) ? relay[i].handle : refuse;
		psci->handle[1][i] = offered(psci, true, i) ? relay[i].handle : refuse;
	}
}

void psci_init(struct psci *psci, const struct firmware *firmware, const uint64_t *mpidr,
	       unsigned count, unsigned boot_cpu, psci_entry_allowed_fn *allowed,
	       psci_foreign_fn *foreign, const void *context)
{
	INVARIANT(count <= PSCI_CPU_MAX && boot_cpu < count);
	*psci = (struct psci){
	    .firmware = firmware,
	    .entry_allowed = allowed,
	    .foreign = foreign,
	    .context = context,
	    .count = count,
	};
	for (unsigned i = 0; i < count; i++)
		psci->cpu[i] = (struct psci_cpu){
		    .mpidr = mpidr[i] & MPIDR_AFFINITY,
		    .state = i == boot_cpu ? PSCI_ON : PSCI_OFF,
		};
	if (!firmware->psci) {
		fill_handlers(psci);
		return;
	}
	psci->version = firmware->psci_version < VERSION_MAX ? firmware->psci_version : VERSION_MAX;
	for (unsigned i = 0; i <= PSCI_LAST_NUMBER; i++) {
		const uint32_t bit = 1U << i;
		bool has64 = (firmware->psci64 & bit) != 0U;

		if (relay[i].handle == NULL)
			continue;
		if (relay[i].smc32 &&
		    (relay[i].need == NEED_NOTHING || (relay[i].need == NEED_64 && has64) ||
		     (relay[i].need == NEED_SAME && (firmware->psci32 & bit) != 0U)))
			psci->offered32 |= bit;
		if (relay[i].smc64 && has64)
			psci->offered64 |= bit;
	}
	fill_handlers(psci);
}

void psci_cpu_leaves(struct psci *psci, unsigned index)
{
	INVARIANT(index < psci->count);
	/*
	 * Also over an ON_PENDING: the CPU_ON that asked for this CPU has succeeded, or will be
	 * refused because the CPU is running.
	 */
	say_state(&psci->cpu[index], PSCI_LEAVING);
}

struct psci_entry psci_cpu_arrived(struct psci *psci, unsigned index)
{
	struct psci_entry entry = {0};
	enum psci_state state;
	struct psci_cpu *cpu;

	INVARIANT(index < psci->count);
	cpu = &psci->cpu[index];
	state = state_of(load_state(cpu));
	if (state == PSCI_CPU_ON_PENDING) {
		entry = cpu->on;
		say_state(cpu, PSCI_ON);
	} else if (state == PSCI_ON && cpu->suspended) {
		entry = cpu->suspend;
		entry.woken = true;
		cpu->suspended = false;
	} else {
		psci_cpu_leaves(psci, index);
		log_limited(&psci->complaints, "psci", "psci-stray",
			    "firmware started CPU 0x%llx, which nobody turned on; it is "
			    "turned off again",
			    (unsigned long long)cpu->mpidr);
	}
	return entry;
}

bool psci_alone(const struct psci *psci)
{
	unsigned self = machine_cpu();

	for (unsigned i = 0; i < psci->count; i++) {
		enum psci_state state = state_of(load_state(&psci->cpu[i]));

		if (i != self && (state == PSCI_ON || state == PSCI_CPU_ON_PENDING))
			return false;
	}
	return true;
}

enum psci_state psci_cpu_state(const struct psci *psci, unsigned cpu)
{
	return state_of(load_state(&psci->cpu[cpu]));
}

void psci_report(const struct psci *psci)
{
	char list[160];
	size_t length = 0;

	if (psci->version == 0U) {
		log_line("psci", "psci-none",
			 "firmware has no PSCI: the host has one CPU and cannot power off");
		return;
	}
	for (unsigned i = 0; i <= PSCI_LAST_NUMBER; i++) {
		bool form32 = offered(psci, false, i), form64 = offered(psci, true, i);

		if (!form32 && !form64)
			continue;
		if (length > LIST_FULL) {
			log_line("psci", "psci-offer", "host is offered:%s", list);
			length = 0;
		}
		length += log_format(list + length, sizeof(list) - length, " %s%s", relay[i].name,
				     form64 ? "+64" : "");
	}
	log_line("psci", "psci-offer", "host is offered PSCI %u.%u:%s", psci->version >> 16,
		 psci->version & 0xffffU, list);
}
