/* SPDX-License-Identifier: Apache-2.0 */
/* One way in and one way out: the table of all that is served, and what is answered by itself. */
#include "mediator.h"

struct ffa_function {
	ffa_handler_fn *handle;
	uint32_t since; /* lowest version of the caller; 0: callable before any FFA_VERSION */
	bool smc32, smc64;
	bool below; /* served only if firmware offers it, in any form */
};

#define ROW(fid) [((fid) & 0xffffU) - FFA_FIRST_NUMBER]

/*
 * Everything that is served. An entry that is not here is refused, whatever firmware could do: such
 * as FFA_MEM_RETRIEVE_REQ, _RELINQUISH and _FRAG_RX, since the borrowers of every transaction are
 * partitions of the other world (ffa_descriptor_read()), which ask firmware.
 */
static const struct ffa_function functions[FFA_NUMBERS] = {
    ROW(FFA_VERSION) = {.handle = ffa_handle_version, .since = 0, .smc32 = true},
    ROW(FFA_FEATURES) = {.handle = ffa_handle_features, .since = FFA_VERSION_1_0, .smc32 = true},
    ROW(FFA_MEM_DONATE) = {.handle = ffa_handle_mem_send,
			   .since = FFA_VERSION_1_0,
			   .smc32 = true,
			   .smc64 = true,
			   .below = true},
    ROW(FFA_MEM_LEND) = {.handle = ffa_handle_mem_send,
			 .since = FFA_VERSION_1_0,
			 .smc32 = true,
			 .smc64 = true,
			 .below = true},
    ROW(FFA_MEM_SHARE) = {.handle = ffa_handle_mem_send,
			  .since = FFA_VERSION_1_0,
			  .smc32 = true,
			  .smc64 = true,
			  .below = true},
    ROW(FFA_MEM_RECLAIM) = {.handle = ffa_handle_mem_reclaim,
			    .since = FFA_VERSION_1_0,
			    .smc32 = true,
			    .below = true},
    ROW(FFA_MEM_FRAG_TX) = {.handle = ffa_handle_mem_frag_tx,
			    .since = FFA_VERSION_1_0,
			    .smc32 = true,
			    .below = true},
    ROW(FFA_RUN) = {.handle = ffa_handle_run,
		    .since = FFA_VERSION_1_0,
		    .smc32 = true,
		    .below = true},
    ROW(FFA_MSG_SEND_DIRECT_REQ) = {.handle = ffa_handle_direct_request,
				    .since = FFA_VERSION_1_0,
				    .smc32 = true,
				    .smc64 = true,
				    .below = true},
    ROW(FFA_MSG_SEND_DIRECT_REQ2) = {.handle = ffa_handle_direct_request2,
				     .since = FFA_VERSION_1_2,
				     .smc64 = true,
				     .below = true},
    ROW(FFA_MSG_SEND2) = {.handle = ffa_handle_msg_send2,
			  .since = FFA_VERSION_1_1,
			  .smc32 = true,
			  .below = true},
    ROW(FFA_NOTIFICATION_BIND) = {.handle = ffa_handle_notification_bind,
				  .since = FFA_VERSION_1_1,
				  .smc32 = true,
				  .below = true},
    ROW(FFA_NOTIFICATION_UNBIND) = {.handle = ffa_handle_notification_unbind,
				    .since = FFA_VERSION_1_1,
				    .smc32 = true,
				    .below = true},
    ROW(FFA_NOTIFICATION_SET) = {.handle = ffa_handle_notification_set,
				 .since = FFA_VERSION_1_1,
				 .smc32 = true,
				 .below = true},
    ROW(FFA_NOTIFICATION_GET) = {.handle = ffa_handle_notification_get,
				 .since = FFA_VERSION_1_1,
				 .smc32 = true,
				 .below = true},
    ROW(FFA_NOTIFICATION_INFO_GET) = {.handle = ffa_handle_notification_info_get,
				      .since = FFA_VERSION_1_1,
				      .smc32 = true,
				      .smc64 = true,
				      .below = true},
    ROW(FFA_ID_GET) = {.handle = ffa_handle_id_get, .since = FFA_VERSION_1_0, .smc32 = true},
    ROW(FFA_SPM_ID_GET) = {.handle = ffa_handle_spm_id_get,
			   .since = FFA_VERSION_1_1,
			   .smc32 = true,
			   .below = true},
    ROW(FFA_RXTX_MAP) = {.handle = ffa_handle_rxtx_map,
			 .since = FFA_VERSION_1_0,
			 .smc32 = true,
			 .smc64 = true,
			 .below = true},
    ROW(FFA_RXTX_UNMAP) = {.handle = ffa_handle_rxtx_unmap,
			   .since = FFA_VERSION_1_0,
			   .smc32 = true,
			   .below = true},
    ROW(FFA_RX_RELEASE) = {.handle = ffa_handle_rx_release,
			   .since = FFA_VERSION_1_0,
			   .smc32 = true,
			   .below = true},
    ROW(FFA_PARTITION_INFO_GET) = {.handle = ffa_handle_partition_info_get,
				   .since = FFA_VERSION_1_0,
				   .smc32 = true,
				   .below = true},
    ROW(FFA_PARTITION_INFO_GET_REGS) = {.handle = ffa_handle_partition_info_get_regs,
					.since = FFA_VERSION_1_2,
					.smc64 = true,
					.below = true},
};

