// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include <string.h>

#include "descriptor.h"

/* A copy of bytes that begins `shift` bytes off alignment and ends where its memory does. */
static uint8_t *copy_of(const uint8_t *bytes, uint32_t size, unsigned shift)
{
	uint8_t *copy = malloc(size + shift != 0U ? size + shift : 1U);

	if (copy == NULL)
		abort();
	memcpy(copy + shift, bytes, size);
	return copy;
}

struct ffa_verdict descriptor_read(const uint8_t *bytes, uint32_t size, uint32_t total,
				   uint32_t fid, uint32_t version, unsigned shift,
				   struct ffa_descriptor *out)
{
	uint8_t *copy = copy_of(bytes, size, shift);
	struct ffa_verdict verdict;

	memset(out, 0xee, sizeof(*out));
	verdict =
	    ffa_descriptor_read(copy + shift, size, total, fid, version, DESCRIPTOR_CALLER, out);
	free(copy);
	return verdict;
}

struct ffa_verdict descriptor_ranges(const uint8_t *bytes, uint32_t count, struct ffa_range *out,
				     uint64_t *pages, unsigned shift)
{
	uint8_t *copy = copy_of(bytes, count * FFA_RANGE_SIZE, shift);
	struct ffa_verdict verdict;

	memset(out, 0xee, count * sizeof(*out));
	*pages = 0xee;
	verdict = ffa_ranges_read(copy + shift, count, out, pages);
	free(copy);
	return verdict;
}
