// SPDX-License-Identifier: Apache-2.0
/* docs/memory.md, calls of the host. */
#include "memory.h"

static const uint64_t version = 1 << 16 | 0; /* 1.0 */
static const uint64_t unknown_call = UINT64_MAX;

static bool is_change(uint64_t identifier)
{
	return identifier == MODEL_MEM_DONATE || identifier == MODEL_MEM_SHARE ||
	       identifier == MODEL_MEM_UNSHARE || identifier == MODEL_MEM_RETURN;
}

static struct model_request request_of(const struct model_registers *in)
{
	struct model_request request = {
	    .base = in->x[1],
	    .pages = in->x[2],
	    .owner = MODEL_HOST,
	    .other = MODEL_HYPERVISOR,
	};

	switch (in->x[0]) {
	case MODEL_MEM_DONATE:
		request.call = MODEL_DONATE;
		break;
	case MODEL_MEM_SHARE:
		request.call = MODEL_SHARE;
		break;
	case MODEL_MEM_UNSHARE:
		request.call = MODEL_UNSHARE;
		break;
	case MODEL_MEM_RETURN:
		/* The reverse of MEM_DONATE: now the hypervisor gives. */
		request.call = MODEL_DONATE;
		request.owner = MODEL_HYPERVISOR;
		request.other = MODEL_HOST;
		break;
	default:
		break;
	}
	return request;
}

struct model_registers model_host_call(struct model *model, const struct model_registers *in,
				       const struct model_answer *shortage)
{
	struct model_registers out = *in; /* what is not an answer is kept */

	if (in->x[0] == MODEL_MEM_VERSION) {
		out.x[0] = version;
		return out;
	}
	if (!is_change(in->x[0])) {
		out.x[0] = unknown_call;
		return out;
	}

	struct model_request request = request_of(in);
	struct model_answer answer = model_change(model, &request, shortage);

	out.x[0] = (uint64_t)(int64_t)answer.status;
	if (answer.status != MODEL_DONE) {
		out.x[1] = answer.rule;
		out.x[2] = answer.page;
	}
	return out;
}
