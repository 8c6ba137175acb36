/* SPDX-License-Identifier: Apache-2.0 */
/* Readers of memory transaction descriptors on copies that end where their memory does. */
#ifndef PORTCULLIS_TEST_DESCRIPTOR_H
#define PORTCULLIS_TEST_DESCRIPTOR_H

#include "core/ffa/ffa.h"

#define DESCRIPTOR_BYTES  16384U
#define DESCRIPTOR_RANGES (DESCRIPTOR_BYTES / FFA_RANGE_SIZE)
#define DESCRIPTOR_CALLER 1U

/* ffa_descriptor_read() on a copy that begins `shift` bytes off alignment. */
struct ffa_verdict descriptor_read(const uint8_t *bytes, uint32_t size, uint32_t total,
				   uint32_t fid, uint32_t version, unsigned shift,
				   struct ffa_descriptor *out);

/* The same for ffa_ranges_read(). */
struct ffa_verdict descriptor_ranges(const uint8_t *bytes, uint32_t count, struct ffa_range *out,
				     uint64_t *pages, unsigned shift);

#endif
