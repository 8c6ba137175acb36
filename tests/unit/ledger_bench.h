/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A ledger and the host's stage 2 over three banks, with as many record sets and page tables as a
 * test wants:
 *
 *   0x40000000  3 blocks and 100 pages
 *   0x40668000  from 4 pages behind the first to the end of that block, and one block more
 *   0x40a00000  2 blocks: touches the second bank
 */
#ifndef PORTCULLIS_TEST_LEDGER_BENCH_H
#define PORTCULLIS_TEST_LEDGER_BENCH_H

#include <stdbool.h>
#include <stdint.h>

#include "core/ledger/ledger.h"
#include "core/stage2/stage2.h"

#define PAGE  UINT64_C(4096)
#define BLOCK (512U * PAGE)

#define BANK_A     UINT64_C(0x40000000)
#define BANK_A_END (BANK_A + 3U * BLOCK + 100U * PAGE)
#define BANK_B     (BANK_A_END + 4U * PAGE)
#define BANK_B_END UINT64_C(0x40a00000)
#define BANK_C     BANK_B_END
#define BANK_C_END (BANK_C + 2U * BLOCK)

#define BENCH_BLOCKS 8U /* that the banks have a part of, counted for each bank */
#define BENCH_AMPLE  32U

/* A borrower, and what the changes below give as their cause. */
#define BENCH_GUEST ((enum ledger_party)(LEDGER_GUEST + 3))
#define BENCH_CAUSE 0x1234U

extern struct ledger bench_ledger;
extern struct stage2 bench_stage2;

/* `sets` record sets, and `tables` page tables beyond those of the map at boot. */
void bench_open(unsigned sets, unsigned tables);
void bench_close(void);

/* Everything that a refused change must leave as it is, as one number. */
uint64_t bench_state(void);

/* Page tables in use beyond those at boot. */
unsigned bench_tables(void);
/* Record sets in use. */
unsigned bench_sets(void);

/* What stands in the ledger; the page must be RAM. */
struct ledger_record bench_record(uint64_t page);
/* May the host touch it, by a walk of the tables? */
bool bench_mapped(uint64_t page);

/* The host gives pages to the hypervisor and has them back, shares them with BENCH_GUEST and ends
 * that. */
struct ledger_answer bench_donate(uint64_t base, uint64_t pages);
struct ledger_answer bench_give_back(uint64_t base, uint64_t pages);
struct ledger_answer bench_share(uint64_t base, uint64_t pages);
struct ledger_answer bench_unshare(uint64_t base, uint64_t pages);

/* Fails the test unless the answer is this one. */
void assert_answer(struct ledger_answer answer, enum ledger_status status, enum ledger_rule rule,
		   uint64_t page);
void assert_done(struct ledger_answer answer);
void assert_record(uint64_t page, enum ledger_party owner, enum ledger_party borrower,
		   enum ledger_state state, unsigned pins);

#endif
