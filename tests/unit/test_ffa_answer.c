/* SPDX-License-Identifier: Apache-2.0 */
/*
 * FFA_VERSION towards a caller, as a function: what is implemented, what was agreed on, whether
 * that is locked, and the caller's question. DEN0077A 1.2 and 1.3, 13.2.
 */
#include "cases.h"
#include "core/ffa/ffa.h"

#define NONE 0xffffffffU /* NOT_SUPPORTED in w0 */

static void test_ffa_answer_to_each_question(void **state)
{
	static const struct {
		uint32_t implemented, version;
		bool locked;
		uint32_t w1, w2;
		uint32_t w0, then; /* what is answered, and what is agreed on from now */
	} rows[] = {
	    /* the lower one of both is spoken, the own one is told */
	    {0x10002, 0, false, 0x10002, 0, 0x10002, 0x10002},
	    {0x10002, 0, false, 0x10000, 0, 0x10002, 0x10000},
	    {0x10001, 0, false, 0x10002, 0, 0x10001, 0x10001},
	    {0x10002, 0x10000, false, 0x10001, 0, 0x10002, 0x10001},
	    {0x10002, 0x10001, false, 0x10000, 0, 0x10002, 0x10000},
	    /* another major: told, nothing agreed on */
	    {0x10002, 0, false, 0x20000, 0, 0x10002, 0},
	    {0x20002, 0x20001, false, 0x10000, 0, 0x20002, 0x20001},
	    /* no version: bit 31, or major 0 */
	    {0x10002, 0x10001, false, 0x80010002, 0, NONE, 0x10001},
	    {0x10002, 0x10001, false, 0x2, 0, NONE, 0x10001},
	    {0x10002, 0x10001, false, 0, 0, NONE, 0x10001},
	    /* locked: only what was agreed on */
	    {0x10002, 0x10001, true, 0x10001, 0, 0x10002, 0x10001},
	    {0x10002, 0x10001, true, 0x10002, 0, NONE, 0x10001},
	    {0x10002, 0x10001, true, 0x10000, 0, NONE, 0x10001},
	    /* w2 is nothing before 1.3 */
	    {0x10002, 0, false, 0x10001, 1, 0x10002, 0x10001},
	    {0x10002, 0x10001, false, 0x10002, 2, 0x10002, 0x10002},
	    {0x10002, 0x10001, false, 0x10002, 3, 0x10002, 0x10002},
	    /* from 1.3 on: 1 asks without consequence */
	    {0x10003, 0, false, 0x10001, 0, 0x10003, 0x10001},
	    {0x10003, 0, false, 0x10001, 1, 0x10003, 0},
	    {0x10003, 0x10002, false, 0x10001, 1, 0x10003, 0x10002},
	    {0x10003, 0x10002, false, 0x20001, 1, 0x10003, 0x10002},
	    /* 2 asks for what was agreed on, if anything was, whatever w1 is and even locked */
	    {0x10003, 0x10001, false, 0x10003, 2, 0x10001, 0x10001},
	    {0x10003, 0x10001, false, 0, 2, 0x10001, 0x10001},
	    {0x10003, 0x10001, true, 0x10003, 2, 0x10001, 0x10001},
	    {0x10003, 1, false, 0x10003, 2, 1, 1},
	    {0x10003, 0, false, 0x10002, 2, 0x10003, 0},
	    {0x10003, 0, false, 0, 2, NONE, 0},
	    /* only two bits of w2 are the question */
	    {0x10003, 0x10002, false, 0x10001, 4, 0x10003, 0x10001},
	    {0x10003, 0x10002, false, 0x10001, 6, 0x10002, 0x10002},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ffa_answer answer = ffa_version_answer(
		    rows[i].implemented, rows[i].version, rows[i].locked, rows[i].w1, rows[i].w2);

		if (answer.w0 != rows[i].w0 || answer.version != rows[i].then)
			fail_msg("row %u: answered 0x%x, agreed on 0x%x", i, answer.w0,
				 answer.version);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_ffa_answer_to_each_question),
	};

	return cmocka_run_group_tests_name("ffa_answer", tests, NULL, NULL);
}