/* The row of a function that is served in the form of `fid`, or NULL. */
static const struct ffa_function *find(const struct ffa *ffa, uint32_t version, uint32_t fid)
{
	uint32_t number = fid & 0xffffU;
	const struct ffa_function *function;

	if ((fid & ~(FFA_64 | 0xffffU)) != 0x84000000U || number < FFA_FIRST_NUMBER ||
	    number > FFA_LAST_NUMBER)
		return NULL;
	function = &functions[number - FFA_FIRST_NUMBER];
	if (!((fid & FFA_64) != 0U ? function->smc64 : function->smc32) ||
	    version < function->since)
		return NULL;
	return !function->below || ffa_offered(ffa, fid) ? function : NULL;
}

bool ffa_serves(const struct ffa *ffa, uint32_t version, uint32_t fid)
{
	return ffa->present && find(ffa, version, fid) != NULL;
}

void ffa_reply(struct ffa_call *call, uint32_t w0, uint32_t w2)
{
	call->x[0] = w0;
	call->x[1] = 0;
	call->x[2] = w2;
	for (unsigned n = 3; n <= 7U; n++)
		call->x[n] = 0;
}

void ffa_reply_error(struct ffa_call *call, enum ffa_error error)
{
	ffa_reply(call, FFA_ERROR, (uint32_t)error);
}

void ffa_reply_words(struct ffa_call *call, const uint32_t w[8])
{
	for (unsigned n = 0; n <= 7U; n++)
		call->x[n] = w[n];
}

void ffa_reply_status(struct ffa_call *call, enum ffa_error error)
{
	if (error == FFA_OK)
		ffa_reply(call, FFA_SUCCESS, 0);
	else
		ffa_reply_error(call, error);
}

void ffa_call(struct ffa *ffa, struct ffa_endpoint *caller, unsigned cpu, uint64_t x[FFA_REGISTERS])
{
	struct ffa_call call = {
	    .ffa = ffa,
	    .caller = caller,
	    .x = x,
	    .fid = (uint32_t)x[0] & ~FFA_HINT,
	    .version = __atomic_load_n(&caller->version, __ATOMIC_RELAXED),
	    .cpu = cpu,
	};
	const struct ffa_function *function;

	if (!ffa->present) {
		if (call.fid == FFA_VERSION)
			ffa_reply(&call, (uint32_t)FFA_NOT_SUPPORTED, 0);
		else
			x[0] = ~(uint64_t)0; /* "unknown" for readers of 32 and of 64 bits */
		return;
	}
	function = find(ffa, call.version, call.fid);
	if (function == NULL)
		ffa_reply_error(&call, FFA_NOT_SUPPORTED);
	else
		function->handle(&call);
}
