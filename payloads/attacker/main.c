// SPDX-License-Identifier: Apache-2.0
/* One attack after the other, and after each the invariants that a host can see. */
#include <string.h>

#include "core/log/log.h"

#include "attack.h"
#include "features.h"
#include "mmu.h"
#include "psci.h"
#include "random.h"
#include "ranges.h"

#define MEM_VERSION     0x86000020U
#define MEM_VERSION_1_0 0x10000U

const char payload_name[] = "attacker";

const struct attack attacks[] = {
#define ATTACK(number, name, rule, guard, flags)                                                   \
	{number, #name, rule, GUARD_##guard, attack_##name, flags},
#include "attacks.def"
#undef ATTACK
};
const unsigned attack_count = sizeof(attacks) / sizeof(attacks[0]);

static struct {
	const struct attack *attack;
	enum attack_outcome outcome;
	char evidence[160];
	bool control;
	unsigned lines, counts[3], broken;
} state;

void attack_evidence(const char *format, ...)
{
	va_list list;

	va_start(list, format);
	log_format_list(state.evidence, sizeof(state.evidence), format, list);
	va_end(list);
}

enum attack_outcome attack_absent(const char *what)
{
	attack_evidence("%s", what);
	return ATTACK_ABSENT;
}

enum attack_outcome attack_judge(bool got, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	log_format_list(state.evidence, sizeof(state.evidence), format, list);
	va_end(list);
	return got ? ATTACK_SUCCEEDED : ATTACK_STOPPED;
}

bool attack_control(void)
{
	return state.control;
}

void attack_broken(const char *format, ...)
{
	char text[160];
	va_list list;

	va_start(list, format);
	log_format_list(text, sizeof(text), format, list);
	va_end(list);
	state.broken++;
	say("broken %u: %s", state.attack->number, text);
}

uint64_t attack_call(enum conduit conduit, uint64_t fid, const uint64_t arguments[4],
		     unsigned results)
{
	struct exchange e, sent;
	struct exception taken;

	call_prepare(&e, fid);
	for (unsigned n = 0; n < 4U; n++)
		e.x[1U + n] = arguments[n];
	sent = e;
	exception_expect();
	exchange_perform(&e, conduit);
	if (exception_end(&taken) != 0U)
		attack_broken("0x%llx: exception, ESR 0x%llx", (unsigned long long)fid,
			      (unsigned long long)taken.esr);
	for (unsigned n = 0; n < 31U; n++) {
		if (n > results && e.x[n] != sent.x[n])
			attack_broken("0x%llx: x%u is 0x%llx, was 0x%llx", (unsigned long long)fid,
				      n, (unsigned long long)e.x[n], (unsigned long long)sent.x[n]);
		/* not the lower half of what we sent, and not the page that was refused */
		else if (e.x[n] != sent.x[n] && e.x[n] != (uint32_t)sent.x[n] &&
			 machine_kept(e.x[n]) && !(n == 2U && (int64_t)e.x[0] < 0))
			attack_broken("0x%llx: x%u tells 0x%llx", (unsigned long long)fid, n,
				      (unsigned long long)e.x[n]);
	}
	if (memcmp(e.q, sent.q, sizeof(e.q)) != 0 || e.sp != e.sp_after)
		attack_broken("0x%llx: SP or a vector register changed", (unsigned long long)fid);
	return e.x[0];
}

/* An access that stage 2 refuses costs a way through EL2: all registers come back as they went. */
static void check_abort(void)
{
	struct exchange e, sent;
	struct exception taken;

	if (machine.kept_count == 0U)
		return;
	call_prepare(&e, 0);
	e.x[1] = machine.kept[0].base;
	sent = e;
	exception_expect();
	exchange_perform(&e, LOAD_X1);
	if (exception_end(&taken) != 1U || !exception_external_abort(&taken))
		attack_broken("a load of the image: %u exceptions, ESR 0x%llx", taken.count,
			      (unsigned long long)taken.esr);
	if (memcmp(e.x, sent.x, sizeof(e.x)) != 0 || memcmp(e.q, sent.q, sizeof(e.q)) != 0 ||
	    e.sp != e.sp_after)
		attack_broken("a register changed on the way through an abort");
}

/* This CPU still gets its answers; in a test build that walks its tables with it, the walk. */
static void check_cpu(void *unused)
{
	static const uint64_t none[4];
	uint64_t answer = attack_call(HVC, MEM_VERSION, none, 0);

	(void)unused;
	if (answer != MEM_VERSION_1_0)
		attack_broken("MEM_VERSION answered 0x%llx", (unsigned long long)answer);
	check_abort();
}

static void check_invariants(bool all)
{
	check_cpu(NULL);
	for (unsigned i = 1; all && i < machine.cpu_count; i++)
		if (!cpu_run(i, check_cpu, NULL))
			attack_broken("cpu%u is lost", i);
}

static void run_without_mmu(void *unused)
{
	(void)unused;
	state.outcome = state.attack->function();
}

static const char *missing(const struct attack *attack)
{
	if ((attack->flags & CPUS_2) != 0U && machine.cpu_count < 2U)
		return "needs two CPUs";
	if ((attack->flags & GICV2) != 0U && machine.gic != 2U)
		return "no GICv2";
	if ((attack->flags & GICV3) != 0U && machine.gic != 3U)
		return "no GICv3";
	return NULL;
}

static bool switch_guard(enum guard guard, bool off)
{
	const uint64_t arguments[4] = {guard, off ? 1U : 0U};

	return !state.control || guard >= GUARD_COUNT ||
	       attack_call(HVC, BREAKER_CALL, arguments, 0) == 0U;
}

static void run(const struct attack *attack, bool mmu)
{
	static const char *const words[] = {"stopped", "succeeded", "absent"};
	const char *lacks = missing(attack);

	state.attack = attack;
	attack_evidence("no evidence");
	if (lacks != NULL) {
		state.outcome = attack_absent(lacks);
	} else if (!switch_guard(attack->guard, true)) {
		attack_broken("no such guard below; payload.control is for the breaker");
		return;
	} else {
		if (mmu)
			state.outcome = attack->function();
		else
			mmu_without(run_without_mmu, NULL);
		(void)switch_guard(attack->guard, false);
	}
	say("%u %s %s %s: %s", attack->number, attack->name, mmu ? "mmu-on" : "mmu-off",
	    words[state.outcome], state.evidence);
	state.lines++;
	state.counts[state.outcome]++;
	check_invariants((attack->flags & CPUS_2) != 0U && lacks == NULL);
}

void payload_main(void)
{
	bool chosen = machine_option_text("only") != NULL;

	random_seed(machine_option("seed", 1));
	state.control = machine_option("control", 0) != 0U;
	features_unlock();
	for (unsigned i = 0; i < attack_count; i++) {
		if (chosen && !machine_option_lists("only", attacks[i].number))
			continue;
		if ((attacks[i].flags & MMU_ON) != 0U)
			run(&attacks[i], true);
		if ((attacks[i].flags & MMU_OFF) != 0U)
			run(&attacks[i], false);
	}
	if (state.attack != NULL)
		check_invariants(true);
	say("done %u stopped %u succeeded %u absent %u broken %u", state.lines,
	    state.counts[ATTACK_STOPPED], state.counts[ATTACK_SUCCEEDED],
	    state.counts[ATTACK_ABSENT], state.broken);
}
