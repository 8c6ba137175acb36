// SPDX-License-Identifier: Apache-2.0
/*
 * The last thing the hypervisor says. No locks, no allocation, no trust in the stack beyond the
 * emergency one: a report that is cut short is better than none.
 */
#include "arm64/trap.h"

#include <stddef.h>

#include "core/log/log.h"

#include "arm64/console.h"
#include "arm64/layout.h"
#include "arm64/mmu.h"
#include "arm64/sysreg.h"
#include "arm64/tlb.h"

_Static_assert(offsetof(struct crash_frame, sp) == CRASH_SP, "layout.h");
_Static_assert(offsetof(struct crash_frame, spsr) == CRASH_SPSR, "layout.h");
_Static_assert(offsetof(struct crash_frame, far) == CRASH_FAR, "layout.h");
_Static_assert(offsetof(struct crash_frame, vector) == CRASH_VECTOR, "layout.h");
_Static_assert(sizeof(struct crash_frame) == CRASH_SIZE, "layout.h");

#define BACKTRACE_DEPTH 24

extern const char smc_instruction[];
extern const unsigned char build_id_note[];

uint32_t crash_reporter;

void crash_park(void)
{
	for (;;)
		__asm__ volatile("wfi");
}

void crash_stop(void)
{
	crash_park();
}

