// SPDX-License-Identifier: Apache-2.0
#include "arm64/trap.h"

#include "core/host/register.h"
#include "core/smccc/route.h"
#include "core/trace/trace.h"

#include "arm64/audit.h"
#include "arm64/breaker.h"
#include "arm64/counters.h"
#include "arm64/sysreg.h"
#include "arm64/tlb.h"

bool host_in_el0(void)
{
	return (sysreg_read(spsr_el2) & 0xcUL) == 0UL;
}

/* The instruction at ELR_EL2 is done (trapped SMC) or never happens. */
static void skip_instruction(void)
{
	uint64_t spsr = sysreg_read(spsr_el2);

	sysreg_write(elr_el2, sysreg_read(elr_el2) + 4U);
	/* the software-step state machine must see it as executed */
	if ((spsr & SPSR_STEPPED) != 0UL)
		sysreg_write(spsr_el2, spsr & ~SPSR_STEPPED);
}

void inject_exception(const struct cpu *cpu, uint32_t esr, bool has_far, uint64_t far)
{
	const struct cpu_features *f = &cpu_features;
	uint64_t spsr = sysreg_read(spsr_el2);
	uint64_t elr = sysreg_read(elr_el2);
	uint64_t vbar = cpu->e2h ? sysreg_read(VBAR_EL12) : sysreg_read(vbar_el1);
	uint64_t sctlr = cpu->e2h ? sysreg_read(SCTLR_EL12) : sysreg_read(sctlr_el1);
	uint64_t offset = (spsr & 0x10UL) != 0UL  ? 0x600UL /* AArch32 EL0 */
			  : (spsr & 0xfUL) == 0UL ? 0x400UL
			  : (spsr & 0x1UL) != 0UL ? 0x200UL
						  : 0UL;
	uint64_t target = (spsr & 0xf0000000UL) | SPSR_DAIF | SPSR_EL1H;

	/* PSTATE of AArch64.TakeException; DIT and NZCV stay, SS, IL, BTYPE, UAO become 0 */
	target |= spsr & (1UL << 24);
	if (f->pan)
		target |= (sctlr & SCTLR_SPAN) == 0UL ? 1UL << 22 : spsr & (1UL << 22);
	if (id_field(f->pfr1, 4) != 0U && (sctlr & SCTLR_DSSBS) != 0UL)
		target |= 1UL << 12;
	if (f->mte)
		target |= 1UL << 25; /* TCO */
	if (id_field(f->pfr1, 36) != 0U && (sctlr & (1UL << 62)) == 0UL)
		target |= 1UL << 13; /* ALLINT unless SPINTMASK */
	if ((spsr & 0x10UL) != 0UL)
		target &= ~((1UL << 24) | (1UL << 22)); /* AArch32 keeps other things there */

	if (cpu->e2h) {
		sysreg_write(ELR_EL12, elr);
		sysreg_write(SPSR_EL12, spsr);
		sysreg_write(ESR_EL12, esr);
		if (has_far)
			sysreg_write(FAR_EL12, far);
	} else {
		sysreg_write(elr_el1, elr);
		sysreg_write(spsr_el1, spsr);
		sysreg_write(esr_el1, esr);
		if (has_far)
			sysreg_write(far_el1, far);
	}
	sysreg_write(spsr_el2, target);
	sysreg_write(elr_el2, vbar + offset);
}

static void inject_undefined(const struct cpu *cpu)
{
	inject_exception(cpu, (EC_UNKNOWN << 26) | (1U << 25), false, 0);
}

enum translation {
	TRANSLATED,
	NOT_TRANSLATED,
	TRANSLATION_MOVES, /* the tables are being changed: the host's access shall find out itself
			    */
};

/*
 * Intermediate physical address of a fault whose HPFAR_EL2 is not valid (permission faults): ask
 * the host's stage 1. PAR_EL1 is the host's and goes back.
 */
static enum translation translate(uint64_t far, uint64_t *ipa)
{
	uint64_t saved = sysreg_read(par_el1), par;

