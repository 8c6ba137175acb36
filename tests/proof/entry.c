// SPDX-License-Identifier: Apache-2.0
/* Where CBMC begins: the harness, and in the twin a promise behind it that cannot be kept. */
#include "proof.h"

void proof_entry(void);

void proof_entry(void)
{
	prove();
#ifdef PROOF_TWIN
	__CPROVER_assert(0, "promise: the harness comes to its end");
#endif
}
