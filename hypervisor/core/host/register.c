// SPDX-License-Identifier: Apache-2.0
#include "core/host/register.h"

#include <stddef.h>

/* ISS of a trapped MSR, MRS or system instruction */
#define ISS_READ        1U
#define ISS_REGISTER    0x3ffc1eU /* Op0, Op2, Op1, CRn, CRm: all but Rt and direction */
#define ISS_TARGET(iss) ((unsigned)((iss) >> 5) & 0x1fU)

#define ACTLR  HOST_REGISTER(3U, 0U, 1U, 0U, 1U)
#define ERRIDR HOST_REGISTER(3U, 0U, 5U, 3U, 0U)
#define LORSA  HOST_REGISTER(3U, 0U, 10U, 4U, 0U)
#define LOREA  HOST_REGISTER(3U, 0U, 10U, 4U, 1U)
#define LORN   HOST_REGISTER(3U, 0U, 10U, 4U, 2U)
#define LORC   HOST_REGISTER(3U, 0U, 10U, 4U, 3U)
#define LORID  HOST_REGISTER(3U, 0U, 10U, 4U, 7U)

/* What can be read; none of these can be written. */
static const struct readable {
	uint32_t encoding;
	enum host_register_answer answer;
} readable[] = {
    {ACTLR, HOST_REGISTER_ACTLR},
    {ERRIDR, HOST_REGISTER_ZERO}, /* no error records: they are of units that all share */
    /* no regions, which LORID_EL1 may say where FEAT_LOR is there */
    {LORSA, HOST_REGISTER_ZERO},
    {LOREA, HOST_REGISTER_ZERO},
    {LORN, HOST_REGISTER_ZERO},
    {LORC, HOST_REGISTER_ZERO},
    {LORID, HOST_REGISTER_ZERO},
};

/* Where all registers of the performance monitors lie (DDI 0487, D24.5). */
static bool is_counter(uint32_t encoding)
{
	unsigned op1 = HOST_REGISTER_OP1(encoding), crn = HOST_REGISTER_CRN(encoding);
	unsigned crm = HOST_REGISTER_CRM(encoding);

	if (encoding >> 20 != 3U)
		return false;
	if (crn == 14U)
		return op1 == 3U && crm >= 8U;
	return crn == 9U && ((op1 == 3U && crm >= 12U && crm <= 14U) || (op1 == 0U && crm == 14U));
}

struct host_register_access host_register_decide(uint32_t iss)
{
	struct host_register_access access = {
	    .answer = HOST_REGISTER_UNDEFINED,
	    .encoding = iss & ISS_REGISTER,
	    .read = (iss & ISS_READ) != 0U,
	    .target = ISS_TARGET(iss),
	};

	if (is_counter(access.encoding))
		access.answer = HOST_REGISTER_COUNTER;
	if (!access.read)
		return access;
	for (size_t i = 0; i < sizeof(readable) / sizeof(readable[0]); i++)
		if (readable[i].encoding == access.encoding)
			access.answer = readable[i].answer;
	return access;
}
