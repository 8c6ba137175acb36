/* SPDX-License-Identifier: Apache-2.0 */
/* That the unit tests notice a lock that is taken against the order of core/lock.h. */
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cases.h"
#include "core/machine.h"
#include "fake/locks.h"

static struct lock first, second, third;

/* Does `act` end its process? */
static bool ends(void (*act)(void))
{
	int status = 0;
	pid_t child;

	fflush(NULL);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		close(STDERR_FILENO);
		act();
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

static void in_order(void)
{
	fake_lock_wanted(&first, "&its->lock");
	fake_lock_wanted(&second, "&ledger->lock");
	fake_lock_wanted(&third, "&stage2->lock");
	fake_lock_released(&third);
	fake_lock_wanted(&third, "&log_ring.lock");
	fake_lock_released(&third);
	fake_lock_released(&second);
	fake_lock_released(&first);
	fake_lock_wanted(&second, "&ledger->lock");
}

static void against_the_order(void)
{
	fake_lock_wanted(&third, "&stage2->lock");
	fake_lock_wanted(&second, "&ledger->lock");
}

static void two_of_one_rank(void)
{
	fake_lock_wanted(&first, "&its->lock");
	fake_lock_wanted(&second, "&its->lock");
}

static void under_a_leaf(void)
{
	fake_lock_wanted(&first, "ffa_lock");
	fake_lock_wanted(&second, "&log_ring.lock");
}

static void of_no_rank(void)
{
	fake_lock_wanted(&first, "&something->lock");
}

static void not_the_last(void)
{
	fake_lock_wanted(&first, "&its->lock");
	fake_lock_wanted(&second, "&ledger->lock");
	fake_lock_released(&first);
}

static void not_held(void)
{
	fake_lock_released(&first);
}

static void with_firmware(void)
{
	fake_lock_wanted(&first, "ffa_lock");
	(void)machine_firmware_ask(0x84000000, 0, 0, 0);
}

static void test_locks_in_order(void **state)
{
	(void)state;
	assert_false(ends(in_order));
}

static void test_locks_against_the_order(void **state)
{
	(void)state;
	assert_true(ends(against_the_order));
	assert_true(ends(two_of_one_rank));
	assert_true(ends(under_a_leaf));
	assert_true(ends(of_no_rank));
	assert_true(ends(not_the_last));
	assert_true(ends(not_held));
}

static void test_locks_across_firmware(void **state)
{
	(void)state;
	assert_true(ends(with_firmware));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_locks_in_order),
	    cmocka_unit_test(test_locks_against_the_order),
	    cmocka_unit_test(test_locks_across_firmware),
	};

	return cmocka_run_group_tests_name("locks", tests, NULL, NULL);
}
