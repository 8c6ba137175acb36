/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What should stand at each address, as a plain list: the model beside which page tables are put.
 * Knows nothing of levels, blocks and descriptors. Kinds are small numbers; 0 is nothing.
 */
#ifndef PORTCULLIS_TEST_EXTENTS_H
#define PORTCULLIS_TEST_EXTENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct extent {
	uint64_t base, end; /* end is exclusive */
	unsigned kind;
};

struct extents {
	struct extent *list; /* sorted, adjacent; neighbours differ in kind */
	size_t count;
};

/* [0, end) of kind 0. */
void extents_start(struct extents *extents, uint64_t end);
void extents_free(struct extents *extents);
void extents_copy(struct extents *to, const struct extents *from);

/* `kind` at [base, end). */
void extents_set(struct extents *extents, uint64_t base, uint64_t end, unsigned kind);

/* Append [base, end), which begins where the list ends. */
void extents_append(struct extents *extents, uint64_t base, uint64_t end, unsigned kind);

unsigned extents_kind(const struct extents *extents, uint64_t address);

/* One kind from `base` to `end`? */
bool extents_uniform(const struct extents *extents, uint64_t base, uint64_t end);

/* Fails the test at the first address where they differ. */
void extents_assert_equal(const struct extents *found, const struct extents *expected);

#endif