	__asm__ volatile("at s1e1r, %0" ::"r"(far) : "memory");
	isb();
	par = sysreg_read(par_el1);
	sysreg_write(par_el1, saved);
	if ((par & PAR_F) == 0UL) {
		*ipa = (par & 0x0000fffffffff000UL) | (far & 0xfffUL);
		return TRANSLATED;
	}
	return (par & PAR_S) != 0UL || PAR_STATUS(par) == FSC_TLB_CONFLICT ? TRANSLATION_MOVES
									   : NOT_TRANSLATED;
}

/* Where register `number` of the host lies, in the frame or not; NULL: the zero register. */
static uint64_t *host_register(struct host_frame *frame, unsigned number)
{
	if (number < SMCCC_REGISTERS)
		return &frame->x[number];
	if (number >= 19U && number <= 28U)
		return &frame->x19[number - 19U];
	return number == 18U   ? &frame->x18
	       : number == 29U ? &frame->x29
	       : number == 30U ? &frame->x30
			       : NULL;
}

/* A load is narrower than its register: zeroes, or its sign, above it (Arm ARM, ISS of a data
 * abort). */
static uint64_t extended(uint64_t value, unsigned size, uint32_t iss)
{
	unsigned shift = 64U - 8U * size;

	if (shift != 0U && (iss & ISS_DABT_SSE) != 0U)
		value = (uint64_t)((int64_t)(value << shift) >> shift);
	return (iss & ISS_DABT_SF) != 0U ? value : (uint32_t)value;
}

/* True when the address is one that core/gic guards and the access was carried out. */
static bool guarded_access(struct cpu *cpu, struct host_frame *frame, uint32_t iss,
			   uint64_t address)
{
	uint64_t *reg = host_register(frame, ISS_DABT_SRT(iss));
	struct gic_access access = {
	    .address = address,
	    .size = (iss & ISS_DABT_ISV) != 0U ? 1U << ISS_DABT_SAS(iss) : 0U,
	    .write = (iss & ISS_DABT_WNR) != 0U,
	};

	if (access.write && reg != NULL)
		access.value = *reg;
	if (access.size < 8U)
		access.value &= (1UL << (8U * access.size)) - 1U;
	if (gic_host_access(&cpu->hypervisor->gic, &access) != GIC_DONE)
		return false;
	if (!access.write && reg != NULL)
		*reg = extended(access.value, access.size, iss);
	skip_instruction();
	return true;
}

static void handle_abort(struct cpu *cpu, struct host_frame *frame, uint64_t esr, bool execute)
{
	uint32_t iss = ESR_ISS(esr);
	uint64_t far = sysreg_read(far_el2);
	unsigned status = iss & 0x3fU;
	bool walk = (iss & ISS_DABT_S1PTW) != 0U;
	struct host_fault fault = {
	    .pc = sysreg_read(elr_el2),
	    .write = !execute && (iss & (ISS_DABT_WNR | ISS_DABT_CM)) == ISS_DABT_WNR,
	    .execute = execute,
	    .walk = walk,
	};

	cpu->call.exits.abort++;
	/*
	 * A TLB holds an address in two sizes of block, since one became the other with less than
	 * break-before-make, here or in the host's own tables. This comes to EL2 in either case
	 * (D8.16.2); without any translation the access finds the one that the tables hold.
	 */
	if (status == FSC_TLB_CONFLICT) {
		tlb_drop_here();
		return;
	}
	/* translation (4..7), access flag (8..11) and address size (0..3) faults set HPFAR_EL2 */
	if (status < 12U || walk) {
		fault.address =
		    ((sysreg_read(hpfar_el2) & 0xfffffffff0UL) << 8) | (walk ? 0UL : far & 0xfffUL);
		fault.known = true;
	} else {
		enum translation translation = translate(far, &fault.address);

		if (translation == TRANSLATION_MOVES)
			return; /* the access comes back, with an address, or finds its way */
		fault.known = translation == TRANSLATED;
	}
	if (fault.known && !execute && !walk && (iss & ISS_DABT_CM) == 0U &&
	    guarded_access(cpu, frame, iss, fault.address))
		return;
	if (host_fault_decide(&cpu->hypervisor->faults, &cpu->hypervisor->plan,
			      &cpu->hypervisor->ledger, &fault) == HOST_FAULT_RETRY)
		return;

	/* Synchronous external abort: on a table walk the host gets the code of the walk's level.
	 */
	unsigned class = execute ? (host_in_el0() ? EC_IABT_LOWER : EC_IABT_SAME)
				 : (host_in_el0() ? EC_DABT_LOWER : EC_DABT_SAME);
	uint32_t code = walk ? 0x14U + (status & 3U) : FSC_EXTERNAL;
	uint32_t kept = execute ? 0U : iss & (ISS_DABT_WNR | ISS_DABT_CM);

	inject_exception(cpu, (class << 26) | (1U << 25) | kept | code, true, far);
}

