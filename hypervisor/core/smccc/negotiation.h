/* SPDX-License-Identifier: Apache-2.0 */
/* The negotiation of FF-A's version with firmware in words, for the boot report. */
#ifndef PORTCULLIS_NEGOTIATION_H
#define PORTCULLIS_NEGOTIATION_H

#include <stddef.h>
#include <stdint.h>

#include "core/ffa/ffa.h"

/* "1.2" into out (at least 12 bytes); versions of any size. Returns out. */
const char *ffa_version_words(char out[12], uint32_t version);

/* The reading of one question in words: "NOT_SUPPORTED (int32, upper half zero)". Returns out. */
const char *ffa_question_words(const struct ffa_question *question, char *out, size_t size);

/* Log lines: every question, and what follows from them. */
void ffa_negotiation_report(const struct ffa_negotiation *negotiation);

#endif
