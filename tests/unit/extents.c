/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "cases.h"
#include "extents.h"

void extents_append(struct extents *extents, uint64_t base, uint64_t end, unsigned kind)
{
	struct extent *last = extents->count > 0U ? &extents->list[extents->count - 1U] : NULL;

	if (base == end)
		return;
	if (base > end || (last != NULL && last->end != base))
		fail_msg("extent 0x%llx-0x%llx does not follow the one before",
			 (unsigned long long)base, (unsigned long long)end);
	if (last != NULL && last->kind == kind) {
		last->end = end;
		return;
	}
	extents->list = realloc(extents->list, (extents->count + 1U) * sizeof(struct extent));
	if (extents->list == NULL)
		abort();
	extents->list[extents->count++] = (struct extent){base, end, kind};
}

void extents_start(struct extents *extents, uint64_t end)
{
	*extents = (struct extents){0};
	extents_append(extents, 0, end, 0);
}

void extents_free(struct extents *extents)
{
	free(extents->list);
	*extents = (struct extents){0};
}

void extents_copy(struct extents *to, const struct extents *from)
{
	*to = (struct extents){0};
	for (size_t i = 0; i < from->count; i++)
		extents_append(to, from->list[i].base, from->list[i].end, from->list[i].kind);
}

static uint64_t lower(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t higher(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

void extents_set(struct extents *extents, uint64_t base, uint64_t end, unsigned kind)
{
	struct extents result = {0};

	for (size_t i = 0; i < extents->count; i++) {
		const struct extent *old = &extents->list[i];

		if (old->base < base)
			extents_append(&result, old->base, lower(old->end, base), old->kind);
		if (old->end > base && old->base < end)
			extents_append(&result, higher(old->base, base), lower(old->end, end),
				       kind);
		if (old->end > end)
			extents_append(&result, higher(old->base, end), old->end, old->kind);
	}
	extents_free(extents);
	*extents = result;
}

static const struct extent *find(const struct extents *extents, uint64_t address)
{
	size_t low = 0, high = extents->count;

	while (low < high) {
		size_t middle = (low + high) / 2U;

		if (address >= extents->list[middle].end)
			low = middle + 1U;
		else
			high = middle;
	}
	return low < extents->count ? &extents->list[low] : NULL;
}

unsigned extents_kind(const struct extents *extents, uint64_t address)
{
	const struct extent *extent = find(extents, address);

	return extent != NULL ? extent->kind : 0U;
}

bool extents_uniform(const struct extents *extents, uint64_t base, uint64_t end)
{
	const struct extent *extent = find(extents, base);

	return extent != NULL && end <= extent->end;
}

void extents_assert_equal(const struct extents *found, const struct extents *expected)
{
	for (size_t i = 0; i < found->count && i < expected->count; i++) {
		const struct extent *a = &found->list[i], *b = &expected->list[i];

		if (a->base != b->base || a->end != b->end || a->kind != b->kind)
			fail_msg("found kind %u at 0x%llx-0x%llx, expected kind %u at "
				 "0x%llx-0x%llx",
				 a->kind, (unsigned long long)a->base, (unsigned long long)a->end,
				 b->kind, (unsigned long long)b->base, (unsigned long long)b->end);
	}
	assert_int_equal(found->count, expected->count);
}
