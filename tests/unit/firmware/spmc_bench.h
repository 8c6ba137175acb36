/* SPDX-License-Identifier: Apache-2.0 */
/* The SPMC of the EL3 test firmware, asked as a hypervisor asks it: by SMC, through
 * firmware/calls.c. */
#ifndef TEST_FIRMWARE_SPMC_BENCH_H
#define TEST_FIRMWARE_SPMC_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "spmc.h"

#define FN_ERROR     0x84000060U
#define FN_SUCCESS   0x84000061U
#define FN_INTERRUPT 0x84000062U
#define FN_VERSION   0x84000063U
#define FN_FEATURES  0x84000064U
#define FN_RELEASE   0x84000065U
#define FN_MAP       0xc4000066U
#define FN_UNMAP     0x84000067U
#define FN_INFO      0x84000068U
#define FN_ID        0x84000069U
#define FN_YIELD     0x8400006cU
#define FN_RUN       0x8400006dU
#define FN_DIRECT    0x8400006fU
#define FN_DIRECT64  0xc400006fU
#define FN_DIRECT2   0xc400008dU

#define NOT_SUPPORTED      (-1)
#define INVALID_PARAMETERS (-2)
#define NO_MEMORY          (-3)
#define BUSY               (-4)
#define DENIED             (-6)
#define RETRY              (-7)
#define ABORTED            (-8)
#define NO_DATA            (-9)

/* Where the hypervisor's buffers lie, and memory that it may share. */
#define BENCH_TX     0x40100000U
#define BENCH_RX     0x40101000U
#define BENCH_MEMORY 0x41000000U

/* x0..x17 of the last call, as they came back. */
extern uint64_t el3_x[18];

/* A fresh SPMC of that version; then (property, value) pairs up to SPMC_PROPERTIES. */
void el3_start(uint32_t version, ...);

/* The same, and the version negotiated, the hypervisor's buffers mapped. */
void el3_ready(uint32_t version, ...);

/* What is wrong with rules that give that property this value; NULL: nothing. No SPMC is there
 * then. */
const char *el3_refused(unsigned property, uint64_t value);

/* Hexadecimal digits as bytes; how many. */
size_t el3_bytes(const char *digits, void *out);

/* A call with up to 7 arguments, the others 0; returns w0. */
uint32_t el3_call(uint32_t function, uint64_t x1, uint64_t x2, uint64_t x3, uint64_t x4,
		  uint64_t x5);

/* The error of a call: 0 for FFA_SUCCESS, the code for FFA_ERROR; fails for anything else. */
int32_t el3_error(uint32_t function, uint64_t x1, uint64_t x2, uint64_t x3, uint64_t x4,
		  uint64_t x5);

/* A command to partition `to`, from VM 1; returns its status, its results are in el3_x[4..7]. */
int32_t el3_command(uint16_t to, uint32_t command, uint64_t a, uint64_t b, uint64_t c, uint64_t d);

/* FFA_FEATURES: true if it is there, its properties in el3_x[2]. */
bool el3_feature(uint32_t asked, uint32_t input);

#endif
