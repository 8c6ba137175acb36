/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers of FF-A (DEN0077A 1.2, memory part DEN0140): functions, errors, versions, fields of
 * registers and of descriptors in memory. Nothing here has a state or an opinion.
 */
#ifndef PORTCULLIS_FFA_ABI_H
#define PORTCULLIS_FFA_ABI_H

#include <stdint.h>

#define FFA_VERSION_1_0 0x10000U
#define FFA_VERSION_1_1 0x10001U
#define FFA_VERSION_1_2 0x10002U
#define FFA_VERSION_1_3 0x10003U

#define FFA_VERSION_OURS FFA_VERSION_1_2 /* highest that we speak */

#define FFA_MAJOR(version) (((version) >> 16) & 0x7fffU)
#define FFA_MINOR(version) ((version) & 0xffffU)

#define FFA_FIRST_NUMBER 0x60U /* of owner "standard secure" */
#define FFA_LAST_NUMBER  0xffU
#define FFA_NUMBERS      (FFA_LAST_NUMBER - FFA_FIRST_NUMBER + 1U)

#define FFA_64   0x40000000U /* the SMC64 form of a function */
#define FFA_HINT 0x00010000U /* SVE hint: no part of the name */

#define FFA_ERROR                       0x84000060U
#define FFA_SUCCESS                     0x84000061U
#define FFA_INTERRUPT                   0x84000062U
#define FFA_VERSION                     0x84000063U
#define FFA_FEATURES                    0x84000064U
#define FFA_RX_RELEASE                  0x84000065U
#define FFA_RXTX_MAP                    0x84000066U
#define FFA_RXTX_UNMAP                  0x84000067U
#define FFA_PARTITION_INFO_GET          0x84000068U
#define FFA_ID_GET                      0x84000069U
#define FFA_MSG_POLL                    0x8400006aU
#define FFA_MSG_WAIT                    0x8400006bU
#define FFA_YIELD                       0x8400006cU
#define FFA_RUN                         0x8400006dU
#define FFA_MSG_SEND                    0x8400006eU
#define FFA_MSG_SEND_DIRECT_REQ         0x8400006fU
#define FFA_MSG_SEND_DIRECT_RESP        0x84000070U
#define FFA_MEM_DONATE                  0x84000071U
#define FFA_MEM_LEND                    0x84000072U
#define FFA_MEM_SHARE                   0x84000073U
#define FFA_MEM_RETRIEVE_REQ            0x84000074U
#define FFA_MEM_RETRIEVE_RESP           0x84000075U
#define FFA_MEM_RELINQUISH              0x84000076U
#define FFA_MEM_RECLAIM                 0x84000077U
#define FFA_MEM_OP_PAUSE                0x84000078U
#define FFA_MEM_OP_RESUME               0x84000079U
#define FFA_MEM_FRAG_RX                 0x8400007aU
#define FFA_MEM_FRAG_TX                 0x8400007bU
#define FFA_NORMAL_WORLD_RESUME         0x8400007cU
#define FFA_NOTIFICATION_BITMAP_CREATE  0x8400007dU
#define FFA_NOTIFICATION_BITMAP_DESTROY 0x8400007eU
#define FFA_NOTIFICATION_BIND           0x8400007fU
#define FFA_NOTIFICATION_UNBIND         0x84000080U
#define FFA_NOTIFICATION_SET            0x84000081U
#define FFA_NOTIFICATION_GET            0x84000082U
#define FFA_NOTIFICATION_INFO_GET       0x84000083U
#define FFA_RX_ACQUIRE                  0x84000084U
#define FFA_SPM_ID_GET                  0x84000085U
#define FFA_MSG_SEND2                   0x84000086U
#define FFA_SECONDARY_EP_REGISTER       0x84000087U
#define FFA_MEM_PERM_GET                0x84000088U
#define FFA_MEM_PERM_SET                0x84000089U
#define FFA_CONSOLE_LOG                 0x8400008aU
#define FFA_PARTITION_INFO_GET_REGS     0x8400008bU /* SMC64 only, as the next ones */
#define FFA_EL3_INTR_HANDLE             0x8400008cU
#define FFA_MSG_SEND_DIRECT_REQ2        0x8400008dU
#define FFA_MSG_SEND_DIRECT_RESP2       0x8400008eU

/* int32 in w2 of FFA_ERROR; 0 stands for "no error" where a function of ours returns one. */
enum ffa_error {
	FFA_OK = 0,
	FFA_NOT_SUPPORTED = -1,
	FFA_INVALID_PARAMETERS = -2,
	FFA_NO_MEMORY = -3,
	FFA_BUSY = -4,
	FFA_INTERRUPTED = -5,
	FFA_DENIED = -6,
	FFA_RETRY = -7,
	FFA_ABORTED = -8,
	FFA_NO_DATA = -9,
	FFA_NOT_READY = -10,
};

