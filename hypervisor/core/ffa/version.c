/* SPDX-License-Identifier: Apache-2.0 */
/* FFA_VERSION, towards firmware and towards a caller: nothing here has a state. */
#include "ffa.h"

/* FFA_VERSION from 1.3 on: w2[1:0] is 0 to negotiate, 1 to ask without consequence, or this: */
#define VERSION_QUERY_NEGOTIATED 2U

enum ffa_reading ffa_version_read(uint32_t asked, uint32_t minimum, uint64_t raw_x0, uint32_t *use)
{
	uint32_t w0 = (uint32_t)raw_x0;

	*use = 0;
	if (w0 == (uint32_t)FFA_NOT_SUPPORTED)
		return FFA_READING_NOT_SUPPORTED;
	if ((w0 >> 31) != 0U || FFA_MAJOR(w0) == 0U)
		return FFA_READING_INVALID;
	if (FFA_MAJOR(w0) != FFA_MAJOR(asked))
		return FFA_READING_INCOMPATIBLE;
	if (w0 >= asked) {
		*use = asked;
		return FFA_READING_OK;
	}
	if (w0 < minimum)
		return FFA_READING_INCOMPATIBLE;
	*use = w0;
	return FFA_READING_DOWNGRADE;
}

/*
 * `granted` counts consecutive answers that fit `version`: the one that led to it (OK for it, or a
 * downgrade that named it) and the one to the question with exactly this version. The minor can
 * only fall, so firmware that contradicts itself is left after at most two questions per minor.
 */
void ffa_negotiate(struct ffa_negotiation *negotiation, ffa_ask_fn *ask, const void *context)
{
	uint32_t version = FFA_VERSION_OURS;
	unsigned granted = 0;
	bool ever = false;

	negotiation->outcome = FFA_ABSENT;
	negotiation->version = 0;
	negotiation->count = 0;
	while (negotiation->count < FFA_QUESTION_MAX) {
		struct ffa_question *question = &negotiation->question[negotiation->count++];

		question->asked = version;
		question->raw = ask(context, version);
		question->reading =
		    ffa_version_read(version, FFA_VERSION_1_0, question->raw, &question->use);
		switch (question->reading) {
		case FFA_READING_OK:
			ever = true;
			if (++granted == 2U) {
				negotiation->outcome = FFA_PRESENT;
				negotiation->version = version;
				return;
			}
			break;
		case FFA_READING_DOWNGRADE:
			ever = true;
			version = question->use;
			granted = 1;
			break;
		case FFA_READING_NOT_SUPPORTED:
			granted = 0;
			if (version == FFA_VERSION_1_0) {
				negotiation->outcome = ever ? FFA_UNSTEADY : FFA_ABSENT;
				return;
			}
			version--;
			break;
		case FFA_READING_INCOMPATIBLE:
		case FFA_READING_INVALID:
			/* not a partner to bargain with: what it said before counts no more */
			negotiation->outcome = ever ? FFA_UNSTEADY : FFA_ABSENT;
			return;
		}
	}
	negotiation->outcome = FFA_UNSTEADY;
}

struct ffa_answer ffa_version_answer(uint32_t implemented, uint32_t version, bool locked,
				     uint32_t w1, uint32_t w2)
{
	const uint32_t refused = (uint32_t)FFA_NOT_SUPPORTED;
	struct ffa_answer answer = {.w0 = refused, .version = version};
	uint32_t query = implemented >= FFA_VERSION_1_3 ? w2 & 3U : 0U;

	if (query == VERSION_QUERY_NEGOTIATED && version != 0U) {
		answer.w0 = version;
		return answer;
	}
	if ((w1 >> 31) != 0U || FFA_MAJOR(w1) == 0U)
		return answer;
	if (locked) {
		if (w1 == version)
			answer.w0 = implemented;
		return answer;
	}
	/* A higher request, also of a higher major, is told what there is to step down to. */
	answer.w0 = implemented;
	if (FFA_MAJOR(w1) == FFA_MAJOR(implemented) && query == 0U)
		answer.version = w1 < implemented ? w1 : implemented;
	return answer;
}
