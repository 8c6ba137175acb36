/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The probe: a host that tries everything it should not, and counts the answers. Output:
 *
 *   probe: # detail of a failed check
 *   probe: ok 3 withheld pages: 1411 checks
 *   probe: not ok 4 immediate: 12 of 640 checks failed
 *   probe: done 30 passed 1 failed
 */
#ifndef PROBE_H
#define PROBE_H

#include <stdbool.h>
#include <stdint.h>

#include "checks.h"
#include "cpu.h"
#include "payload.h"
#include "random.h"
#include "smccc.h"

/* ---- calls.c ---- */

/*
 * Call, noting an exception as a failed check. `sent` keeps what was sent. False after an
 * exception.
 */
bool call_perform(struct exchange *e, struct exchange *sent, enum conduit conduit);

/* x[first..30], SP and q0..q31 are as they were. */
bool call_preserved(const struct exchange *e, const struct exchange *sent, unsigned first);

/* w0 of a plain call with x1..x3, all else canaries; also checks that x4.. are preserved. */
uint64_t call_plain(uint32_t fid, uint64_t x1, uint64_t x2, uint64_t x3);

/* FFA_VERSION with w1 = asked: x0 of the answer; also checks what it does with the other registers.
 */
uint64_t call_version(uint64_t asked, enum conduit conduit);

void test_ffa_before_version(void);
void test_ffa_version(void);
void test_ffa_functions(const char *name, enum conduit conduit);
void test_ffa_features(void);
void test_forms(void);
void test_owners(void);
void test_standard_range(void);
void test_architecture(void);
void test_trng(void);
void test_vendor(void);

/* ---- registers.c ---- */
void test_entry(void);
void test_registers(void);
void test_registers_kept(void);
void test_vectors_kept(void);

/* ---- user.c ---- */
void test_user(void);

/* ---- memory.c ---- */
void test_withheld(void);
void test_withheld_accesses(void);
void test_withheld_walk(void);
void test_own_memory(void);
void test_outside(void);

/* ---- power.c ---- */
void test_psci_features(void);
void test_cpu_on_refusals(void);
void test_cpu_on_forms(void);
void test_hotplug(void);
void test_cpu_on_race(void);

/* ---- suspend.c ---- */

/* Are there idle states, and a GIC that can end them? */
bool suspend_offered(void);
void test_suspend(void);

/* ---- cpus.c ---- */

/* Does this firmware turn CPUs on and off? */
bool others_usable(void);
void test_other_cpus(void);

/* Is it said to refuse what is right? */
bool firmware_refuses(void);
void test_firmware_refusals(void);

/* ---- ledger.c ---- */

/* Does the hypervisor take memory from its host? */
bool ledger_offered(void);
void test_ledger(void);
void test_ledger_race(void);

#endif
