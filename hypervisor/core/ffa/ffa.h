/* SPDX-License-Identifier: Apache-2.0 */
/*
 * FF-A towards the callers above (DEN0077A): each endpoint has its own version, negotiated with us
 * and never with firmware. docs/ffa.md says what is answered in which state.
 *
 * Locks: ffa->lock protects the endpoints' state; taken for a few instructions, nothing is taken
 * under it and firmware is never called with it held. `version` and `present` are constant after
 * ffa_init().
 */
#ifndef PORTCULLIS_FFA_H
#define PORTCULLIS_FFA_H

#include <stdbool.h>
#include <stdint.h>

#include "core/ffa/negotiate.h"
#include "core/lock.h"
#include "core/smccc/smccc.h"

#define FFA_FIRST_NUMBER 0x60U /* of owner "standard secure" */
#define FFA_LAST_NUMBER  0xffU

#define FFA_ERROR    0x84000060U
#define FFA_SUCCESS  0x84000061U
#define FFA_FEATURES 0x84000064U
#define FFA_ID_GET   0x84000069U

enum ffa_error_code {
	FFA_NOT_SUPPORTED = -1,
	FFA_INVALID_PARAMETERS = -2,
};

#define FFA_HOST_ID 1U /* 0 names the hypervisor itself */

/* A caller's side of FF-A. */
struct ffa_endpoint {
	uint16_t id;
	/*
	 * What the endpoint holds and a change of version would pull the ground from under: mapped
	 * RX/TX buffers, bound notifications, live transactions. While it is not 0 the version
	 * cannot change.
	 */
	uint32_t holds;
	/*
	 * That it speaks; 0 before its first accepted FFA_VERSION. Written under the lock, read
	 * without it too: atomic.
	 */
	uint32_t version;
};

#define FFA_SAID_MAX 8U /* changes of the host's version that are logged */

struct ffa {
	struct lock lock;
	bool present;     /* firmware speaks FF-A and endpoints are served */
	uint32_t version; /* highest that is offered to endpoints */
	struct ffa_endpoint host;
	uint32_t said;
};

/* Start from what negotiation with firmware found. `host_id` is FFA_HOST_ID or 0. Boot CPU, once.
 */
void ffa_init(struct ffa *ffa, const struct ffa_negotiation *firmware, uint16_t host_id);

/*
 * A call of the host with a fast identifier of owner 4 and number 0x60..0xff: answers it
 * completely. Any CPU; takes ffa->lock.
 */
void ffa_host_call(struct ffa *ffa, struct smccc_call *call);

/*
 * The host began anew (kexec): its endpoint is as after boot. Buffers and notifications are gone
 * with the kernel that registered them. Any CPU; takes ffa->lock.
 */
void ffa_host_reset(struct ffa *ffa);

/* Log lines: what the host is offered. */
void ffa_report(const struct ffa *ffa);

struct ffa_answer {
	uint32_t w0;      /* version, or NOT_SUPPORTED as int32 */
	uint32_t version; /* of the caller afterwards, 0 for none */
};

/*
 * FFA_VERSION as callee, without any state of its own: we implement `implemented`, the caller spoke
 * `version` (0: none) and may not change it when `locked`; it asks with w1 and w2.
 */
struct ffa_answer ffa_version_answer(uint32_t implemented, uint32_t version, bool locked,
				     uint32_t w1, uint32_t w2);

/*
 * FFA_FEATURES of function or feature `query` for a caller that speaks `version`: true when it is
 * offered. Generated from the dispatch table of ffa_host_call().
 */
bool ffa_features(uint32_t version, uint32_t query);

#endif
