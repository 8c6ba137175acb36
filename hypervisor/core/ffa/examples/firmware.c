// SPDX-License-Identifier: Apache-2.0
/* A firmware that speaks 1.1 and knows one share at a time. */
#include <stdio.h>
#include <string.h>

#include "firmware.h"

static struct {
	const uint8_t *tx; /* the mediator's */
	uint32_t total, received;
	bool shared;
} firmware;

static void firmware_answer(uint64_t x[FFA_REGISTERS], uint32_t w0, uint32_t w2, uint32_t w3)
{
	memset(x, 0, 8U * sizeof(x[0]));
	x[0] = w0;
	x[2] = w2;
	x[3] = w3;
}

static void firmware_fragment(uint64_t x[FFA_REGISTERS], uint32_t size)
{
	firmware.received += size;
	firmware.shared = firmware.received == firmware.total;
	if (firmware.shared)
		firmware_answer(x, FFA_SUCCESS, FIRMWARE_HANDLE, 0);
	else
		firmware_answer(x, FFA_MEM_FRAG_RX, 0, firmware.received);
	x[1] = firmware.shared ? 0U : FIRMWARE_HANDLE;
}

void firmware_call(void *context, uint64_t x[FFA_REGISTERS])
{
	uint32_t w1 = (uint32_t)x[1], w3 = (uint32_t)x[3];

	(void)context;
	switch ((uint32_t)x[0] & ~FFA_64) {
	case FFA_VERSION:
		firmware_answer(x, FFA_VERSION_1_1, 0, 0);
		return;
	case FFA_FEATURES:
		w1 &= ~FFA_64;
		if (w1 == FFA_RXTX_MAP || w1 == FFA_MEM_SHARE) {
			firmware_answer(x, FFA_SUCCESS, 0, 0);
			return;
		}
		break;
	case FFA_RXTX_MAP:
		firmware.tx = (const uint8_t *)(uintptr_t)x[1];
		firmware_answer(x, FFA_SUCCESS, 0, 0);
		return;
	case FFA_MEM_SHARE:
		printf("firmware: endpoint %u shares\n", firmware.tx[0]);
		firmware.total = w1;
		firmware.received = 0;
		firmware_fragment(x, (uint32_t)x[2]);
		return;
	case FFA_MEM_FRAG_TX:
		firmware_fragment(x, w3);
		return;
	case FFA_MEM_RECLAIM:
		firmware.shared = false;
		firmware_answer(x, FFA_SUCCESS, 0, 0);
		return;
	default:
		break;
	}
	firmware_answer(x, FFA_ERROR, (uint32_t)FFA_NOT_SUPPORTED, 0);
}

bool firmware_shared(void)
{
	return firmware.shared;
}
