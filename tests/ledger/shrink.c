// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ledger/drive.h"

static struct {
	const struct drive *drive;
	void *best, *trial;     /* scripts */
	struct verdict verdict; /* of the best */
	time_t until;
	uint32_t every;
} state;

static uint32_t *count_of(void *script)
{
	return script_count(&state.drive->form, script);
}

static struct burst_head *burst_of(void *script, uint32_t index)
{
	return script_burst(&state.drive->form, script, index);
}

static void *action_of(void *script, uint32_t burst, uint32_t index)
{
	return script_action(&state.drive->form, script, burst, index);
}

static bool time_left(void)
{
	return time(NULL) < state.until;
}

/* Does the trial fail in the same kind? Then it is the best, cut behind the burst that failed. */
static bool fails(void)
{
	const struct verdict *verdict = state.drive->verdict;

	if (state.drive->play(state.trial, state.every) ||
	    strcmp(verdict->kind, state.verdict.kind) != 0)
		return false;
	state.verdict = *verdict;
	if (state.verdict.burst < *count_of(state.trial))
		*count_of(state.trial) = state.verdict.burst;
	void *swap = state.best;

	state.best = state.trial;
	state.trial = swap;
	return true;
}

static void copy(void *to, const void *from)
{
	const struct script_form *form = &state.drive->form;
	uint32_t count;

	memcpy(&count, (const char *)from + form->count, sizeof(count));
	memcpy(to, from, form->bursts + count * form->burst);
}

static void trial_is_best(void)
{
	copy(state.trial, state.best);
}

static bool without_bursts(uint32_t first, uint32_t count)
{
	trial_is_best();
	memmove(burst_of(state.trial, first), burst_of(state.trial, first + count),
		(*count_of(state.trial) - first - count) * state.drive->form.burst);
	*count_of(state.trial) -= count;
	return fails();
}

/* Ever smaller pieces, from the end, which is where it failed. */
static bool fewer_bursts(void)
{
	bool any = false;

	for (uint32_t piece = *count_of(state.best) / 2U; piece > 0U; piece /= 2U)
		for (uint32_t end = *count_of(state.best); end > 0U && time_left();) {
			uint32_t first = end > piece ? end - piece : 0U;

			if (end <= *count_of(state.best) && without_bursts(first, end - first))
				any = true;
			end = first < *count_of(state.best) ? first : *count_of(state.best);
		}
	return any;
}

static bool fewer_actions(void)
{
	bool any = false;

	for (uint32_t i = 0; i < *count_of(state.best); i++)
		for (uint32_t k = 0; i < *count_of(state.best) &&
				     k < burst_of(state.best, i)->count &&
				     burst_of(state.best, i)->count > 1U && time_left();) {
			struct burst_head *burst;

			trial_is_best();
			burst = burst_of(state.trial, i);
			memmove(action_of(state.trial, i, k), action_of(state.trial, i, k + 1U),
				(burst->count - k - 1U) * state.drive->form.action);
			burst->count--;
			if (fails())
				any = true;
			else
				k++;
		}
	return any;
}

/* One after the other instead of at once. */
static bool fewer_overlaps(void)
{
	const struct script_form *form = &state.drive->form;
	bool any = false;

	for (uint32_t i = 0; i < *count_of(state.best) && time_left(); i++) {
		uint32_t more = burst_of(state.best, i)->count - 1U;

		if (more == 0U || *count_of(state.best) + more > form->room)
			continue;
		trial_is_best();
		memmove(burst_of(state.trial, i + more), burst_of(state.trial, i),
			(*count_of(state.trial) - i) * form->burst);
		*count_of(state.trial) += more;
		for (uint32_t k = 0; k <= more; k++) {
			struct burst_head *burst = burst_of(state.trial, i + k);

			memset(burst, 0, form->burst);
			burst->count = 1;
			memcpy(action_of(state.trial, i + k, 0), action_of(state.best, i, k),
			       form->action);
		}
		any |= fails();
	}
	return any;
}

static bool simpler_actions(void)
{
	bool any = false;

	for (uint32_t i = 0; i < *count_of(state.best); i++)
		for (uint32_t k = 0;
		     i < *count_of(state.best) && k < burst_of(state.best, i)->count; k++) {
			bool more = true;

			for (unsigned step = 0; more && time_left(); step++) {
				trial_is_best();
				if (!state.drive->simplify(action_of(state.trial, i, k), step,
							   &more) ||
				    !fails())
					continue;
				any = true;
				if (i >= *count_of(state.best) ||
				    k >= burst_of(state.best, i)->count)
					break;
			}
		}
	return any;
}

void shrink(const struct drive *drive, unsigned seconds)
{
	bool shorter;

	state.drive = drive;
	state.best = malloc(drive->form.size);
	state.trial = malloc(drive->form.size);
	if (state.best == NULL || state.trial == NULL) {
		fprintf(stderr, "no memory to make the sequence shorter\n");
		return;
	}
	state.verdict = *drive->verdict;
	state.until = time(NULL) + (time_t)seconds;
	state.every = drive->full;
	copy(state.best, drive->script);
	do {
		shorter = fewer_bursts();
		/* a few calls: look at everything after each, so that none comes too late */
		if (*count_of(state.best) < 60U)
			state.every = 1;
		shorter |= fewer_actions();
		shorter |= fewer_overlaps();
		shorter |= simpler_actions();
	} while (shorter && time_left());
	copy(drive->script, state.best);
	*drive->verdict = state.verdict;
	free(state.best);
	free(state.trial);
}
