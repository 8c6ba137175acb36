/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The attacker: a host that wants what it must not have. attacks.def lists its attacks; each is a
 * function attack_NAME() that tries, and says from evidence whether it got what it wanted:
 *
 *   ATTACK_SUCCEEDED  it read the bytes, wrote them, executed them, moved the register: seen by the
 *                     attack itself, not concluded from an exception that did not come
 *   ATTACK_STOPPED    it did not
 *   ATTACK_ABSENT     what it needs is not in this CPU or machine (attack_absent() says what)
 *
 * An attack says with attack_evidence() what it saw, leaves memory and registers as they were even
 * when it succeeds, and ends: a control run takes the guard away, attacks, puts the guard back, and
 * goes on with the next. It may run with the MMU off; then it does not call say().
 *
 * Output, one line for each attack and state of the MMU, and one at the end:
 *
 *   attacker: 12 read_first_byte mmu-on stopped: 1 exceptions, ESR 0x96000210
 *   attacker: 13 write_its mmu-off absent: no GICv3
 *   attacker: broken 12: MEM_VERSION answered 0xffffffffffffffff
 *   attacker: done 2 stopped 1 succeeded 0 absent 1 broken 0
 *
 * Options: payload.only=N,N runs these numbers alone. payload.control=1 asks the test build
 * `breaker` (hypervisor/arm64/guards.h) to take the attack's guard away before each.
 * payload.tidcp=0: below is an emulator without HCR_EL2.TIDCP. payload.willing=1: below is the
 * firmware of tests/system/attacker.script, which carries out what reaches it. How much: .rounds=N
 * of each race, .numbers=N of each range of functions (146, 147), .sweep=N of HVC (145).
 */
#ifndef ATTACKER_ATTACK_H
#define ATTACKER_ATTACK_H

#include <stdbool.h>
#include <stdint.h>

#include "arm64/guards.h"

#include "cpu.h"
#include "exception.h"
#include "payload.h"
#include "smccc.h"

enum attack_outcome {
	ATTACK_STOPPED,
	ATTACK_SUCCEEDED,
	ATTACK_ABSENT
};

/* Flags of attacks.def */
#define MMU_ON  1U /* runs with stage 1 on */
#define MMU_OFF 2U /* runs with stage 1 and the caches off; both: once each */
#define CPUS_2  4U /* needs a second CPU */
#define GICV2   8U
#define GICV3   16U
/* Judged by whether the instruction was carried out: QEMU shows no other effect of it. */
#define INSTRUCTION 32U

typedef enum attack_outcome attack_function(void);

struct attack {
	unsigned number;
	const char *name, *rule;
	enum guard guard;
	attack_function *function;
	unsigned flags;
};

extern const struct attack attacks[];
extern const unsigned attack_count;

#define ATTACK(number, name, rule, guard, flags) attack_function attack_##name;
#include "attacks.def"
#undef ATTACK

/* What this attack saw, for its line; the last call counts. */
void attack_evidence(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same, with an end: return attack_absent("no SVE"). */
enum attack_outcome attack_absent(const char *what);

/* return attack_judge(got, "read 0x%llx", value): ATTACK_SUCCEEDED when `got`, evidence in any
 * case. */
enum attack_outcome attack_judge(bool got, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Is the guard of the running attack away? Only to know whether it is worth waiting: an attack does
 * the same in either case. */
bool attack_control(void);

/* An invariant of the hypervisor does not hold after this attack: counted, the test fails. */
void attack_broken(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * A call with x1..x4 and canaries in every other register that the callee may not change; x0 of the
 * answer. Invariant I4 is checked: no register beyond x`results` changed, and none of them holds an
 * address of the hypervisor's.
 */
uint64_t attack_call(enum conduit conduit, uint64_t fid, const uint64_t arguments[4],
		     unsigned results);

#endif
