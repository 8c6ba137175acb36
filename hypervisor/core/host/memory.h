/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls with which the host gives memory away and takes it back: vendor hypervisor range, SMC64,
 * docs/memory.md. x1 = base (intermediate physical = physical address), x2 = number of 4 KiB pages.
 *
 *   0x86000020  VERSION   x0 := major in 31:16, minor in 15:0
 *   0xc6000021  DONATE    the host's pages become the hypervisor's; the host loses access
 *   0xc6000022  SHARE     the hypervisor may read and write them as well
 *   0xc6000023  UNSHARE   the reverse of SHARE
 *   0xc6000024  RETURN    the reverse of DONATE, for pages that nothing uses
 *
 * x0 := status; where it is negative, x1 := rule (enum ledger_rule) and x2 := the first page that
 * broke it. Whole range or nothing.
 */
#ifndef PORTCULLIS_HOST_MEMORY_H
#define PORTCULLIS_HOST_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

#include "core/ledger/ledger.h"
#include "core/log/limit.h"
#include "core/smccc/smccc.h"

#define HOST_MEMORY_FIRST_NUMBER 0x20U
#define HOST_MEMORY_LAST_NUMBER  0x24U

#define HOST_MEMORY_VERSION 0x86000020U
#define HOST_MEMORY_DONATE  0xc6000021U
#define HOST_MEMORY_SHARE   0xc6000022U
#define HOST_MEMORY_UNSHARE 0xc6000023U
#define HOST_MEMORY_RETURN  0xc6000024U

#define HOST_MEMORY_CALLS 5U

enum host_memory_status {
	HOST_MEMORY_SUCCESS = 0,
	HOST_MEMORY_NOT_SUPPORTED = -1,
	HOST_MEMORY_INVALID_PARAMETERS = -2,
	HOST_MEMORY_DENIED = -3,
	HOST_MEMORY_NO_MEMORY = -4,
};

struct host_memory {
	struct log_limit complaints; /* of refusals */
};

/*
 * A call of the host with a fast identifier of owner 6 and a number of the range above. Any CPU, no
 * locks held; takes ledger->lock.
 */
void host_memory_call(struct host_memory *memory, struct ledger *ledger, struct smccc_call *call);

#endif
