/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random words for keys and canaries. State: one 256-bit pool in entropy.c, used by the boot CPU
 * only, before the host starts; hence no lock.
 */
#ifndef PORTCULLIS_ENTROPY_H
#define PORTCULLIS_ENTROPY_H

#include <stddef.h>
#include <stdint.h>

/* Stir bytes from any source in; more never harms. */
void entropy_add(const void *bytes, size_t size);

/* A fresh word: RNDR where the CPU has it, the counter, and all that was stirred in before. */
uint64_t entropy_word(void);

/* Sources used so far, for the boot report: "RNDR", "counter", ... */
const char *entropy_sources(void);

#endif
