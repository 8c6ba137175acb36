// SPDX-License-Identifier: Apache-2.0
#include "smccc.h"

#include "random.h"

void call_prepare(struct exchange *e, uint64_t fid)
{
	for (unsigned n = 0; n < 31U; n++)
		e->x[n] = random_word() | 0x8000000000000000UL;
	for (unsigned n = 0; n < 64U; n++)
		e->q[n] = random_word();
	e->x[0] = fid;
	e->sp = e->sp_after = 0;
}
