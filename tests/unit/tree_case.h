/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The corpus of trees in tests/trees: each .dts says in comments what the hypervisor knows beside
 * the tree ("//< KEY VALUE") and what the plan must say ("//= KEY VALUE"). tests/trees/README.md
 * lists the keys.
 */
#ifndef PORTCULLIS_TEST_TREE_CASE_H
#define PORTCULLIS_TEST_TREE_CASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/boot/plan.h"

#define TREE_LINES  40
#define TREE_LENGTH 160
#define TREE_CASES  200

/* Lines of text, without the ends of lines. */
struct lines {
	char line[400][TREE_LENGTH];
	unsigned count;
};

struct tree_case {
	char name[64];
	struct boot_facts facts;
	uint8_t header[BOOT_IMAGE_HEADER]; /* of the kernel */
	bool refused;                      /* must be, with these words: */
	char reason[TREE_LENGTH];
	char expected[TREE_LINES][TREE_LENGTH]; /* "KEY VALUE" */
	unsigned expected_count;
	uint8_t *tree; /* exactly as large as the tree */
	size_t size;
};

/* All of tests/trees, sorted by name; aborts with a message when one cannot be read. */
struct tree_case *tree_cases(unsigned *count);

/* What a case without "//<" starts from. */
void tree_facts(struct boot_facts *facts);
/* An arm64 Image's header. */
void tree_header(uint8_t header[BOOT_IMAGE_HEADER], uint64_t text_offset, uint64_t size,
		 uint64_t flags);

/* Everything that the plan says, one "KEY VALUE" a line, in the words of the corpus. */
void plan_describe(struct lines *out, const struct boot_plan *plan);

/* NULL, or how the plan differs from what the case expects; valid until the next call. */
const char *tree_case_compare(const struct tree_case *tree, const struct boot_plan *plan);

#endif
