/* SPDX-License-Identifier: Apache-2.0 */
/* A host on the fake machine: the whole call path of the core, and calls with canaries around them.
 */
#ifndef PORTCULLIS_TEST_HOST_H
#define PORTCULLIS_TEST_HOST_H

#include "core/hypervisor.h"
#include "core/smccc/route.h"
#include "fake/firmware.h"

#define HOST_RAM_BASE 0x40000000ULL
#define HOST_RAM_END  0x80000000ULL
/* RAM as well, and the hypervisor's */
#define HOST_WITHHELD      0x80000000ULL
#define HOST_WITHHELD_SIZE 0x00200000ULL

extern struct hypervisor host_hv;
/* Room for the decoded call of each CPU. */
extern struct smccc_call host_decoded[FAKE_CPUS];
extern struct fake_firmware host_fw;

/* A good firmware and nothing started yet: change host_fw, then host_start(). */
void host_prepare(void);

/* Discovery, policy, PSCI with `cpus` CPUs (MPIDR = index) and FF-A, as the boot code does. */
void host_start(unsigned cpus);

/* What register n holds before a call unless a test says otherwise. */
uint64_t host_canary(unsigned n);

/* Do registers from..17 still hold their canaries? */
bool host_untouched(const uint64_t x[SMCCC_REGISTERS], unsigned from);

/* Registers full of canaries, with x0.. from the arguments. */
void host_registers(uint64_t x[SMCCC_REGISTERS], uint64_t x0, uint64_t x1, uint64_t x2,
		    uint64_t x3);

/* One SMC #0 with these arguments and canaries above; x is what the host finds afterwards. */
void host_call(uint64_t x[SMCCC_REGISTERS], uint64_t x0, uint64_t x1, uint64_t x2, uint64_t x3);

/* The same when only x0 matters. */
uint64_t host_ask(uint64_t x0, uint64_t x1, uint64_t x2, uint64_t x3);

#endif
