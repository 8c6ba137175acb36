/* SPDX-License-Identifier: Apache-2.0 */
#include "core/smccc/negotiation.h"

#include "core/log/log.h"
#include "core/smccc/smccc.h"

#define MAJOR(version) (((version) >> 16) & 0x7fffU)
#define MINOR(version) ((version) & 0xffffU)

const char *ffa_version_words(char out[12], uint32_t version)
{
	(void)log_format(out, 12, "%u.%u", MAJOR(version), MINOR(version));
	return out;
}

/* How the half of x0 that FFA_VERSION does not define was filled. */
static void upper_half_words(uint64_t raw, char *out, size_t size)
{
	uint32_t upper = (uint32_t)(raw >> 32);

	if (upper == 0U)
		(void)log_format(out, size, "upper half zero");
	else if (upper == 0xffffffffU)
		(void)log_format(out, size, "upper half all ones");
	else
		(void)log_format(out, size, "upper half 0x%08x ignored", upper);
}

const char *ffa_question_words(const struct ffa_question *question, char *out, size_t size)
{
	uint32_t w0 = smccc_word(question->raw);
	char upper[40], answered[12], use[12];

	upper_half_words(question->raw, upper, sizeof(upper));
	(void)ffa_version_words(answered, w0);
	(void)ffa_version_words(use, question->use);
	switch (question->reading) {
	case FFA_READING_OK:
		if (w0 == question->asked)
			(void)log_format(out, size, "version %s, as asked (%s)", answered, upper);
		else
			(void)log_format(out, size, "version %s, newer: %s is served (%s)",
					 answered, use, upper);
		break;
	case FFA_READING_DOWNGRADE:
		(void)log_format(out, size, "version %s, lower than asked: step down to it (%s)",
				 answered, upper);
		break;
	case FFA_READING_NOT_SUPPORTED:
		(void)log_format(out, size, "NOT_SUPPORTED (int32, %s)", upper);
		break;
	case FFA_READING_INCOMPATIBLE:
		(void)log_format(out, size, "version %s, %s: no common version (%s)", answered,
				 MAJOR(w0) != MAJOR(question->asked) ? "another major" : "too old",
				 upper);
		break;
	case FFA_READING_INVALID:
		if (w0 == FFA_VERSION)
			(void)log_format(
			    out, size, "no version: the function identifier came back (%s)", upper);
		else if (w0 == 0x84000060U)
			(void)log_format(out, size,
					 "no version: identifier of FFA_ERROR, which FFA_VERSION "
					 "never answers (%s)",
					 upper);
		else if ((w0 >> 31) != 0U)
			(void)log_format(
			    out, size, "no version: bit 31 set, int32 %d is not NOT_SUPPORTED (%s)",
			    smccc_int32(question->raw), upper);
		else
			(void)log_format(out, size, "no version: major 0 (%s)", upper);
		break;
	}
	return out;
}

void ffa_negotiation_report(const struct ffa_negotiation *negotiation)
{
	char words[112], version[12];

	for (unsigned i = 0; i < negotiation->count; i++) {
		const struct ffa_question *question = &negotiation->question[i];

		(void)ffa_version_words(version, question->asked);
		(void)ffa_question_words(question, words, sizeof(words));
		log_line("ffa", "ffa-question", "firmware answered 0x%016llx to %s: %s",
			 (unsigned long long)question->raw, version, words);
	}
	switch (negotiation->outcome) {
	case FFA_UNASKED_CONDUIT:
		log_line("ffa", "ffa-none", "no firmware below: FF-A absent");
		break;
	case FFA_UNASKED_SMCCC:
		log_line(
		    "ffa", "ffa-none",
		    "FFA_VERSION not asked, it needs SMCCC 1.2: FF-A absent, going on without");
		break;
	case FFA_ABSENT:
		log_line("ffa", "ffa-none",
			 "no usable version after %u question%s: FF-A absent, going on without",
			 negotiation->count, negotiation->count == 1U ? "" : "s");
		break;
	case FFA_UNSTEADY:
		log_line("ffa", "ffa-unsteady",
			 "firmware contradicted itself, no version held in %u questions: FF-A "
			 "absent, going on without",
			 negotiation->count);
		break;
	case FFA_PRESENT:
		log_line("ffa", "ffa-version", "FF-A %s with firmware, confirmed and held",
			 ffa_version_words(version, negotiation->version));
		break;
	}
}
