/* SPDX-License-Identifier: Apache-2.0 */
/* How a script of calls is laid out, whatever its calls are: what the shrinker needs to know. */
#ifndef PORTCULLIS_LEDGER_BURST_H
#define PORTCULLIS_LEDGER_BURST_H

#include <stddef.h>
#include <stdint.h>

/* Actions that overlap: each CPU makes its own in their order. */
#define BURST_MAX 8U

/* What each burst begins with; its actions follow. */
struct burst_head {
	uint32_t schedule; /* seed of who runs when */
	uint32_t count;    /* of actions, up to BURST_MAX */
};

/* Offsets and sizes in bytes. */
struct script_form {
	size_t size;            /* of a script that is full */
	size_t count;           /* where the uint32_t is that counts bursts */
	size_t bursts, burst;   /* where the first is, and how large each */
	size_t actions, action; /* within a burst, likewise */
	uint32_t room;          /* for bursts */
};

#define SCRIPT_FORM(script, length)                                                                \
	{sizeof(script),                                                                           \
	 offsetof(script, count),                                                                  \
	 offsetof(script, burst),                                                                  \
	 sizeof(((script *)0)->burst[0]),                                                          \
	 offsetof(__typeof__(((script *)0)->burst[0]), action),                                    \
	 sizeof(((script *)0)->burst[0].action[0]),                                                \
	 length}

static inline uint32_t *script_count(const struct script_form *form, void *script)
{
	return (uint32_t *)(void *)((char *)script + form->count);
}

static inline struct burst_head *script_burst(const struct script_form *form, void *script,
					      uint32_t index)
{
	return (struct burst_head *)(void *)((char *)script + form->bursts + index * form->burst);
}

static inline void *script_action(const struct script_form *form, void *script, uint32_t burst,
				  uint32_t index)
{
	return (char *)script_burst(form, script, burst) + form->actions + index * form->action;
}

#endif
