/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PAYLOAD_PSCI_H
#define PAYLOAD_PSCI_H

#include <stdint.h>

enum psci_status {
	PSCI_SUCCESS = 0,
	PSCI_NOT_SUPPORTED = -1,
	PSCI_INVALID_PARAMETERS = -2,
	PSCI_DENIED = -3,
	PSCI_ALREADY_ON = -4,
	PSCI_ON_PENDING = -5,
	PSCI_INTERNAL_FAILURE = -6,
	PSCI_INVALID_ADDRESS = -9,
};

enum psci_affinity {
	PSCI_AFFINITY_ON,
	PSCI_AFFINITY_OFF,
	PSCI_AFFINITY_PENDING
};

#define PSCI_VERSION          0x84000000U
#define PSCI_CPU_SUSPEND      0xc4000001U
#define PSCI_CPU_OFF          0x84000002U
#define PSCI_CPU_ON           0xc4000003U
#define PSCI_CPU_ON_32        0x84000003U
#define PSCI_AFFINITY_INFO    0xc4000004U
#define PSCI_AFFINITY_INFO_32 0x84000004U
#define PSCI_SYSTEM_OFF       0x84000008U
#define PSCI_SYSTEM_RESET     0x84000009U
#define PSCI_FEATURES         0x8400000aU
#define PSCI_SYSTEM_SUSPEND   0xc400000eU
#define PSCI_SYSTEM_RESET2    0xc4000012U

/* Call by the conduit of the tree; w0 of the answer. */
int32_t psci_call(uint32_t function, uint64_t x1, uint64_t x2, uint64_t x3);

static inline int32_t psci_cpu_on(uint64_t mpidr, uint64_t entry, uint64_t context)
{
	return psci_call(PSCI_CPU_ON, mpidr, entry, context);
}

static inline int32_t psci_affinity_info(uint64_t mpidr)
{
	return psci_call(PSCI_AFFINITY_INFO, mpidr, 0, 0);
}

static inline int32_t psci_features(uint32_t function)
{
	return psci_call(PSCI_FEATURES, function, 0, 0);
}

void psci_cpu_off(void);

#endif
