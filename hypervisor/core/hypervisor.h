/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Everything that the hypervisor knows, in one object: what it found below, what the plan decided,
 * and the state of each room towards the host. Each member's type says which lock protects it; the
 * object itself is written by the boot CPU before any other CPU runs.
 */
#ifndef PORTCULLIS_HYPERVISOR_H
#define PORTCULLIS_HYPERVISOR_H

#include "core/boot/plan.h"
#include "core/gic/gic.h"
#include "core/host/fault.h"
#include "core/host/ffa.h"
#include "core/host/memory.h"
#include "core/ledger/ledger.h"
#include "core/psci/psci.h"
#include "core/smccc/firmware.h"
#include "core/smccc/policy.h"
#include "core/stage2/stage2.h"

struct hypervisor {
	struct psci psci; /* first: its calls are the frequent ones */
	struct boot_plan plan;
	struct firmware firmware;
	struct smccc_policy policy;
	struct ffa ffa;
	struct host_ffa ffa_host;
	struct stage2 stage2;
	struct ledger ledger;
	struct host_memory memory;
	struct host_faults faults;
	struct gic gic;
};

#endif
