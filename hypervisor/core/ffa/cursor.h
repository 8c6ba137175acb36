/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How bytes of a caller or of firmware are read: by a cursor over a snapshot, moved to one
 * structure at a time. ffa_cursor_move() is the only place where an offset is judged; loads name
 * fields of the structure that it was moved to. Little-endian, at any alignment. Private to
 * core/ffa.
 */
#ifndef PORTCULLIS_FFA_CURSOR_H
#define PORTCULLIS_FFA_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "as the structures of FF-A are");

typedef uint16_t __attribute__((may_alias)) ffa_bytes16;
typedef uint32_t __attribute__((may_alias)) ffa_bytes32;
typedef uint64_t __attribute__((may_alias)) ffa_bytes64;

struct ffa_cursor {
	const uint8_t *bytes;
	uint32_t size;
	const uint8_t *at; /* of the structure */
	bool aligned;      /* `at` is, to 8 bytes: so are the fields, each to its own size */
};

/* To the structure of `length` bytes at `position`; false when it is not all there. */
static inline bool ffa_cursor_move(struct ffa_cursor *cursor, uint64_t position, uint32_t length)
{
	if (length > cursor->size || position > cursor->size - length)
		return false;
	cursor->at = cursor->bytes + position;
	cursor->aligned = ((uintptr_t)cursor->at & 7U) == 0U;
	return true;
}

static __attribute__((noinline, unused)) uint64_t ffa_load_bytes(const uint8_t *at, unsigned count)
{
	uint64_t value = 0;

	for (; count > 0U; count--)
		value = value << 8 | at[count - 1U];
	return value;
}

static inline uint8_t ffa_load8(const struct ffa_cursor *cursor, size_t field)
{
	return cursor->at[field];
}

/* Of the wider ones `field` is a multiple of their size. */
static inline uint16_t ffa_load16(const struct ffa_cursor *cursor, size_t field)
{
	const uint8_t *at = cursor->at + field;

	return cursor->aligned ? *(const ffa_bytes16 *)at : (uint16_t)ffa_load_bytes(at, 2);
}

static inline uint32_t ffa_load32(const struct ffa_cursor *cursor, size_t field)
{
	const uint8_t *at = cursor->at + field;

	return cursor->aligned ? *(const ffa_bytes32 *)at : (uint32_t)ffa_load_bytes(at, 4);
}

static inline uint64_t ffa_load64(const struct ffa_cursor *cursor, size_t field)
{
	const uint8_t *at = cursor->at + field;

	return cursor->aligned ? *(const ffa_bytes64 *)at : ffa_load_bytes(at, 8);
}

/* The way back: the writer says how much room there is, and gives it. */
struct ffa_pen {
	uint8_t *bytes;
	uint8_t *at;
	bool aligned;
};

static inline void ffa_pen_move(struct ffa_pen *pen, uint32_t position)
{
	pen->at = pen->bytes + position;
	pen->aligned = ((uintptr_t)pen->at & 7U) == 0U;
}

static __attribute__((noinline, unused)) void ffa_store_bytes(uint8_t *at, uint64_t value,
							      unsigned count)
{
	for (; count > 0U; count--, value >>= 8)
		*at++ = (uint8_t)value;
}

static inline void ffa_store32(const struct ffa_pen *pen, size_t field, uint32_t value)
{
	if (pen->aligned)
		*(ffa_bytes32 *)(pen->at + field) = value;
	else
		ffa_store_bytes(pen->at + field, value, 4);
}

static inline void ffa_store64(const struct ffa_pen *pen, size_t field, uint64_t value)
{
	if (pen->aligned)
		*(ffa_bytes64 *)(pen->at + field) = value;
	else
		ffa_store_bytes(pen->at + field, value, 8);
}

#endif
