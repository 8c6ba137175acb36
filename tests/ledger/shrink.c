// SPDX-License-Identifier: Apache-2.0
#include "shrink.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static struct {
	struct session *session;
	struct script *best, *trial;
	struct verdict verdict; /* of the best */
	time_t until;
	uint32_t every;
} state;

static bool time_left(void)
{
	return time(NULL) < state.until;
}

/* Does the trial fail in the same kind? Then it is the best, cut behind the burst that failed. */
static bool fails(void)
{
	if (session_script(state.session, state.trial, state.every) ||
	    strcmp(state.session->verdict.kind, state.verdict.kind) != 0)
		return false;
	state.verdict = state.session->verdict;
	if (state.verdict.burst < state.trial->count)
		state.trial->count = state.verdict.burst;
	struct script *swap = state.best;

	state.best = state.trial;
	state.trial = swap;
	return true;
}

static void trial_is_best(void)
{
	memcpy(state.trial, state.best,
	       sizeof(*state.best) -
		   (SCRIPT_BURSTS - state.best->count) * sizeof(state.best->burst[0]));
}

static bool without_bursts(uint32_t first, uint32_t count)
{
	trial_is_best();
	memmove(&state.trial->burst[first], &state.trial->burst[first + count],
		(state.trial->count - first - count) * sizeof(struct burst));
	state.trial->count -= count;
	return fails();
}

/* Ever smaller pieces, from the end, which is where it failed. */
static bool fewer_bursts(void)
{
	bool any = false;

	for (uint32_t piece = state.best->count / 2U; piece > 0U; piece /= 2U)
		for (uint32_t end = state.best->count; end > 0U && time_left();) {
			uint32_t first = end > piece ? end - piece : 0U;

			if (end <= state.best->count && without_bursts(first, end - first))
				any = true;
			end = first < state.best->count ? first : state.best->count;
		}
	return any;
}

static bool fewer_actions(void)
{
	bool any = false;

	for (uint32_t i = 0; i < state.best->count; i++)
		for (uint32_t k = 0; i < state.best->count && k < state.best->burst[i].count &&
				     state.best->burst[i].count > 1U && time_left();) {
			struct burst *burst;

			trial_is_best();
			burst = &state.trial->burst[i];
			memmove(&burst->action[k], &burst->action[k + 1U],
				(burst->count - k - 1U) * sizeof(struct action));
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
	bool any = false;

	for (uint32_t i = 0; i < state.best->count && time_left(); i++) {
		uint32_t more = state.best->burst[i].count - 1U;

		if (more == 0U || state.best->count + more > SCRIPT_BURSTS)
			continue;
		trial_is_best();
		memmove(&state.trial->burst[i + more], &state.trial->burst[i],
			(state.trial->count - i) * sizeof(struct burst));
		state.trial->count += more;
		for (uint32_t k = 0; k <= more; k++) {
			struct burst *burst = &state.trial->burst[i + k];

			memset(burst, 0, sizeof(*burst));
			burst->count = 1;
			burst->action[0] = state.best->burst[i].action[k];
		}
		any |= fails();
	}
	return any;
}

static bool smaller_ranges(void)
{
	static const uint64_t sizes[] = {1, 2, 8, 64, 512};
	bool any = false;

	for (uint32_t i = 0; i < state.best->count; i++)
		for (uint32_t k = 0; i < state.best->count && k < state.best->burst[i].count; k++)
			for (unsigned n = 0; n < sizeof(sizes) / sizeof(sizes[0]); n++) {
				if (i >= state.best->count || !time_left() ||
				    sizes[n] >= state.best->burst[i].action[k].pages)
					break;
				trial_is_best();
				state.trial->burst[i].action[k].pages = sizes[n];
				if (fails()) {
					any = true;
					break;
				}
			}
	return any;
}

void shrink(struct session *session, unsigned seconds)
{
	bool shorter;

	state.session = session;
	state.best = malloc(sizeof(struct script));
	state.trial = malloc(sizeof(struct script));
	if (state.best == NULL || state.trial == NULL) {
		fprintf(stderr, "no memory to make the sequence shorter\n");
		return;
	}
	state.verdict = session->verdict;
	state.until = time(NULL) + (time_t)seconds;
	state.every = SESSION_FULL;
	memcpy(state.best, &session->script, sizeof(struct script));
	do {
		shorter = fewer_bursts();
		/* a few calls: look at everything after each, so that none comes too late */
		if (state.best->count < 60U)
			state.every = 1;
		shorter |= fewer_actions();
		shorter |= fewer_overlaps();
		shorter |= smaller_ranges();
	} while (shorter && time_left());
	memcpy(&session->script, state.best, sizeof(struct script));
	session->verdict = state.verdict;
	free(state.best);
	free(state.trial);
}
