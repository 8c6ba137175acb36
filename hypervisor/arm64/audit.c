// SPDX-License-Identifier: Apache-2.0
#include "arm64/audit.h"

#include <string.h>

#include "core/log/log.h"
#include "core/machine.h"
#include "core/stage2/host.h"

#include "arm64/cpu.h"
#include "arm64/trap.h"

#define EVERY_DEFAULT 16U
#define LOCK_SECONDS  10U
#define REPORTS_MAX   16U

/* Each CPU's own; index = machine_cpu(). */
struct audit_cpu {
	const struct lock *wanted; /* it waits for this one since `since` */
	const struct lock *held;   /* the one that it took last */
	uint64_t since;
	unsigned locks; /* that it holds */
	bool named;     /* the exit is a call; for the report: */
	uint32_t fid;
	uint64_t x[3]; /* x1 to x3 as the host gave them */
};

static struct audit_cpu audit_cpus[PSCI_CPU_MAX];

/* Constant once the host runs, but for the counters, each an atomic. */
static struct {
	uint32_t every;
	bool test_calls;
	const char *plant;      /* the fault to commit; NULL: none, or done */
	uint64_t outside;       /* digest of stage 2 outside of RAM */
	uint64_t ledger_before; /* changes and refusals of the ledger at the last walk */
	uint64_t stage2_before;
	uint64_t exits, walks, longest, ticks; /* longest and ticks: of a walk, and of all */
	uint32_t reports;
} audit;

/* --- locks --- */

void audit_lock_wanted(const struct lock *lock)
{
	struct audit_cpu *cpu = &audit_cpus[machine_cpu()];

	cpu->since = machine_counter();
	cpu->wanted = lock;
}

void audit_lock_taken(const struct lock *lock)
{
	struct audit_cpu *cpu = &audit_cpus[machine_cpu()];

	cpu->wanted = NULL;
	cpu->held = lock;
	cpu->locks++;
}

void audit_lock_released(const struct lock *lock)
{
	(void)lock;
	audit_cpus[machine_cpu()].locks--;
}

void audit_waits(void)
{
	const struct audit_cpu *cpu = &audit_cpus[machine_cpu()];
	char text[96];

	if (cpu->wanted == NULL ||
	    machine_counter() - cpu->since < LOCK_SECONDS * machine_counter_frequency())
		return;
	log_format(text, sizeof(text), "waits for the lock at 0x%llx since %u seconds",
		   (unsigned long long)machine_physical(cpu->wanted), LOCK_SECONDS);
	crash_here("audit", text);
}

/* --- calls to firmware, through the linker (HV_WRAPPED in build.mk) --- */

void __real_machine_firmware_call(uint64_t x[SMCCC_REGISTERS]);
uint64_t __real_machine_firmware_ask(uint64_t x0, uint64_t x1, uint64_t x2, uint64_t x3);
void __real_machine_firmware_message(void *context, uint64_t x[SMCCC_MESSAGE_REGISTERS],
				     uint64_t *since);
void __wrap_machine_firmware_call(uint64_t x[SMCCC_REGISTERS]);
uint64_t __wrap_machine_firmware_ask(uint64_t x0, uint64_t x1, uint64_t x2, uint64_t x3);
void __wrap_machine_firmware_message(void *context, uint64_t x[SMCCC_MESSAGE_REGISTERS],
				     uint64_t *since);

/* No lock is documented as held across one. */
static void before_firmware(uint64_t fid)
{
	const struct audit_cpu *own = &audit_cpus[machine_cpu()];
	char text[96];

	if (own->locks == 0U)
		return;
	log_format(text, sizeof(text),
		   "the lock at 0x%llx is held while firmware is asked for 0x%08x",
		   (unsigned long long)machine_physical(own->held), smccc_word(fid));
	crash_here("audit", text);
}

void __wrap_machine_firmware_call(uint64_t x[SMCCC_REGISTERS])
{
	before_firmware(x[0]);
	__real_machine_firmware_call(x);
}

uint64_t __wrap_machine_firmware_ask(uint64_t x0, uint64_t x1, uint64_t x2, uint64_t x3)
{
	before_firmware(x0);
	return __real_machine_firmware_ask(x0, x1, x2, x3);
}

void __wrap_machine_firmware_message(void *context, uint64_t x[SMCCC_MESSAGE_REGISTERS],
				     uint64_t *since)
{
	before_firmware(x[0]);
	__real_machine_firmware_message(context, x, since);
}

/* --- what must hold --- */

