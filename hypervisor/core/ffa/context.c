/* SPDX-License-Identifier: Apache-2.0 */
/* The mediator's own beginning, its memory, and the beginning of an endpoint. */
#include "transaction.h"

#include <string.h>

#define SNAPSHOT_SIZE ((size_t)FFA_PAGES_MAX * FFA_PAGE)

void ffa_init(struct ffa *ffa, const struct ffa_environment *environment, void *context,
	      const struct ffa_negotiation *firmware, uint16_t host_id)
{
	memset(ffa, 0, sizeof(*ffa));
	ffa->environment = environment;
	ffa->context = context;
	ffa->present = firmware->outcome == FFA_PRESENT;
	ffa->version = firmware->version;
	ffa->host.id = host_id;
	if (ffa->present)
		ffa_offer_find(ffa);
	ffa->direct =
	    environment->firmware_message != NULL && ffa_offered(ffa, FFA_MSG_SEND_DIRECT_REQ);
}

/* Where the parts lie in the memory that ffa_open() gets; buffers first, as they are aligned. */
struct layout {
	size_t tx, rx, shadow_tx, shadow_rx; /* shadows: both as rx where there are none */
	size_t snapshot, store, end;
};

static bool shares_memory(const struct ffa *ffa)
{
	return ffa_offered(ffa, FFA_MEM_RECLAIM);
}

static struct layout layout_of(const struct ffa *ffa, const struct ffa_capacity *capacity)
{
	size_t size = ffa->buffer_size;
	struct layout layout = {.tx = 0, .rx = size};

	layout.shadow_tx = ffa_offered(ffa, FFA_MSG_SEND2) ? layout.rx + size : layout.rx;
	layout.shadow_rx =
	    layout.shadow_tx != layout.rx ? layout.shadow_tx + size : layout.shadow_tx;
	layout.snapshot = layout.shadow_rx + size;
	layout.store = layout.snapshot + SNAPSHOT_SIZE;
	layout.end = layout.store + (shares_memory(ffa) ? ffa_store_size(capacity) : 0U);
	return layout;
}

size_t ffa_memory_size(const struct ffa *ffa, const struct ffa_capacity *capacity,
		       size_t *alignment)
{
	*alignment = ffa->buffer_size > FFA_PAGE ? ffa->buffer_size : FFA_PAGE;
	/* lists of partitions need room, whichever way they come */
	if (ffa->buffer_size == 0U && !ffa->partition_registers)
		return 0;
	return layout_of(ffa, capacity).end;
}

/* Firmware and its partitions see these pages: nothing that lay there before goes with them. */
static uint8_t *take(uint8_t *memory, size_t offset, uint32_t size)
{
	memset(memory + offset, 0, size);
	return memory + offset;
}

static void open_buffers(struct ffa *ffa, uint8_t *memory, const struct layout *layout)
{
	struct ffa_event event = {.kind = FFA_EVENT_BUFFERS, .fid = FFA_RXTX_MAP};
	enum ffa_error error;

	ffa->tx = take(memory, layout->tx, ffa->buffer_size);
	ffa->rx = take(memory, layout->rx, ffa->buffer_size);
	error = ffa_buffers_register(ffa);
	if (error == FFA_OK)
		return;
	ffa->tx = ffa->rx = NULL;
	ffa_offer_without_buffers(ffa);
	event.value[0] = (uint64_t)(int64_t)error;
	ffa->environment->event(ffa->context, &event);
}

static void open_shadows(struct ffa *ffa, uint8_t *memory, const struct layout *layout)
{
	ffa->shadow_tx = take(memory, layout->shadow_tx, ffa->buffer_size);
	ffa->shadow_rx = take(memory, layout->shadow_rx, ffa->buffer_size);
	if (ffa_buffers_try_shadow(ffa, &ffa->host))
		return;
	ffa->shadow_tx = ffa->shadow_rx = NULL;
	ffa_offer_without_shadows(ffa);
}

void ffa_open(struct ffa *ffa, void *memory, const struct ffa_capacity *capacity)
{
	struct layout layout = layout_of(ffa, capacity);

	ffa_notification_open(ffa, &ffa->host);
	if (memory == NULL)
		return;
	if (shares_memory(ffa))
		ffa_store_open(ffa, (uint8_t *)memory + layout.store, capacity);
	ffa->snapshot = (uint8_t *)memory + layout.snapshot;
	if (ffa->buffer_size != 0U)
		open_buffers(ffa, memory, &layout);
	if (ffa_offered(ffa, FFA_MSG_SEND2))
		open_shadows(ffa, memory, &layout);
	if (ffa_offered(ffa, FFA_PARTITION_INFO_GET) || ffa->partition_registers)
		ffa_partitions_read(ffa);
}

void ffa_endpoint_reset(struct ffa *ffa, struct ffa_endpoint *endpoint, unsigned cpu)
{
	struct ffa_event event = {.kind = FFA_EVENT_RESET, .endpoint = endpoint->id};

	ffa_transactions_abandon(ffa, endpoint, cpu);
	ffa_notification_reset(ffa, endpoint, cpu);
	ffa_buffers_drop(ffa, endpoint, cpu);
	ffa->environment->lock(ffa->context, &endpoint->lock);
	event.value[0] = endpoint->version;
	/* what firmware has of its memory stays, and does not bind the next kernel's first choice
	 */
	__atomic_store_n(&endpoint->version, 0U, __ATOMIC_RELAXED);
	endpoint->preempted_count = 0;
	endpoint->preempted_lost = false;
	ffa->environment->unlock(ffa->context, &endpoint->lock);
	ffa->environment->event(ffa->context, &event);
}
