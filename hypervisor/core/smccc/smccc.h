/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SMC Calling Convention (Arm DEN0028): function identifiers, and the one place where registers
 * become values of the width that the convention or the called function defines.
 *
 * Nothing else in core reads or writes a caller's or firmware's register as a raw 64-bit number, so
 * no comparison of a 32-bit result with an error code can see the upper half of a register.
 */
#ifndef PORTCULLIS_SMCCC_H
#define PORTCULLIS_SMCCC_H

#include <stdbool.h>
#include <stdint.h>

#include "core/host/exits.h"
#include "core/machine.h"

/* Bits 29:24 of the identifier (DEN0028 section 6). */
enum smccc_owner {
	SMCCC_OWNER_ARCH = 0,
	SMCCC_OWNER_CPU = 1,
	SMCCC_OWNER_SIP = 2,
	SMCCC_OWNER_OEM = 3,
	SMCCC_OWNER_STANDARD = 4,
	SMCCC_OWNER_STANDARD_HYPERVISOR = 5,
	SMCCC_OWNER_VENDOR_HYPERVISOR = 6,
	SMCCC_OWNER_VENDOR_EL3 = 7,
	SMCCC_OWNER_TRUSTED_APPLICATION = 48, /* and 49 */
	SMCCC_OWNER_TRUSTED_OS = 50,          /* to 63 */
};

#define SMCCC_FAST     0x80000000U
#define SMCCC_64       0x40000000U
#define SMCCC_RESERVED 0x00fe0000U /* bits 23:17 */
#define SMCCC_HINT     0x00010000U /* caller has no live SVE state; no part of the function's name */

#define SMCCC_VERSION_1_0 0x10000U
#define SMCCC_VERSION_1_1 0x10001U
#define SMCCC_VERSION_1_2 0x10002U

#define SMCCC_VERSION           0x80000000U
#define SMCCC_ARCH_FEATURES     0x80000001U
#define SMCCC_ARCH_SOC_ID       0x80000002U
#define SMCCC_ARCH_SOC_ID_64    0xc0000002U
#define SMCCC_ARCH_WORKAROUND_1 0x80008000U
#define SMCCC_ARCH_WORKAROUND_2 0x80007fffU
#define SMCCC_ARCH_WORKAROUND_3 0x80003fffU
#define SMCCC_ARCH_WORKAROUND_4 0x80000004U

#define TRNG_VERSION  0x84000050U
#define TRNG_FEATURES 0x84000051U
#define TRNG_GET_UUID 0x84000052U
#define TRNG_RND32    0x84000053U
#define TRNG_RND64    0xc4000053U

/* Status codes of architecture calls and of TRNG; PSCI and FF-A have their own. */
enum smccc_status {
	SMCCC_SUCCESS = 0,
	SMCCC_NOT_SUPPORTED = -1,
	SMCCC_NOT_REQUIRED = -2,      /* architecture calls */
	SMCCC_INVALID_PARAMETER = -3, /* architecture calls */
	TRNG_INVALID_PARAMETER = -2,
	TRNG_NO_ENTROPY = -3,
};

/*
 * A call of the host. `x` are its registers x0..x17: arguments until the first result is written.
 * The identifier is decoded once; `x` must be read through the functions below.
 */
struct smccc_call {
	uint64_t *x;
	uint32_t fid;    /* w0 without the hint bit */
	uint16_t number; /* bits 15:0 */
	bool smc64;
	uint8_t cpu;             /* index of that whose calls these are; not touched by decoding */
	struct host_exits exits; /* of the CPU whose calls these are; not touched by decoding */
};

/* The part of smccc_decode() that a crash report needs. */
static inline void smccc_decode_name(struct smccc_call *call, uint64_t x[SMCCC_REGISTERS])
{
	call->x = x;
	call->fid = (uint32_t)x[0] & ~SMCCC_HINT; /* no upper half of x0 in the identifier */
}

/* The rest of it. */
static inline void smccc_decode_form(struct smccc_call *call)
{
	call->number = (uint16_t)call->fid;
	call->smc64 = (call->fid & SMCCC_64) != 0U;
}

static inline void smccc_decode(struct smccc_call *call, uint64_t x[SMCCC_REGISTERS])
{
	smccc_decode_name(call, x);
	smccc_decode_form(call);
}

/* Bits 29:24 of an identifier, enum smccc_owner where it has a name. */
static inline uint32_t smccc_owner(uint32_t fid)
{
	return (fid >> 24) & 0x3fU;
}

/* ---- a register as the value that it carries ---- */

/* 32-bit number or bit field: the low half, whatever lies above. */
static inline uint32_t smccc_word(uint64_t x)
{
	return (uint32_t)x;
}

/* 32-bit signed status: error codes are negative in w0, with any upper half of x0. */
static inline int32_t smccc_int32(uint64_t x)
{
	return (int32_t)(uint32_t)x;
}

/* Argument n (1..17) in the width of the call: w for SMC32, x for SMC64. */
static inline uint64_t smccc_argument(const struct smccc_call *call, unsigned n)
{
	return call->smc64 ? call->x[n] : (uint64_t)smccc_word(call->x[n]);
}

/* Argument n, 32 bits wide in both conventions. */
static inline uint32_t smccc_argument32(const struct smccc_call *call, unsigned n)
{
	return smccc_word(call->x[n]);
}

/* ---- results; every register that is not written keeps the caller's value ---- */

/* Register n := 32-bit value, upper half zero. */
static inline void smccc_return32(struct smccc_call *call, unsigned n, uint32_t value)
{
	call->x[n] = value;
}

/* Register n := 64-bit value, of SMC64 calls only. */
static inline void smccc_return64(struct smccc_call *call, unsigned n, uint64_t value)
{
	call->x[n] = value;
}

/*
 * x0 := int32 status in the width of the call: zero above w0 for SMC32, sign-extended for SMC64
 * (DEN0028 2.7: an int32 result of a 64-bit call is read by some as int64).
 */
static inline void smccc_return_status(struct smccc_call *call, int32_t status)
{
	call->x[0] = call->smc64 ? (uint64_t)(int64_t)status : (uint64_t)(uint32_t)status;
}

/*
 * x0 := -1 in 64 bits, "unknown function", right for readers of 32 and of 64 bits; everything else
 * stays. The answer to whatever is not offered, except within FF-A.
 */
static inline void smccc_return_unknown(struct smccc_call *call)
{
	call->x[0] = ~(uint64_t)0;
}

#endif