/* First CPU to get here reports; the others stop. */
static bool claim(void)
{
	uint32_t nobody = 0;

	return __atomic_compare_exchange_n(&crash_reporter, &nobody, cpu_self()->index + 1U, false,
					   __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}

/*
 * Every other CPU must come to EL2 by itself: take all of the host's memory away, and its next
 * fetch is a stage-2 fault that ends in crash_park(). Needs no interrupt, which belong to the host.
 */
static void stop_others(void)
{
	const struct hypervisor *hv = cpu_self()->hypervisor;

	if (hv == NULL || hv->stage2.root == 0UL)
		return;
	uint64_t *root = (uint64_t *)(uintptr_t)hv->stage2.root;

	for (unsigned i = 0; i < 512UL * hv->stage2.root_tables; i++)
		((volatile uint64_t *)root)[i] = 0;
	tlb_drop_host();
}

static const char *class_words(unsigned class)
{
	switch (class) {
	case 0x00:
		return "unknown reason (undefined instruction)";
	case 0x0d:
		return "branch target exception (BTI)";
	case 0x0e:
		return "illegal execution state";
	case 0x15:
		return "SVC";
	case 0x16:
		return "HVC";
	case 0x18:
		return "trapped system register";
	case 0x1c:
		return "pointer authentication failure";
	case 0x20:
	case 0x21:
		return "instruction abort";
	case 0x22:
		return "PC alignment fault";
	case 0x24:
	case 0x25:
		return "data abort";
	case 0x26:
		return "SP alignment fault";
	case 0x2f:
		return "SError";
	case 0x30:
	case 0x31:
		return "breakpoint";
	case 0x3c:
		return "BRK instruction";
	default:
		return "other class";
	}
}

static const char *fault_words(unsigned status)
{
	switch (status & 0x3cU) {
	case 0x00:
		return "address size fault";
	case 0x04:
		return "translation fault";
	case 0x08:
		return "access flag fault";
	case 0x0c:
		return "permission fault";
	case 0x10:
		return status == 0x10U ? "external abort" : "external abort on a table walk";
	case 0x20:
		return status == 0x21U ? "alignment fault" : "other fault";
	default:
		return "other fault";
	}
}

/* Is [fp, fp + 16) inside the stack of this CPU (or its emergency stack)? */
static bool on_stack(const struct cpu *cpu, uint64_t fp)
{
	uint64_t area = cpu->stack - CPU_AREA_SIZE;

	return (fp & 7U) == 0UL && fp + 16U <= cpu->stack &&
	       (fp >= area + 2UL * PAGE_SIZE || (fp >= area && fp + 16U <= area + PAGE_SIZE));
}

static void print_backtrace(const struct cpu *cpu, uint64_t pc, uint64_t fp)
{
	uint64_t base = (uint64_t)(uintptr_t)image_start;

	log_crash_line("crash: [backtrace] #0 0x%016llx (image+0x%llx)", (unsigned long long)pc,
		       (unsigned long long)(pc - base));
	for (unsigned depth = 1; depth < BACKTRACE_DEPTH && on_stack(cpu, fp); depth++) {
		const uint64_t *record = (const uint64_t *)(uintptr_t)fp;
		/* strip a pointer authentication code: addresses here have 48 bits */
		uint64_t lr = record[1] & 0x0000ffffffffffffUL;

		if (lr == 0UL)
			break;
		log_crash_line("crash: [backtrace] #%u 0x%016llx (image+0x%llx)", depth,
			       (unsigned long long)lr, (unsigned long long)(lr - base));
		if (record[0] <= fp && record[0] >= cpu->stack - PAGE_SIZE * 2UL)
			break;
		fp = record[0];
	}
}

static void print_call(const struct cpu *cpu)
{
	const struct smccc_call *call = cpu->handling;

	/* x1.. are arguments until the handler has written its first result */
	if (call != NULL)
		log_crash_line(
		    "crash: [call] handling 0x%08x, x1=0x%016llx x2=0x%016llx x3=0x%016llx",
		    call->fid, (unsigned long long)call->x[1], (unsigned long long)call->x[2],
		    (unsigned long long)call->x[3]);
	else
		log_crash_line("crash: [call] no call of the host is being handled");
	log_crash_line("crash: [host] elr_el2=0x%016llx spsr_el2=0x%08llx vttbr_el2=0x%016llx",
		       (unsigned long long)sysreg_read(elr_el2),
		       (unsigned long long)sysreg_read(spsr_el2),
		       (unsigned long long)sysreg_read(vttbr_el2));
}

/* Which CPUs are in firmware for a call of FF-A, one of them perhaps for ever. */
static void print_flights(const struct cpu *cpu)
{
	const struct ffa *ffa = cpu->hypervisor != NULL ? &cpu->hypervisor->ffa : NULL;
	uint64_t now = machine_counter(), frequency = machine_counter_frequency();

	for (unsigned i = 0; ffa != NULL && i < cpu_count; i++) {
		const struct ffa_flight *flight = &ffa->flight[i];
		uint64_t since = __atomic_load_n(&flight->since, __ATOMIC_ACQUIRE);

		if (since != 0UL && frequency >= 1000UL)
			log_crash_line("crash: [firmware] cpu%u is in firmware for 0x%08x, "
				       "w1=0x%08x, since %llu ms",
				       i, flight->fid, flight->w1,
				       (unsigned long long)((now - since) / (frequency / 1000UL)));
	}
}

/* Is an object in memory that EL2 has mapped? Objects asked about do not cross a page. */
static bool readable(const void *object, size_t size)
{
	uint64_t address = (uint64_t)(uintptr_t)object;

	return address / PAGE_SIZE == (address + size - 1U) / PAGE_SIZE &&
	       mmu_lookup(address) != 0UL;
}

/* Whose the page is; nothing where it is no RAM or the ledger was not open yet. */
static void print_owner(const struct cpu *cpu, uint64_t address)
{
	struct ledger_record record;
	struct ledger_event since;
	char owner[16], borrower[16], change[64] = "boot";

	if (cpu->hypervisor == NULL ||
	    !ledger_peek(&cpu->hypervisor->ledger, address, readable, &record, &since))
		return;
	if (since.cause != 0U)
		log_format(change, sizeof(change), "call 0x%08x on cpu%u, change %llu", since.cause,
			   since.cpu, (unsigned long long)since.number);
	else if (since.number == 0UL && cpu->hypervisor->ledger.changes > LEDGER_HISTORY)
		log_format(change, sizeof(change), "longer than is remembered");
	log_crash_line("crash: [owner] page 0x%llx: %s of %s, borrower %s, %u pins; since %s",
		       (unsigned long long)(address & ~(PAGE_SIZE - 1UL)),
		       ledger_state_words((enum ledger_state)record.state),
		       ledger_party_words(owner, record.owner),
		       ledger_party_words(borrower, record.borrower), record.pins, change);
}

/* The page that a call of the ledger names, when one is being handled. */
static void print_call_owner(const struct cpu *cpu)
{
	const struct smccc_call *call = cpu->handling;

	if (call != NULL && call->fid >= HOST_MEMORY_DONATE && call->fid <= HOST_MEMORY_RETURN)
		print_owner(cpu, call->x[1]);
}

static void print_build(void)
{
	char id[41];

	/* note: name size, descriptor size, type, "GNU\0", then the 20 bytes */
	for (unsigned i = 0; i < 20; i++)
		log_format(id + 2UL * i, 3, "%02x", (unsigned)build_id_note[16U + i]);
	log_crash_line("crash: [build] build-id %s image at 0x%016llx", id,
		       (unsigned long long)(uintptr_t)image_start);
}

static _Noreturn void finish(void)
{
	log_crash_line(
	    "crash: [end] all CPUs are stopped; ./portcullis symbolize LOG names the addresses");
	crash_park();
}

static const char *vector_words(unsigned vector)
{
	static const char *const kinds[4] = {"synchronous exception", "IRQ", "FIQ", "SError"};

	return kinds[vector & 3U];
}

/* What kind of protection stopped it, as a key that tests and people can look for. */
static const char *crash_key(const struct crash_frame *frame)
{
	unsigned class = ESR_EC(frame->esr);
	unsigned status = (unsigned)frame->esr & 0x3fU;
	uint64_t entry =
	    (class == EC_DABT_SAME || class == EC_IABT_SAME) ? mmu_lookup(frame->far) : 0;

	if ((frame->vector & 0x100U) != 0U)
		return "stack-overflow";
	if ((frame->vector & 0xfU) >= 8U)
		return "unexpected";
	if ((frame->vector & 3U) != 0U)
		return "unexpected";
	switch (class) {
	case 0x0d:
		return "branch-target";
	case 0x1c:
		return "pointer-authentication";
	case EC_IABT_SAME:
		/* a return address whose authentication failed is not canonical */
		if ((frame->far >> 48) != 0UL)
			return "pointer-authentication";
		return (status & 0x3cU) == 0x0cU || entry != 0UL ? "execute-data"
								 : "execute-unmapped";
	case EC_DABT_SAME:
		if ((status & 0x3cU) == 0x0cU && (frame->esr & ISS_DABT_WNR) != 0U)
			return "write-read-only";
		return (frame->esr & ISS_DABT_WNR) != 0U ? "write-unmapped" : "read-unmapped";
	default:
		return "exception";
	}
}

void trap_el2(struct crash_frame *frame)
{
	struct cpu *cpu = cpu_self();
	unsigned class = ESR_EC(frame->esr);

	if (cpu->probing_smc == 1U && class == EC_UNKNOWN &&
	    frame->elr == (uint64_t)(uintptr_t)smc_instruction) {
		cpu->probing_smc = 2;
		frame->x[0] = UINT64_MAX;
		frame->elr += 4U;
		return;
	}
	if (class == EC_DABT_SAME && frame->elr == (uint64_t)(uintptr_t)memory_answers_load) {
		frame->elr += MEMORY_ANSWERS_NOT;
		return;
	}
	if (!claim()) {
		if (crash_reporter != cpu->index + 1U)
			crash_park();
		/* a second fault while reporting: say so, once, and stop */
		log_crash_line(
		    "crash: [nested] another exception: esr=0x%08llx elr=0x%016llx far=0x%016llx",
		    (unsigned long long)frame->esr, (unsigned long long)frame->elr,
		    (unsigned long long)frame->far);
		crash_park();
	}
	stop_others();
	console_fallback();
	log_crash_line("crash: [%s] cpu%u: %s at EL2: %s, %s", crash_key(frame), cpu->index,
		       vector_words((unsigned)frame->vector & 0xfU), class_words(class),
		       class == EC_DABT_SAME || class == EC_IABT_SAME
			   ? fault_words((unsigned)frame->esr & 0x3fU)
			   : "no fault status");
	log_crash_line("crash: [syndrome] esr=0x%08llx elr=0x%016llx far=0x%016llx hpfar=0x%016llx "
		       "spsr=0x%08llx",
		       (unsigned long long)frame->esr, (unsigned long long)frame->elr,
		       (unsigned long long)frame->far, (unsigned long long)frame->hpfar,
		       (unsigned long long)frame->spsr);
	for (unsigned i = 0; i < 30U; i += 3U)
		log_crash_line("crash: [registers] x%-2u=0x%016llx x%-2u=0x%016llx x%-2u=0x%016llx",
			       i, (unsigned long long)frame->x[i], i + 1U,
			       (unsigned long long)frame->x[i + 1U], i + 2U,
			       (unsigned long long)frame->x[i + 2U]);
	log_crash_line("crash: [registers] x30=0x%016llx sp =0x%016llx",
		       (unsigned long long)frame->x[30], (unsigned long long)frame->sp);
	print_call(cpu);
	if (class == EC_DABT_SAME || class == EC_IABT_SAME)
		print_owner(cpu, frame->far);
	print_call_owner(cpu);
	print_flights(cpu);
	print_backtrace(cpu, frame->elr, frame->x[29]);
	print_build();
	finish();
}

/* `page`: whose owner is told besides, or NULL. */
static inline __attribute__((always_inline)) _Noreturn void
stop_here(const char *key, const char *what, const uint64_t *page)
{
	struct cpu *cpu = cpu_self();

	if (!claim())
		crash_park();
	stop_others();
	console_fallback();
	log_crash_line("crash: [%s] cpu%u: %s", key, cpu->index, what);
	print_call(cpu);
	if (page != NULL)
		print_owner(cpu, *page);
	print_call_owner(cpu);
	print_flights(cpu);
	print_backtrace(cpu,
			(uint64_t)(uintptr_t)__builtin_return_address(0) & 0x0000ffffffffffffUL,
			(uint64_t)(uintptr_t)__builtin_frame_address(0));
	print_build();
	finish();
}

void crash_here(const char *key, const char *what)
{
	stop_here(key, what, NULL);
}

#ifdef CHECKED
void crash_page(const char *key, const char *what, uint64_t page)
{
	stop_here(key, what, &page);
}
#endif

void machine_crash(const char *file, unsigned line, const char *what)
{
	char text[160];

	log_format(text, sizeof(text), "%s:%u: invariant does not hold: %s", file, line, what);
	crash_here("invariant", text);
}

#ifdef __clang__
/* Clang cannot keep the canary in struct cpu; an image that it builds checks the code, no more. */
extern uint64_t __stack_chk_guard;
uint64_t __stack_chk_guard = 0x706f7274d5a2b300UL;
#endif

/* The compiler calls this when a canary changed. */
_Noreturn void __stack_chk_fail(void);
void __stack_chk_fail(void)
{
	crash_here("stack-smashed", "a stack canary was overwritten");
}

bool smc_probe(void)
{
	struct cpu *cpu = cpu_self();
	uint64_t x[SMCCC_REGISTERS] = {0x84000000U}; /* PSCI_VERSION: harmless everywhere */

	cpu->probing_smc = 1;
	machine_firmware_call(x);
	bool answered = cpu->probing_smc == 1U;

	cpu->probing_smc = 0;
	return answered;
}
