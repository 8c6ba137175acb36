// SPDX-License-Identifier: Apache-2.0
/* Direct messages, and partitions that need more than one turn. */
#include "ffa.h"

static uint64_t ids(uint16_t source, uint16_t destination)
{
	return (uint64_t)source << 16 | destination;
}

static void test_echo(void)
{
	struct call answer;

	test_begin("G5 direct requests and their answers");
	answer = call_of(FFA_DIRECT_REQ, ids(host.id, ECHO), 0, 0x31, 0x42, 0x53, 0x64, 0x75);
	check(word(&answer, 0) == FFA_DIRECT_RESP && answer.x[1] == ids(ECHO, host.id) &&
		  answer.x[2] == 0U && answer.x[3] == 0x31U && answer.x[7] == 0x75U,
	      "32-bit echo: 0x%x 0x%x %d 0x%llx", word(&answer, 0), word(&answer, 1),
	      (int32_t)word(&answer, 2), (unsigned long long)answer.x[3]);
	check(call_kept(&answer), "x8 to x17 of a 32-bit call");
	answer = call_of(FFA_DIRECT_REQ | FN64, ids(host.id, ECHO), 0, 0x123456789abcdef0UL, 2, 3,
			 4, 0xf000000000000005UL);
	check(word(&answer, 0) == (FFA_DIRECT_RESP | FN64) && answer.x[1] == ids(ECHO, host.id) &&
		  answer.x[3] == 0x123456789abcdef0UL && answer.x[7] == 0xf000000000000005UL,
	      "64-bit echo: 0x%x", word(&answer, 0));
	check(call_kept(&answer), "x8 to x17 of a 64-bit request");
	if (host.version >= 0x10002U && offered(FFA_DIRECT_REQ2 | FN64)) {
		answer = call_new(FFA_DIRECT_REQ2 | FN64);
		answer.x[1] = ids(host.id, ECHO);
		for (unsigned n = 4; n <= 17U; n++)
			answer.x[n] = 0xabcd000000000000UL | n;
		call_make(&answer);
		check(word(&answer, 0) == (FFA_DIRECT_RESP2 | FN64) &&
			  answer.x[1] == ids(ECHO, host.id) && answer.x[2] == 0U &&
			  answer.x[3] == 0U && answer.x[17] == (0xabcd000000000000UL | 17U),
		      "REQ2 echo: 0x%x", word(&answer, 0));
	} else {
		answer = call_of(FFA_DIRECT_REQ2 | FN64, ids(host.id, ECHO), 0, 0, 0, 0, 0, 0);
		check_error(&answer, NOT_SUPPORTED, "REQ2");
	}
	test_end();
}

static void test_refusals(void)
{
	struct call answer;

	test_begin("G1 somebody else as source");
	for (uint32_t source = 0; source < 0x10000U; source += 0x1fffU) {
		if (source == host.id)
			continue;
		answer = call_of(FFA_DIRECT_REQ, ids((uint16_t)source, ECHO), 0, 0, 0, 0, 0, 0);
		check_error(&answer, INVALID_PARAMETERS, "source");
	}
	test_end();

	test_begin("G2 framework messages");
	answer = call_of(FFA_DIRECT_REQ, ids(host.id, ECHO), 0x80000004U, 0, 0, 2, 0, 0);
	check(error_of(&answer) == INVALID_PARAMETERS || error_of(&answer) == DENIED,
	      "VM created: 0x%x %d", word(&answer, 0), (int32_t)word(&answer, 2));
	test_end();

	test_begin("G3 G4 wrong destinations, answers without a question");
	answer = call_of(FFA_DIRECT_REQ, ids(host.id, host.id), 0, 0, 0, 0, 0, 0);
	check(error_of(&answer) < 0, "ourselves: 0x%x", word(&answer, 0));
	answer = call_of(FFA_DIRECT_REQ, ids(host.id, 0x8abc), 0, 0, 0, 0, 0, 0);
	check(error_of(&answer) < 0, "a partition that is not there: 0x%x", word(&answer, 0));
	answer = call_of(FFA_DIRECT_REQ, ids(host.id, 7), 0, 0, 0, 0, 0, 0);
	check(error_of(&answer) < 0, "another VM: 0x%x", word(&answer, 0));
	answer = call_of(FFA_DIRECT_RESP, ids(host.id, ECHO), 0, 0, 0, 0, 0, 0);
	check(error_of(&answer) == DENIED || error_of(&answer) == NOT_SUPPORTED,
	      "answer to nothing: 0x%x %d", word(&answer, 0), (int32_t)word(&answer, 2));
	test_end();

	test_begin("G14 calls of partitions and partition managers");
	for (uint32_t fid = 0x84000087U; fid <= 0x84000089U; fid++) {
		answer = call_of(fid, 0, 0, 0, 0, 0, 0, 0);
		check_error(&answer, NOT_SUPPORTED, "32-bit form");
		answer = call_of(fid | FN64, 0, 0, 0, 0, 0, 0, 0);
		check_error(&answer, NOT_SUPPORTED, "64-bit form");
	}
	answer = call_of(0x8400007cU, 0, 0, 0, 0, 0, 0, 0);
	check_error(&answer, NOT_SUPPORTED, "NORMAL_WORLD_RESUME");
	test_end();
}

static void test_turns(void)
{
	static const struct {
		uint32_t command, fid;
	} ways[] = {{COMMAND_INTERRUPT, FFA_INTERRUPT}, {COMMAND_YIELD, FFA_YIELD}};

	test_begin("G6 G7 partitions that are interrupted or yield");
	for (unsigned i = 0; i < 2U; i++) {
		struct call answer =
		    call_of(FFA_DIRECT_REQ, ids(host.id, ECHO), 0, ways[i].command, 2, 0x77, 0, 0);

		for (unsigned turn = 0; turn < 2U; turn++) {
			check(word(&answer, 0) == ways[i].fid && word(&answer, 1) >> 16 == ECHO,
			      "turn %u: 0x%x 0x%x", turn, word(&answer, 0), word(&answer, 1));
			answer = call_of(FFA_RUN, (uint64_t)ECHO << 16, 0, 0, 0, 0, 0, 0);
		}
		check(word(&answer, 0) == FFA_DIRECT_RESP && answer.x[5] == 0x77U,
		      "the answer at last: 0x%x %d", word(&answer, 0), (int32_t)word(&answer, 2));
	}
	test_end();
}

void test_messages(void)
{
	test_refusals();
	if (!offered(FFA_DIRECT_REQ))
		return;
	test_echo();
	test_turns();
}