/* Identifiers of endpoints: bit 15 tells the worlds apart. */
#define FFA_ID_SECURE     0x8000U
#define FFA_ID_HYPERVISOR 0U

/* Feature identifiers of FFA_FEATURES: bit 31 of w1 clear. */
#define FFA_FEATURE_NPI 1U
#define FFA_FEATURE_SRI 2U
#define FFA_FEATURE_MEI 3U

/* FFA_FEATURES(FFA_RXTX_MAP): w2. */
#define FFA_RXTX_SIZE_MASK  3U
#define FFA_RXTX_SIZE_4K    0U
#define FFA_RXTX_SIZE_64K   1U
#define FFA_RXTX_SIZE_16K   2U
#define FFA_RXTX_MAX_SHIFT  16 /* from 1.2: largest number of pages, 0 for no limit */
#define FFA_RXTX_PAGES_MASK 0x3fU

#define FFA_PAGE 4096U

/* Registers that carry entries in a reply to FFA_PARTITION_INFO_GET_REGS: x3 to x17. */
#define FFA_LIST_FIRST     3U
#define FFA_LIST_REGISTERS 15U

/* ---- memory transaction descriptor: 13.1 .. 13.6 in bytes from its start ---- */
#define FFA_HEADER_1_0     32U
#define FFA_HEADER_1_1     48U
#define FFA_EMAD_1_0       16U
#define FFA_EMAD_1_2       32U
#define FFA_COMPOSITE_SIZE 16U
#define FFA_RANGE_SIZE     16U
#define FFA_BORROWERS_MAX  16U

/* Data access permissions of an endpoint; instruction access in bits 3:2. */
#define FFA_DATA_MASK 3U
#define FFA_DATA_RO   1U
#define FFA_DATA_RW   2U
#define FFA_CODE_MASK 0xcU
#define FFA_CODE_NX   4U
#define FFA_CODE_X    8U

/* Attributes. */
#define FFA_TYPE_MASK     0x30U
#define FFA_TYPE_DEVICE   0x10U
#define FFA_TYPE_NORMAL   0x20U
#define FFA_NORMAL_SHARED 0x2fU /* normal, write-back, inner shareable */
#define FFA_ATTRIBUTE_NS  0x40U

/* Flags of a transaction; of RECLAIM and RELINQUISH only the first two exist. */
#define FFA_FLAG_ZERO        0x1U
#define FFA_FLAG_TIME_SLICE  0x2U
#define FFA_FLAG_ZERO_AFTER  0x4U
#define FFA_FLAG_TYPE_MASK   0x18U
#define FFA_FLAG_TYPE_SHARE  0x08U
#define FFA_FLAG_TYPE_LEND   0x10U
#define FFA_FLAG_TYPE_DONATE 0x18U

/* Handles: bit 63 is set in those that the hypervisor gives. */
#define FFA_HANDLE_HYPERVISOR (1ULL << 63)
#define FFA_HANDLE_INVALID    (~0ULL)

/* ---- partition information ---- */
#define FFA_PARTITION_1_0 8U
#define FFA_PARTITION_1_1 24U
#define FFA_PARTITION_1_3 48U

#define FFA_PARTITION_DIRECT_RECEIVE  (1U << 0)
#define FFA_PARTITION_DIRECT_SEND     (1U << 1)
#define FFA_PARTITION_INDIRECT        (1U << 2)
#define FFA_PARTITION_NOTIFICATIONS   (1U << 3)
#define FFA_PARTITION_VM_CREATED      (1U << 6)
#define FFA_PARTITION_VM_DESTROYED    (1U << 7)
#define FFA_PARTITION_AARCH64         (1U << 8)
#define FFA_PARTITION_DIRECT2_RECEIVE (1U << 9)
#define FFA_PARTITION_DIRECT2_SEND    (1U << 10)

#define FFA_PARTITION_COUNT_ONLY 1U /* w5 of FFA_PARTITION_INFO_GET */

#define FFA_MESSAGE_FRAMEWORK (1U << 31) /* w2 of a direct message */

/* Bits of FFA_NOTIFICATION_GET's w2. */
#define FFA_NOTIFICATIONS_SP         (1U << 0)
#define FFA_NOTIFICATIONS_VM         (1U << 1)
#define FFA_NOTIFICATIONS_SPM        (1U << 2)
#define FFA_NOTIFICATIONS_HYPERVISOR (1U << 3)

#endif
