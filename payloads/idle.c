// SPDX-License-Identifier: Apache-2.0
/* Does nothing: what remains of a boot is what came before the host. */
#include "payload.h"

const char payload_name[] = "idle";

void payload_main(void)
{
	say("done");
}