/* `page`: NULL where the rule is not about one. */
static _Noreturn void broken(const struct audit_cpu *cpu, const char *rule, const uint64_t *page)
{
	char call[96] = "an exit that is no call", where[32] = "", text[LOG_LINE];

	if (cpu->named)
		log_format(call, sizeof(call), "call 0x%08x x1=0x%llx x2=0x%llx x3=0x%llx",
			   cpu->fid, (unsigned long long)cpu->x[0], (unsigned long long)cpu->x[1],
			   (unsigned long long)cpu->x[2]);
	if (page != NULL && *page != 0UL)
		log_format(where, sizeof(where), " at 0x%llx", (unsigned long long)*page);
	log_format(text, sizeof(text), "%s%s, after %s, walk %llu", rule, where, call,
		   (unsigned long long)audit.walks);
	if (page != NULL)
		crash_page("audit", text, *page);
	crash_here("audit", text);
}

/*
 * What the host may reach outside of RAM, as a number: every address at which the kind of mapping
 * changes, and the kind. Splitting and joining beside it does not count.
 */
static uint64_t digest_outside(struct hypervisor *hv)
{
	const struct ledger *ledger = &hv->ledger;
	uint64_t end = 1UL << hv->stage2.ipa_bits, digest = 0;
	enum stage2_kind last = STAGE2_NONE;
	unsigned region = 0;

	lock_take(&hv->stage2.lock);
	for (uint64_t at = 0; at < end;) {
		struct stage2_entry entry = stage2_lookup(&hv->stage2, at);
		uint64_t next = entry.base + entry.size;

		if (region < ledger->region_count) {
			const struct ledger_region *ram = &ledger->region[region];

			if (at >= ram->base) {
				at = ram->base + ram->size;
				last = STAGE2_NONE;
				region++;
				continue;
			}
			next = next < ram->base ? next : ram->base;
		}
		if (entry.kind != last)
			digest = (digest ^ at ^ (uint64_t)entry.kind) * 0x100000001b3UL;
		last = entry.kind;
		at = next;
	}
	lock_release(&hv->stage2.lock);
	return digest;
}

/* I1 and I5: cheap enough for every exit. */
static void look(struct hypervisor *hv, const struct audit_cpu *own)
{
	if (own->locks != 0U) {
		uint64_t lock = machine_physical(own->held);

		broken(own, "a lock is held", &lock);
	}
	if (psci_cpu_state(&hv->psci, machine_cpu()) != PSCI_ON)
		broken(own, "the CPU that is about to run the host is not ON", NULL);
	for (unsigned i = 0; i < cpu_count; i++)
		if (cpu_table[i] == NULL || cpu_table[i]->index != i ||
		    cpu_table[i]->hypervisor != hv)
			broken(own, "the record of a CPU is damaged", NULL);
}

static void walk(struct hypervisor *hv, const struct audit_cpu *own)
{
	uint64_t begin = machine_counter(), page = 0, ticks;
	const char *rule;

	__atomic_fetch_add(&audit.walks, 1U, __ATOMIC_RELAXED);
	__atomic_store_n(&audit.ledger_before, hv->ledger.changes + hv->ledger.refusals,
			 __ATOMIC_RELAXED);
	__atomic_store_n(&audit.stage2_before, hv->stage2.changes, __ATOMIC_RELAXED);
	rule = ledger_check(&hv->ledger, &page);
	if (rule != NULL)
		broken(own, rule, &page);
	if (digest_outside(hv) != audit.outside)
		broken(own, "stage 2 outside of RAM is not what it was at boot", NULL);
	ticks = machine_counter() - begin;
	__atomic_fetch_add(&audit.ticks, ticks, __ATOMIC_RELAXED);
	if (ticks > __atomic_load_n(&audit.longest, __ATOMIC_RELAXED))
		__atomic_store_n(&audit.longest, ticks, __ATOMIC_RELAXED);
}

static bool changed(const struct hypervisor *hv)
{
	return __atomic_load_n(&hv->ledger.changes, __ATOMIC_RELAXED) +
		       __atomic_load_n(&hv->ledger.refusals, __ATOMIC_RELAXED) !=
		   __atomic_load_n(&audit.ledger_before, __ATOMIC_RELAXED) ||
	       __atomic_load_n(&hv->stage2.changes, __ATOMIC_RELAXED) !=
		   __atomic_load_n(&audit.stage2_before, __ATOMIC_RELAXED);
}

static void examine(struct hypervisor *hv, const struct audit_cpu *own, bool always)
{
	uint64_t exits = __atomic_add_fetch(&audit.exits, 1U, __ATOMIC_RELAXED);

	look(hv, own);
	if (always || exits % audit.every == 0U || changed(hv))
		walk(hv, own);
}