/* Carried out, unless it is undefined. */
static bool register_access(const struct host_register_access *access, uint64_t *value)
{
	switch (access->answer) {
	case HOST_REGISTER_UNDEFINED:
		return false;
	case HOST_REGISTER_ZERO:
		*value = 0;
		return true;
	case HOST_REGISTER_ACTLR:
		*value = sysreg_read(actlr_el1);
		return true;
	case HOST_REGISTER_COUNTER:
		return access->read ? counters_read(access->encoding, value)
				    : counters_write(access->encoding, *value);
	}
	return false;
}

/* A register or instruction that is not the host's: as if the CPU did not have it, or harmless. */
static void handle_register(struct cpu *cpu, struct host_frame *frame, uint32_t iss)
{
	struct host_register_access access = host_register_decide(iss);
	uint64_t *reg = host_register(frame, access.target);
	uint64_t value = reg != NULL ? *reg : 0UL;

	if (!register_access(&access, &value)) {
		inject_undefined(cpu);
		return;
	}
	if (access.read && reg != NULL)
		*reg = value;
	skip_instruction();
}

/* Everything but calls, with all of the host's registers in the frame. */
void handle_other(struct host_frame *frame)
{
	struct cpu *cpu = cpu_self();
	uint64_t esr = sysreg_read(esr_el2);

	cpu->handling = NULL;
	switch (ESR_EC(esr)) {
	case EC_IABT_LOWER:
		handle_abort(cpu, frame, esr, true);
		break;
	case EC_DABT_LOWER:
		handle_abort(cpu, frame, esr, false);
		break;
	case EC_SYSREG:
		cpu->call.exits.trap++;
		handle_register(cpu, frame, ESR_ISS(esr));
		break;
	default:
		cpu->call.exits.trap++;
		inject_undefined(cpu);
		break;
	}
	audit_exit(cpu->hypervisor);
}

/* Ends in a call in tail position, as smccc_route() does: see there. */
static inline void handle_call(struct cpu *cpu, struct host_frame *frame, uint64_t esr)
{
	cpu->handling = &cpu->call;
#ifdef BREAKER
	smccc_decode(&cpu->call, frame->x);
	if (breaker_call(cpu, frame->x))
		return;
#endif
#ifdef CHECKED
	smccc_decode(&cpu->call, frame->x);
	if (!audit_call(cpu->hypervisor, &cpu->call))
		smccc_route(cpu->hypervisor, &cpu->call, (uint16_t)esr, frame->x);
	audit_call_done(cpu->hypervisor, &cpu->call);
#else
	smccc_route(cpu->hypervisor, &cpu->call, (uint16_t)esr, frame->x);
#endif
}

/* A tail call was not one: the host's registers are lost. */
_Noreturn void trap_other_lost(void)
{
	machine_crash(__FILE__, __LINE__, "trap_host() ends in a jump");
}

void trap_host(struct host_frame *frame)
{
	struct cpu *cpu = cpu_self();
	uint64_t esr = sysreg_read(esr_el2);

	if (crash_begun()) {
		crash_stop();
	} else if (ESR_EC(esr) == EC_SMC64) {
		skip_instruction(); /* before the call: a CPU may come back elsewhere */
		handle_call(cpu, frame, esr);
	} else if (ESR_EC(esr) == EC_HVC64) {
		cpu->call.exits.hvc++;
		handle_call(cpu, frame, esr);
	} else {
		trap_other(frame); /* in tail position, which it checks */
	}
}

void trap_traced(struct host_frame *frame)
{
	uint64_t esr = sysreg_read(esr_el2);

	if (crash_begun())
		crash_stop();
	trace_begin(host_trace, ESR_EC(esr) == EC_SMC64 ? TRACE_SMC : TRACE_HVC, (uint16_t)esr,
		    frame->x);
	trap_host(frame);
	trace_end(host_trace, frame->x);
}
