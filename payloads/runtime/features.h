/* SPDX-License-Identifier: Apache-2.0 */
/* What the CPU offers to EL1, as its ID registers say it. */
#ifndef PAYLOAD_FEATURES_H
#define PAYLOAD_FEATURES_H

#include <stdbool.h>

enum feature {
	ALWAYS,
	GIC, /* CPU interface through system registers, and a GICv3 in the tree */
	PMU,
	PAUTH,
	PAN,
	UAO,
	DIT,
	SSBS,
	TCO, /* FEAT_MTE: PSTATE.TCO, instructions at EL0 */
	MTE, /* FEAT_MTE2: tags, and their registers */
	NMI,
	SVE,
	SME,
	RAS,
	LOR,
	TRF,
	MPAM,
	AMU,
	SPE,
	TRBE,
	BRBE,
	RNG,
	CSV2_2,
	ECV,
	TCR2,
	SCTLR2,
	PIE,
	POE,
	AIE,
	GCS,
	ACCDATA,
	LSE,
	LRCPC,
	LRCPC2,
	DCPOP,
	DCPODP,
	MOPS,
	ZVA,
	EL0_32,
	FEATURE_COUNT,
};

/* Of this CPU. */
bool feature(enum feature feature);

/* Let EL1 use SVE and SME where they are there (CPACR_EL1), and forbid it again. */
void features_unlock(void);
void features_lock(void);

#endif
