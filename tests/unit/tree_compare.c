/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <libfdt.h>

#include "cases.h"
#include "tree_compare.h"
#include "tree_source.h"

static unsigned count_properties(const void *tree, int node)
{
	unsigned count = 0;
	int at;

	fdt_for_each_property_offset(at, tree, node) count++;
	return count;
}

static unsigned count_children(const void *tree, int node)
{
	unsigned count = 0;
	int at;

	fdt_for_each_subnode(at, tree, node) count++;
	return count;
}

static void compare_nodes(const void *a, int node_a, const void *b, int node_b)
{
	const char *name = fdt_get_name(a, node_a, NULL);
	int at;

	assert_string_equal(name, fdt_get_name(b, node_b, NULL));
	fdt_for_each_property_offset(at, a, node_a)
	{
		int length_a, length_b;
		const char *property;
		const void *value_a = fdt_getprop_by_offset(a, at, &property, &length_a);
		const void *value_b = fdt_getprop(b, node_b, property, &length_b);

		if (value_b == NULL || length_a != length_b ||
		    memcmp(value_a, value_b, (size_t)length_a) != 0)
			fail_msg("node %s: property %s differs", name, property);
	}
	if (count_properties(a, node_a) != count_properties(b, node_b))
		fail_msg("node %s: %u properties, expected %u", name, count_properties(a, node_a),
			 count_properties(b, node_b));
	fdt_for_each_subnode(at, a, node_a)
	{
		int other = fdt_subnode_offset(b, node_b, fdt_get_name(a, at, NULL));

		if (other < 0)
			fail_msg("node %s: unexpected child %s", name, fdt_get_name(a, at, NULL));
		compare_nodes(a, at, b, other);
	}
	if (count_children(a, node_a) != count_children(b, node_b))
		fail_msg("node %s: %u children, expected %u", name, count_children(a, node_a),
			 count_children(b, node_b));
}

void tree_assert_equal(const void *found, const void *expected)
{
	compare_nodes(found, 0, expected, 0);
}

void tree_assert_order(const void *a, const void *b)
{
	int last = -1, node;

	for (node = fdt_next_node(a, 0, NULL); node >= 0; node = fdt_next_node(a, node, NULL)) {
		char path[256];
		int other;

		tree_ok(fdt_get_path(a, node, path, sizeof(path)));
		other = fdt_path_offset(b, path);
		/* these may be new nodes with an old name */
		if (other < 0 || strncmp(path, "/hypervisor", 11) == 0 ||
		    strstr(path, "/hypervisor@") != NULL)
			continue;
		if (other < last)
			fail_msg("node %s stands elsewhere", path);
		last = other;
	}
}
