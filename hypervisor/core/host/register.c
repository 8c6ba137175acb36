// SPDX-License-Identifier: Apache-2.0
#include "core/host/register.h"

#include <stddef.h>

/* ISS of a trapped MSR, MRS or system instruction */
#define ISS_READ        1U
#define ISS_REGISTER    0x3ffc1eU /* Op0, Op2, Op1, CRn, CRm: all but Rt and direction */
#define ISS_TARGET(iss) ((unsigned)((iss) >> 5) & 0x1fU)

#define ENCODING(op0, op1, crn, crm, op2)                                                          \
	((op0) << 20 | (op2) << 17 | (op1) << 14 | (crn) << 10 | (crm) << 1)

#define ACTLR  ENCODING(3U, 0U, 1U, 0U, 1U)
#define ERRIDR ENCODING(3U, 0U, 5U, 3U, 0U)
#define LORSA  ENCODING(3U, 0U, 10U, 4U, 0U)
#define LOREA  ENCODING(3U, 0U, 10U, 4U, 1U)
#define LORN   ENCODING(3U, 0U, 10U, 4U, 2U)
#define LORC   ENCODING(3U, 0U, 10U, 4U, 3U)
#define LORID  ENCODING(3U, 0U, 10U, 4U, 7U)

/* What can be read; nothing of what traps can be written. */
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

struct host_register_access host_register_decide(uint32_t iss)
{
	struct host_register_access access = {
	    .answer = HOST_REGISTER_UNDEFINED,
	    .target = ISS_TARGET(iss),
	};

	if ((iss & ISS_READ) == 0U)
		return access;
	for (size_t i = 0; i < sizeof(readable) / sizeof(readable[0]); i++)
		if (readable[i].encoding == (iss & ISS_REGISTER))
			access.answer = readable[i].answer;
	return access;
}