/* --- faults on purpose --- */

static void plant_map(struct hypervisor *hv)
{
	lock_take(&hv->stage2.lock);
	(void)stage2_set(&hv->stage2, hv->plan.image.base, STAGE2_PAGE, STAGE2_RAM);
	lock_release(&hv->stage2.lock);
}

/* In the middle of RAM, where a small host has nothing. */
static uint64_t middle(const struct hypervisor *hv)
{
	const struct ledger_region *first = &hv->ledger.region[0];

	return first->base + (first->size / 2U & ~(LEDGER_BLOCK - 1U));
}

static void plant_unmap(struct hypervisor *hv)
{
	lock_take(&hv->stage2.lock);
	(void)stage2_set(&hv->stage2, middle(hv), STAGE2_PAGE, STAGE2_NONE);
	lock_release(&hv->stage2.lock);
}

/* The first page that is neither RAM nor mapped as device. */
static void plant_device(struct hypervisor *hv)
{
	uint64_t at = 0;

	lock_take(&hv->stage2.lock);
	while (stage2_lookup(&hv->stage2, at).kind != STAGE2_NONE)
		at += STAGE2_PAGE;
	(void)stage2_set(&hv->stage2, at, STAGE2_PAGE, STAGE2_DEVICE);
	lock_release(&hv->stage2.lock);
}

static struct ledger_record *middle_entry(struct hypervisor *hv)
{
	return &hv->ledger.entry[(middle(hv) - hv->ledger.region[0].base) / LEDGER_BLOCK];
}

static void plant_record(struct hypervisor *hv)
{
	*middle_entry(hv) = (struct ledger_record){
	    .owner = LEDGER_HOST, .borrower = LEDGER_HYPERVISOR, .state = LEDGER_OWNED};
}

/* Somebody else's page, which the host still reaches. */
static void plant_owner(struct hypervisor *hv)
{
	*middle_entry(hv) = (struct ledger_record){.owner = LEDGER_SECURE, .state = LEDGER_OWNED};
}

static void plant_set(struct hypervisor *hv)
{
	hv->ledger.sets_free--;
}

static void plant_lock(struct hypervisor *hv)
{
	lock_take(&hv->ledger.lock);
}

/* The very call that it asks for is the one that finds it. */
static void plant_firmware(struct hypervisor *hv)
{
	lock_take(&hv->ledger.lock);
	(void)firmware_ask(&hv->firmware, PSCI_FUNCTION(PSCI_FN_VERSION), 0, 0, 0);
	lock_release(&hv->ledger.lock);
}

static void plant_cpu(struct hypervisor *hv)
{
	psci_cpu_leaves(&hv->psci, machine_cpu());
}

static void plant(struct hypervisor *hv)
{
	static const struct {
		const char *name;
		void (*commit)(struct hypervisor *hv);
	} faults[] = {
	    {"map", plant_map},       {"unmap", plant_unmap}, {"device", plant_device},
	    {"record", plant_record}, {"owner", plant_owner}, {"set", plant_set},
	    {"lock", plant_lock},     {"cpu", plant_cpu},     {"firmware", plant_firmware},
	};
	const char *name = __atomic_exchange_n(&audit.plant, NULL, __ATOMIC_RELAXED);

	for (size_t i = 0; name != NULL && i < sizeof(faults) / sizeof(faults[0]); i++) {
		if (strcmp(name, faults[i].name) != 0)
			continue;
		log_line("host", "audit-planted", "this test build now commits the fault: %s",
			 name);
		faults[i].commit(hv);
		return;
	}
	if (name != NULL)
		log_line("host", "audit-planted", "no fault has the name %s", name);
}

/* --- calls that the normal image lacks --- */

static bool test_call(struct hypervisor *hv, struct smccc_call *call)
{
	struct ledger *ledger = &hv->ledger;
	uint64_t base = call->x[1], size = call->x[2] * LEDGER_PAGE;
	enum ledger_state state = call->x[3] == LEDGER_LENT ? LEDGER_LENT : LEDGER_SHARED;
	const enum ledger_party host = LEDGER_HOST, other = LEDGER_HYPERVISOR;
	struct ledger_answer answer;

	if (call->x[2] > UINT64_MAX / LEDGER_PAGE)
		return false;
	switch (call->fid) {
	case AUDIT_LEND:
		answer = ledger_lend(ledger, base, size, host, other, call->fid);
		break;
	case AUDIT_RECLAIM:
		answer = ledger_reclaim(ledger, base, size, host, other, call->fid);
		break;
	case AUDIT_QUARANTINE:
		answer = ledger_quarantine(ledger, base, size, host, other, state, call->fid);
		break;
	case AUDIT_RELEASE:
		answer = ledger_release(ledger, base, size, host, other, state, call->fid);
		break;
	case AUDIT_POISON:
		answer = ledger_poison(ledger, base, size, host, other, state, call->fid);
		break;
	default:
		return false;
	}
	smccc_return_status(call, answer.status == LEDGER_OK        ? HOST_MEMORY_SUCCESS
				  : answer.status == LEDGER_INVALID ? HOST_MEMORY_INVALID_PARAMETERS
				  : answer.status == LEDGER_NO_MEMORY ? HOST_MEMORY_NO_MEMORY
								      : HOST_MEMORY_DENIED);
	return true;
}

