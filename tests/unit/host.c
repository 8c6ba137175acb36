/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "host.h"

struct hypervisor host_hv;
struct smccc_call host_decoded[FAKE_CPUS];
struct fake_firmware host_fw;

static bool in_ram(const void *context, uint64_t pc)
{
	(void)context;
	return pc >= HOST_RAM_BASE && pc < HOST_RAM_END;
}

static bool is_hypervisors(const void *context, uint64_t address)
{
	(void)context;
	return address >= HOST_WITHHELD && address < HOST_WITHHELD + HOST_WITHHELD_SIZE;
}

void host_prepare(void)
{
	fake_reset();
	for (unsigned i = 0; i < FAKE_CPUS; i++)
		host_decoded[i].cpu = (uint8_t)i;
	memset(&host_hv, 0, sizeof(host_hv));
	fake_firmware_good(&host_fw);
}

void host_start(unsigned cpus)
{
	uint64_t mpidr[PSCI_CPU_MAX];

	for (unsigned i = 0; i < PSCI_CPU_MAX; i++)
		mpidr[i] = i;
	host_hv.firmware.conduit = FIRMWARE_SMC;
	firmware_discover(&host_hv.firmware);
	smccc_policy_init(&host_hv.policy, PORTCULLIS_PRESENT_CONFINED);
	psci_init(&host_hv.psci, &host_hv.firmware, mpidr, cpus, 0, in_ram, is_hypervisors, NULL);
	host_ffa_init(&host_hv.ffa_host, &host_hv.ffa, &host_hv.firmware, &host_hv.ledger,
		      HOST_FFA_ID);
	host_hv.ffa.host.contexts = (uint16_t)cpus;
	firmware_report(&host_hv.firmware);
	psci_report(&host_hv.psci);
	host_ffa_report(&host_hv.ffa_host, &host_hv.ffa);
	/* what follows is about the host's calls */
	fake.calls = 0;
}

uint64_t host_canary(unsigned n)
{
	return 0xca9a41e000000000ULL | n << 8 | n;
}

bool host_untouched(const uint64_t x[SMCCC_REGISTERS], unsigned from)
{
	for (unsigned n = from; n < SMCCC_REGISTERS; n++)
		if (x[n] != host_canary(n))
			return false;
	return true;
}

void host_registers(uint64_t x[SMCCC_REGISTERS], uint64_t x0, uint64_t x1, uint64_t x2, uint64_t x3)
{
	for (unsigned n = 0; n < SMCCC_REGISTERS; n++)
		x[n] = host_canary(n);
	x[0] = x0;
	x[1] = x1;
	x[2] = x2;
	x[3] = x3;
}

void host_call(uint64_t x[SMCCC_REGISTERS], uint64_t x0, uint64_t x1, uint64_t x2, uint64_t x3)
{
	host_registers(x, x0, x1, x2, x3);
	smccc_route(&host_hv, &host_decoded[fake_cpu], 0, x);
}

uint64_t host_ask(uint64_t x0, uint64_t x1, uint64_t x2, uint64_t x3)
{
	uint64_t x[SMCCC_REGISTERS];

	host_call(x, x0, x1, x2, x3);
	return x[0];
}
