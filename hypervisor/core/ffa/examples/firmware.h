/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PORTCULLIS_FFA_EXAMPLE_FIRMWARE_H
#define PORTCULLIS_FFA_EXAMPLE_FIRMWARE_H

#include "../ffa.h"

#define FIRMWARE_HANDLE 0x1234U

void firmware_call(void *context, uint64_t x[FFA_REGISTERS]);

/* Are the pages of the whole transaction here? */
bool firmware_shared(void);

#endif
