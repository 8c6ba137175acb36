/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of memory transaction descriptors, shown as far as there are bytes. */
#ifndef PORTCULLIS_FFA_DECODER_MEMORY_H
#define PORTCULLIS_FFA_DECODER_MEMORY_H

#include "decoder.h"

struct memory_head {
	uint32_t attributes, flags;
	uint64_t handle;
	uint32_t count, emads, emad_size;
	uint32_t composite; /* as the first access descriptor says; 0: none */
};

/* False when the header is not all there. */
bool memory_head_show(const uint8_t *bytes, uint32_t size, uint32_t version,
		      struct memory_head *head);
void memory_emads_show(const uint8_t *bytes, uint32_t size, struct memory_head *head);
void memory_composite_show(const uint8_t *bytes, uint32_t size, uint32_t offset);

/* From byte `ranges` on; `announced` of them, with `pages` altogether. */
struct decoder_verdict memory_ranges_judge(const uint8_t *bytes, uint32_t size, uint32_t ranges,
					   uint32_t announced, uint32_t pages);

struct decoder_verdict memory_send(const struct decoder_setting *setting, const uint8_t *bytes,
				   uint32_t size);
struct decoder_verdict memory_retrieve_request(const struct decoder_setting *setting,
					       const uint8_t *bytes, uint32_t size);
struct decoder_verdict memory_retrieve_response(const struct decoder_setting *setting,
						const uint8_t *bytes, uint32_t size);

#endif
