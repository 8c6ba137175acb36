/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The other world for tests of messages and notifications: it answers what a test prepared, and
 * keeps what it saw. The host above speaks FF-A on the fake machine.
 */
#ifndef PORTCULLIS_TEST_PARTNER_H
#define PORTCULLIS_TEST_PARTNER_H

#include "host.h"

#define PARTNER_CALLS 16

/* Registers of its calls, in order; those beyond are counted alone. */
extern uint64_t partner_seen[PARTNER_CALLS][SMCCC_REGISTERS];
extern unsigned partner_calls;

/* Direct requests take the way of an embedder that has no firmware_message(). */
extern bool partner_plain;

/*
 * Firmware speaks `firmware`, its partitions are reached by every kind of message and notification,
 * and the host has asked for version `host`, or for nothing yet: 0.
 */
void partner_boot(uint32_t firmware, uint32_t host);

/* Firmware has, or has not, function `fid` in both forms. After partner_boot(). */
void partner_offer(uint32_t fid, bool offered);

/* What register n of an answer holds that a test does not write: garbage in both halves. */
uint64_t partner_garbage(unsigned n);

/*
 * One more answer, to be changed through the result; the last one repeats. Without any, everything
 * is a success.
 */
uint64_t *partner_answer(uint64_t x0, uint64_t x1, uint64_t x2);

/* No answers are prepared, and no calls were seen. */
void partner_forget(void);

#endif
