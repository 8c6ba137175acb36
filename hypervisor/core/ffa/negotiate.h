/* SPDX-License-Identifier: Apache-2.0 */
/*
 * FFA_VERSION towards firmware (DEN0077A, FFA_VERSION): ask from the highest version down, then ask
 * once more with exactly the version that will be used, and hold it. Each question and the raw x0
 * that came back are kept for the boot report.
 */
#ifndef PORTCULLIS_FFA_NEGOTIATE_H
#define PORTCULLIS_FFA_NEGOTIATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FFA_VERSION 0x84000063U

/* Versions: bit 31 zero, major in 30:16, minor in 15:0. 0 stands for "none". */
#define FFA_VERSION_1_0 0x10000U
#define FFA_VERSION_1_1 0x10001U
#define FFA_VERSION_1_2 0x10002U
#define FFA_VERSION_1_3 0x10003U

#define FFA_VERSION_OURS FFA_VERSION_1_2 /* the highest that this hypervisor speaks */

/* How an answer reads, judged by w0 alone. */
enum ffa_reading {
	FFA_READING_OK,            /* same major, minor at least as asked */
	FFA_READING_DOWNGRADE,     /* same major, lower minor: ask again with that one */
	FFA_READING_NOT_SUPPORTED, /* int32 -1 */
	FFA_READING_INCOMPATIBLE,  /* a version of another major, or below the minimum */
	FFA_READING_INVALID,       /* no version at all: bit 31 and not -1, or major 0 */
};

/*
 * Read `raw_x0`, firmware's answer to FFA_VERSION(asked), for a client that accepts minors down to
 * `minimum`. *use is the version to go on with for OK and DOWNGRADE, else 0.
 */
enum ffa_reading ffa_version_read(uint32_t asked, uint32_t minimum, uint64_t raw_x0, uint32_t *use);

/*
 * Each minor is asked for at most twice, and the minor never rises: 1.2, 1.1 and 1.0 make six
 * questions whatever firmware answers.
 */
#define FFA_QUESTION_MAX 6

struct ffa_question {
	uint64_t raw; /* x0 as firmware left it */
	uint32_t asked;
	enum ffa_reading reading;
	uint32_t use;
};

enum ffa_outcome {
	FFA_UNASKED_CONDUIT, /* nobody to ask */
	FFA_UNASKED_SMCCC,   /* SMCCC below 1.2: FF-A must not be asked */
	FFA_ABSENT,          /* refused or unusable answers */
	FFA_UNSTEADY,        /* no version was granted twice in a row */
	FFA_PRESENT,
};

struct ffa_negotiation {
	enum ffa_outcome outcome;
	uint32_t version; /* with FFA_PRESENT: spoken with firmware from now on; else 0 */
	unsigned count;
	struct ffa_question question[FFA_QUESTION_MAX];
};

/* One question to firmware: FFA_VERSION(asked) -> raw x0. */
typedef uint64_t ffa_ask_fn(const void *context, uint32_t asked);

/* Negotiate; fills everything. Bounded by FFA_QUESTION_MAX calls of `ask`. Boot CPU, once. */
void ffa_negotiate(struct ffa_negotiation *negotiation, ffa_ask_fn *ask, const void *context);

/* "1.2" into out (at least 12 bytes); versions of any size. Returns out. */
const char *ffa_version_words(char out[12], uint32_t version);

/* The reading of one question in words: "NOT_SUPPORTED (int32, upper half zero)". Returns out. */
const char *ffa_question_words(const struct ffa_question *question, char *out, size_t size);

/* Log lines: every question, and what follows from them. */
void ffa_negotiation_report(const struct ffa_negotiation *negotiation);

#endif
