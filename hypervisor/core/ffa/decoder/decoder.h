/* SPDX-License-Identifier: Apache-2.0 */
/* The decoder: bytes or registers in, words out. */
#ifndef PORTCULLIS_FFA_DECODER_H
#define PORTCULLIS_FFA_DECODER_H

#include "../ffa.h"

/* What the command line says besides the bytes. */
struct decoder_setting {
	uint32_t version;
	uint16_t caller;
	uint32_t function; /* of a memory send */
	uint32_t total;    /* bytes of all fragments, 0: no more than there are */
	uint32_t room;     /* bytes of the buffer, 0: no more than there are */
	uint32_t stride;   /* of partition information, 0: the version's */
	uint32_t call;     /* that registers answer; 0: they are a call */
};

/* What is wrong, if something is: words of the rule, where, and what a caller would be answered. */
struct decoder_verdict {
	enum ffa_error error; /* FFA_OK: nothing; FFA_ABORTED: firmware's mistake */
	const char *rule;
	uint32_t offset; /* byte, or register */
};

/* A kind of structure, by its name on the command line. NULL ends the list. */
struct decoder_kind {
	const char *name, *words;
	struct decoder_verdict (*decode)(const struct decoder_setting *setting,
					 const uint8_t *bytes, uint32_t size);
};

extern const struct decoder_kind decoder_kinds[];

/* x0 to x17 as a call, or as the answer to setting->call. */
struct decoder_verdict decoder_registers(const struct decoder_setting *setting,
					 const uint64_t x[FFA_REGISTERS]);

/* "FFA_MEM_SHARE", or NULL; and back, 0 when there is no such function. */
const char *decoder_function_name(uint32_t fid);
uint32_t decoder_function(const char *name);

/* "INVALID_PARAMETERS", or NULL. */
const char *decoder_error_name(enum ffa_error error);

static inline struct decoder_verdict decoder_fine(void)
{
	return (struct decoder_verdict){.error = FFA_OK};
}

static inline struct decoder_verdict decoder_broken(enum ffa_error error, const char *rule,
						    uint32_t offset)
{
	return (struct decoder_verdict){.error = error, .rule = rule, .offset = offset};
}

#endif
