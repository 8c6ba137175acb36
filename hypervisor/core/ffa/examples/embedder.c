// SPDX-License-Identifier: Apache-2.0
/*
 * A hypervisor of a few pages that embeds the mediator: its endpoint finds a version, maps its
 * buffers, shares memory in two fragments and takes it back, over the firmware of firmware.c.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "firmware.h"

/* ---- hypervisor: one CPU, and an endpoint with eight pages ---- */

#define RAM   0x40000000U
#define PAGES 8U

enum state {
	OWNED,
	PINNED,
	SHARED,
	DOUBTFUL
};

static _Alignas(4096) uint8_t ram[PAGES][FFA_PAGE];
static enum state states[PAGES];

static void no_lock(void *context, struct ffa_lock *lock)
{
	(void)context;
	(void)lock; /* there is one CPU */
}

static uint64_t one(void *context)
{
	(void)context;
	return 1;
}

static void read_ram(void *context, uint16_t endpoint, void *to, uint64_t address, size_t size)
{
	(void)context;
	(void)endpoint;
	memcpy(to, &ram[0][address - RAM], size);
}

static void write_ram(void *context, uint16_t endpoint, uint64_t address, const void *from,
		      size_t size)
{
	(void)context;
	(void)endpoint;
	memcpy(&ram[0][address - RAM], from, size);
}

static enum ffa_error move_pages(void *context, uint16_t endpoint, enum ffa_transition transition,
				 const struct ffa_range *ranges, uint32_t count, uint32_t fid,
				 uint32_t *refused)
{
	static const struct {
		enum state from, to;
	} moves[] = {
	    [FFA_PIN] = {OWNED, PINNED},
	    [FFA_UNPIN] = {PINNED, OWNED},
	    [FFA_GIVE_SHARED] = {OWNED, SHARED},
	    [FFA_TAKE_SHARED] = {SHARED, OWNED},
	    [FFA_DOUBT_SHARED] = {SHARED, DOUBTFUL},
	    [FFA_CLEAR_SHARED] = {DOUBTFUL, OWNED},
	};
	enum state before[PAGES];

	(void)context;
	(void)endpoint;
	(void)fid;
	memcpy(before, states, sizeof(before));
	for (*refused = 0; *refused < count; ++*refused) {
		uint64_t first = (ranges[*refused].base - RAM) / FFA_PAGE;

		for (uint64_t page = first; page < first + ranges[*refused].pages; page++) {
			if (page < PAGES && states[page] == moves[transition].from) {
				states[page] = moves[transition].to;
				continue;
			}
			memcpy(states, before, sizeof(before)); /* all, or none */
			return page < PAGES ? FFA_DENIED : FFA_INVALID_PARAMETERS;
		}
	}
	return FFA_OK;
}

static uint32_t translate(void *context, uint16_t endpoint, const struct ffa_range *range,
			  struct ffa_range *physical, uint32_t limit)
{
	(void)context;
	(void)endpoint;
	*physical = *range; /* the endpoint's addresses are physical ones */
	return limit != 0U ? 1U : 0U;
}

static uint64_t physical(void *context, const void *object)
{
	(void)context;
	return (uintptr_t)object;
}

static void event(void *context, const struct ffa_event *told)
{
	(void)context;
	printf("event %d of endpoint %u\n", (int)told->kind, told->endpoint);
}

static const struct ffa_environment environment = {
    .firmware_call = firmware_call,
    .lock = no_lock,
    .unlock = no_lock,
    .time = one,
    .frequency = one,
    .caller_read = read_ram,
    .caller_write = write_ram,
    .pages = move_pages,
    .translate = translate,
    .physical = physical,
    .event = event, /* relax: nobody else is there; zero: never asked for */
};

static uint64_t ask(const void *context, uint32_t version)
{
	uint64_t x[FFA_REGISTERS] = {FFA_VERSION, version};

	(void)context;
	firmware_call(NULL, x);
	return x[0];
}

/* ---- the endpoint ---- */

static struct ffa ffa;

/* One SMC of it; ends the program when it is answered by anything but `wanted`. */
static void call(uint64_t x[FFA_REGISTERS], uint32_t wanted)
{
	unsigned fid = (unsigned)x[0];

	ffa_call(&ffa, &ffa.host, 0, x);
	printf("endpoint: %#x -> %#x %#x %#x %#x\n", fid, (unsigned)x[0], (unsigned)x[1],
	       (unsigned)x[2], (unsigned)x[3]);
	if (x[0] != wanted)
		exit(1);
}

int main(void)
{
	static const struct ffa_range ranges[3] = {
	    {RAM + 2U * FFA_PAGE, 1, 0}, {RAM + 4U * FFA_PAGE, 2, 0}, {RAM + 7U * FFA_PAGE, 1, 0}};
	const struct ffa_descriptor descriptor = {
	    .sender = 1,
	    .attributes = FFA_NORMAL_SHARED,
	    .borrower_count = 1,
	    .borrower = {{.id = 0x8001, .permissions = FFA_DATA_RW}},
	    .page_count = 4,
	    .range_count = 3};
	const struct ffa_capacity capacity = {.transactions = 4, .ranges = 64};
	uint32_t head = ffa_descriptor_size(&descriptor, FFA_VERSION_1_1);
	struct ffa_negotiation negotiation;
	size_t alignment, size;

	ffa_negotiate(&negotiation, ask, NULL);
	ffa_init(&ffa, &environment, NULL, &negotiation, 1);
	size = ffa_memory_size(&ffa, &capacity, &alignment);
	ffa_open(&ffa, aligned_alloc(alignment, size), &capacity);

	call((uint64_t[FFA_REGISTERS]){FFA_VERSION, FFA_VERSION_1_1}, FFA_VERSION_1_1);
	call((uint64_t[FFA_REGISTERS]){FFA_RXTX_MAP | FFA_64, RAM, RAM + FFA_PAGE, 1}, FFA_SUCCESS);
	ffa_descriptor_write(&descriptor, FFA_VERSION_1_1, ram[0]);
	ffa_ranges_write(ranges, 1, ram[0] + head);
	call((uint64_t[FFA_REGISTERS]){FFA_MEM_SHARE, head + 48U, head + 16U}, FFA_MEM_FRAG_RX);
	ffa_ranges_write(ranges + 1, 2, ram[0]);
	call((uint64_t[FFA_REGISTERS]){FFA_MEM_FRAG_TX, FIRMWARE_HANDLE, 0, 32}, FFA_SUCCESS);
	if (!firmware_shared() || states[2] != SHARED || states[3] != OWNED || states[7] != SHARED)
		return 1;
	call((uint64_t[FFA_REGISTERS]){FFA_MEM_RECLAIM, FIRMWARE_HANDLE, 0, 0}, FFA_SUCCESS);
	return firmware_shared() || states[2] != OWNED || states[7] != OWNED;
}