/* --- around exits --- */

static bool memory_call(uint32_t fid)
{
	return fid == HOST_MEMORY_VERSION || (fid >= HOST_MEMORY_DONATE && fid <= AUDIT_POISON);
}

static bool ends_the_system(uint32_t fid)
{
	uint32_t number = fid & 0xffffU;

	return (fid & ~(SMCCC_64 | 0xffffU)) == PSCI_FUNCTION(0) &&
	       (number == PSCI_FN_SYSTEM_OFF || number == PSCI_FN_SYSTEM_RESET ||
		number == PSCI_FN_SYSTEM_RESET2 || number == PSCI_FN_SYSTEM_OFF2);
}

static unsigned microseconds(uint64_t ticks)
{
	return (unsigned)(ticks * 1000000U / machine_counter_frequency());
}

static void report(void)
{
	uint64_t walks = __atomic_load_n(&audit.walks, __ATOMIC_RELAXED);

	if (__atomic_fetch_add(&audit.reports, 1U, __ATOMIC_RELAXED) >= REPORTS_MAX)
		return;
	log_line(
	    "host", "audit",
	    "%llu exits looked at, %llu of them with a walk of ledger and stage 2 (%u us each, "
	    "%u us the longest); all invariants held",
	    (unsigned long long)__atomic_load_n(&audit.exits, __ATOMIC_RELAXED),
	    (unsigned long long)walks,
	    walks == 0U ? 0U
			: microseconds(__atomic_load_n(&audit.ticks, __ATOMIC_RELAXED) / walks),
	    microseconds(__atomic_load_n(&audit.longest, __ATOMIC_RELAXED)));
}

bool audit_call(struct hypervisor *hv, struct smccc_call *call)
{
	struct audit_cpu *own = &audit_cpus[machine_cpu()];

	own->named = true;
	own->fid = call->fid;
	memcpy(own->x, &call->x[1], sizeof(own->x));
	if (ends_the_system(call->fid)) {
		examine(hv, own, true); /* the call does not come back */
		report();
	}
	return audit.test_calls && test_call(hv, call);
}

void audit_call_done(struct hypervisor *hv, const struct smccc_call *call)
{
	const struct audit_cpu *own = &audit_cpus[machine_cpu()];

	examine(hv, own, memory_call(own->fid));
	if (audit.plant != NULL && memory_call(call->fid))
		plant(hv);
}

void audit_exit(struct hypervisor *hv)
{
	struct audit_cpu *own = &audit_cpus[machine_cpu()];

	own->named = false;
	examine(hv, own, false);
}

static uint32_t parse_decimal(const char *text)
{
	uint32_t value = 0;

	for (; *text >= '0' && *text <= '9' && value < 100000U; text++)
		value = value * 10U + (uint32_t)(*text - '0');
	return *text == '\0' ? value : 0U;
}

void audit_begin(struct hypervisor *hv)
{
	const char *every = boot_plan_option(&hv->plan, "audit");
	const char *calls = boot_plan_option(&hv->plan, "test-calls");
	uint64_t page = 0;
	const char *rule;

	audit.every = every == NULL ? EVERY_DEFAULT : parse_decimal(every);
	if (audit.every == 0U)
		audit.every = EVERY_DEFAULT;
	audit.test_calls = calls != NULL && strcmp(calls, "on") == 0;
	audit.plant = boot_plan_option(&hv->plan, "plant");
	audit.outside = digest_outside(hv);
	rule = ledger_check(&hv->ledger, &page);
	if (rule != NULL)
		broken(&audit_cpus[machine_cpu()], rule, &page);
	log_line("boot", "checked",
		 "this test build walks ledger and stage 2 after memory calls and changes, and "
		 "after each %u. other exit%s",
		 audit.every, audit.test_calls ? "; test calls are on" : "");
}
