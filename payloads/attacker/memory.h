/* SPDX-License-Identifier: Apache-2.0 */
/* What the attacks on memory share: where the targets are, and how what came of an access is
 * judged. */
#ifndef ATTACKER_MEMORY_H
#define ATTACKER_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

#include "accesses.h"
#include "attack.h"
#include "mmu.h"

#define MEM_DONATE 0xc6000021U
#define MEM_RETURN 0xc6000024U

#define INSTRUCTION_RET 0xd65f03c0U
#define IMAGE_MAGIC     0x644d5241U /* "ARM\x64" of an arm64 Image */
#define IMAGE_MAGIC_AT  56U
#define PATTERN         0xfeedfacecafef00dUL

/* Entries of level 1 that the identity map can do without for a while. */
#define ALIAS      500U
#define ALIAS_CODE 501U

/* Ranges that the host's tree names; size 0: it names none. */
struct machine_range memory_image(void);
struct machine_range memory_pool(void);
struct machine_range memory_reserved(void);

static inline volatile uint64_t *word(uint64_t address)
{
	return (volatile uint64_t *)(uintptr_t)address;
}

/*
 * The first page of `range` that can be read and of which `wanted` (NULL: any) says yes; its first
 * page when there is none: then what follows meets the guard there.
 */
uint64_t memory_page(struct machine_range range, bool (*wanted)(uint64_t page));

/* Did a load bring what was there? */
enum attack_outcome memory_judge_load(uint64_t address, const struct outcome *o);

/* Make a load of accesses.def, and judge. */
enum attack_outcome memory_load(access_function *load, uint64_t address);

/*
 * Make a store at `address`, up to 64 bytes, and see whether what `seen` (the same place, perhaps
 * by another translation) shows has changed; it is put back.
 */
enum attack_outcome memory_store(access_function *store, uint64_t address, uint64_t seen);

/* Run what lies at `address`; was it fetched? */
enum attack_outcome memory_run(uint64_t address);

/*
 * One block of free RAM whose pages can be given away; 0: none. memory_give() and memory_take()
 * make the call for `pages` pages; false, and a broken invariant, when it was refused.
 */
uint64_t memory_block(void);
bool memory_give(uint64_t base, uint64_t pages);
bool memory_take(uint64_t base, uint64_t pages);

/* An entry of level 1 shows the GiB of `address` with these attributes; the alias of `address`. */
uint64_t memory_alias(unsigned entry, uint64_t address, uint64_t attributes);
void memory_alias_end(unsigned entry);

/*
 * Load the doubleword at `address` from EL0. Its GiB and the code are seen by aliases, which stay
 * from memory_user_begin() to memory_user_end(); memory_user_load() is all three.
 */
void memory_user_begin(uint64_t address);
enum attack_outcome memory_user_run(uint64_t address);
void memory_user_end(void);
enum attack_outcome memory_user_load(uint64_t address);

#endif
