/* SPDX-License-Identifier: Apache-2.0 */
/* The mediator's own beginning, and that of an endpoint. */
#include "mediator.h"

#include <string.h>

void ffa_init(struct ffa *ffa, const struct ffa_environment *environment, void *context,
	      const struct ffa_negotiation *firmware, uint16_t host_id)
{
	memset(ffa, 0, sizeof(*ffa));
	ffa->environment = environment;
	ffa->context = context;
	ffa->present = firmware->outcome == FFA_PRESENT;
	ffa->version = firmware->version;
	ffa->host.id = host_id;
}

size_t ffa_memory_size(const struct ffa *ffa, const struct ffa_capacity *capacity,
		       size_t *alignment)
{
	(void)ffa;
	(void)capacity;
	*alignment = FFA_PAGE;
	return 0;
}

void ffa_open(struct ffa *ffa, void *memory, const struct ffa_capacity *capacity)
{
	(void)ffa;
	(void)memory;
	(void)capacity;
}

void ffa_endpoint_reset(struct ffa *ffa, struct ffa_endpoint *endpoint, unsigned cpu)
{
	struct ffa_event event = {.kind = FFA_EVENT_RESET, .endpoint = endpoint->id};

	(void)cpu;
	ffa->environment->lock(ffa->context, &endpoint->lock);
	event.value[0] = endpoint->version;
	__atomic_store_n(&endpoint->version, 0U, __ATOMIC_RELAXED);
	endpoint->holds = 0;
	ffa->environment->unlock(ffa->context, &endpoint->lock);
	ffa->environment->event(ffa->context, &event);
}
