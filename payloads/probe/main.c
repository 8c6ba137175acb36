// SPDX-License-Identifier: Apache-2.0
#include "probe.h"

#include "psci.h"

const char payload_name[] = "probe";

void payload_main(void)
{
	uint64_t seed = machine_option("seed", 1);

	random_seed(seed);
	note("seed %llu, %u CPUs, %s below, conduit %s", (unsigned long long)seed,
	     machine.cpu_count, machine.hypervisor ? "Portcullis" : "no Portcullis",
	     machine.hvc ? "hvc" : "smc");
	test_entry();
	test_ffa_before_version();
	test_ffa_version();
	test_ffa_functions("FF-A functions by SMC", SMC);
	test_ffa_functions("FF-A functions by HVC", HVC);
	test_ffa_features();
	test_forms();
	test_owners();
	test_standard_range();
	test_architecture();
	test_trng();
	test_vendor();
	test_registers();
	test_registers_kept();
	test_vectors_kept();
	test_user();
	test_withheld();
	test_withheld_accesses();
	test_withheld_walk();
	test_own_memory();
	test_outside();
	if (ledger_offered())
		test_ledger();
	test_psci_features();
	test_cpu_on_refusals();
	if (suspend_offered())
		test_suspend();
	if (machine.cpu_count > 1U && others_usable()) {
		test_other_cpus();
		test_cpu_on_forms();
		test_hotplug();
		if (ledger_offered())
			test_ledger_race();
	}
	if (machine.cpu_count > 2U && others_usable())
		test_cpu_on_race();
	if (firmware_refuses())
		test_firmware_refusals();
	say("done %u passed %u failed", test_passed(), test_failed());
	if (machine_option("system-off", 0) != 0U)
		(void)psci_call(PSCI_SYSTEM_RESET, 0, 0, 0);
}
