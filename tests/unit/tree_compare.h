/* SPDX-License-Identifier: Apache-2.0 */
/* Device trees compared by libfdt's reading functions. */
#ifndef PORTCULLIS_TEST_TREE_COMPARE_H
#define PORTCULLIS_TEST_TREE_COMPARE_H

/* The same nodes with the same properties, in any order; fails the test where they differ. */
void tree_assert_equal(const void *found, const void *expected);

/*
 * Nodes that both trees have stand in the same order. Not looked at: the hypervisor's own, which
 * may be new ones with an old name.
 */
void tree_assert_order(const void *a, const void *b);

#endif
