/* SPDX-License-Identifier: Apache-2.0 */
/*
 * FFA_MEM_RETRIEVE_REQ, FFA_MEM_RELINQUISH and FFA_MEM_FRAG_RX: calls of an endpoint that borrows.
 * The borrowers of every transaction are partitions of the secure world (ffa_descriptor_read()),
 * which ask firmware; so there is no handle that these calls of an endpoint here could name.
 */
#include "mediator.h"

void ffa_handle_mem_borrow(struct ffa_call *call)
{
	ffa_reply_error(call, FFA_INVALID_PARAMETERS);
}
