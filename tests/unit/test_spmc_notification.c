// SPDX-License-Identifier: Apache-2.0
/* Notifications of the SPMC of the EL3 test firmware: bitmaps, binding, setting, reading, lists,
 * the SRI. */
#include <string.h>

#include "cases.h"
#include "firmware/border.h"
#include "firmware/spmc_bench.h"

#define END SPMC_PROPERTIES

#define FN_CREATE  0x8400007dU
#define FN_DESTROY 0x8400007eU
#define FN_BIND    0x8400007fU
#define FN_UNBIND  0x84000080U
#define FN_SET     0x84000081U
#define FN_GET     0x84000082U
#define FN_LIST    0x84000083U
#define FN_LIST64  0xc4000083U

#define NOTIFY 0x50430020U
#define FLOOD  0x50430021U
#define TAKE   0x50430022U
#define BIND   0x50430023U
#define UNBIND 0x50430024U

#define FROM_8003 0x80030000U

/* VM `id` has a bitmap for `vcpus` and has bound `bits` of partition 0x8003. */
static void prepare(uint16_t id, uint32_t vcpus, uint64_t bits, uint32_t flags)
{
	assert_int_equal(el3_error(FN_CREATE, id, vcpus, 0, 0, 0), 0);
	assert_int_equal(el3_error(FN_BIND, FROM_8003 | id, flags, (uint32_t)bits, bits >> 32, 0),
			 0);
}

static int32_t notify(uint16_t to, uint64_t bits, uint32_t flags)
{
	return el3_command(0x8003, NOTIFY, to, (uint32_t)bits, bits >> 32, flags);
}

static void test_bitmaps(void **state)
{
	(void)state;
	el3_ready(0x10001, END);
	assert_int_equal(el3_error(FN_CREATE, 0x8001, 1, 0, 0, 0), INVALID_PARAMETERS);
	assert_int_equal(el3_error(FN_CREATE, 1, 0, 0, 0, 0), INVALID_PARAMETERS);
	assert_int_equal(el3_error(FN_CREATE, 1, 65, 0, 0, 0), INVALID_PARAMETERS);
	assert_int_equal(el3_error(FN_DESTROY, 1, 0, 0, 0, 0), DENIED);
	assert_int_equal(el3_error(FN_BIND, FROM_8003 | 1, 0, 1, 0, 0), INVALID_PARAMETERS);
	prepare(1, 2, 1, 0);
	assert_int_equal(el3_error(FN_CREATE, 1, 2, 0, 0, 0), DENIED);
	assert_int_equal(notify(1, 1, 0), 0);
	assert_int_equal(el3_error(FN_DESTROY, 1, 0, 0, 0, 0), DENIED);
	assert_int_equal(el3_error(FN_GET, 1, 1, 0, 0, 0), 0);
	assert_int_equal(el3_error(FN_DESTROY, 1, 0, 0, 0, 0), 0);
	/* the bindings went with it */
	assert_int_equal(el3_error(FN_CREATE, 1, 2, 0, 0, 0), 0);
	assert_int_equal(notify(1, 1, 0), DENIED);
	/* 0 is the system without a hypervisor; it has buffers already and counts as one of 16 */
	for (uint16_t id = 0; id < 16; id++)
		assert_int_equal(el3_error(FN_CREATE, id, 1, 0, 0, 0), id == 1 ? DENIED : 0);
	assert_int_equal(el3_error(FN_CREATE, 16, 1, 0, 0, 0), NO_MEMORY);
}

static void test_binding(void **state)
{
	(void)state;
	el3_ready(0x10001, END);
	prepare(1, 2, 0x3, 0);
	assert_int_equal(el3_error(FN_BIND, FROM_8003 | 1, 0, 2, 0, 0), DENIED);
	assert_int_equal(el3_error(FN_BIND, 0x80010000 | 1, 0, 2, 0, 0), DENIED);
	assert_int_equal(el3_error(FN_BIND, FROM_8003 | 1, 0, 0, 0, 0), INVALID_PARAMETERS);
	assert_int_equal(el3_error(FN_BIND, FROM_8003 | 1, 2, 4, 0, 0), INVALID_PARAMETERS);
	assert_int_equal(el3_error(FN_BIND, 0x80090000 | 1, 0, 4, 0, 0), INVALID_PARAMETERS);
	assert_int_equal(el3_error(FN_BIND, 2 << 16 | 1, 0, 4, 0, 0), INVALID_PARAMETERS);
	assert_int_equal(el3_error(FN_BIND, FROM_8003 | 0x8001, 0, 4, 0, 0), INVALID_PARAMETERS);
	assert_int_equal(el3_error(FN_UNBIND, 0x80010000 | 1, 0, 1, 0, 0), DENIED);
	assert_int_equal(el3_error(FN_UNBIND, FROM_8003 | 1, 0, 5, 0, 0), DENIED);
	assert_int_equal(el3_error(FN_UNBIND, FROM_8003 | 1, 1, 1, 0, 0), INVALID_PARAMETERS);
	assert_int_equal(notify(1, 1, 0), 0);
	assert_int_equal(el3_error(FN_UNBIND, FROM_8003 | 1, 0, 1, 0, 0), DENIED);
	assert_int_equal(el3_error(FN_UNBIND, FROM_8003 | 1, 0, 2, 0, 0), 0);
	assert_int_equal(notify(1, 2, 0), DENIED);
	/* per vCPU where that is not there */
	el3_ready(0x10001, SPMC_PER_VCPU, 0UL, END);
	assert_int_equal(el3_error(FN_CREATE, 1, 2, 0, 0, 0), 0);
	assert_int_equal(el3_error(FN_BIND, FROM_8003 | 1, 1, 1, 0, 0), INVALID_PARAMETERS);
	el3_ready(0x10001, SPMC_PER_VCPU, 0UL, SPMC_LIKE, (unsigned long)LIKE_OPTEE, END);
	assert_int_equal(el3_error(FN_CREATE, 1, 2, 0, 0, 0), 0);
	assert_int_equal(el3_error(FN_BIND, FROM_8003 | 1, 1, 1, 0, 0), DENIED);
}

static void test_setting_and_reading(void **state)
{
	const uint64_t high = UINT64_C(1) << 63;

	(void)state;
	el3_ready(0x10001, END);
	prepare(1, 2, high | 1, 0);
	assert_int_equal(el3_error(FN_BIND, FROM_8003 | 1, 1, 6, 0, 0), 0);
	assert_int_equal(el3_error(FN_GET, 1, 0xf, 0, 0, 0), 0);
	assert_int_equal(el3_x[2] | el3_x[3] | el3_x[6], 0);
	assert_int_equal(notify(1, high | 1, 0), 0);
	assert_int_equal(notify(1, 2, 1 | 1 << 16), 0);
	assert_int_equal(border.raised[8], 2);
	/* what does not fit how it was bound */
	assert_int_equal(notify(1, 2, 0), INVALID_PARAMETERS);
	assert_int_equal(notify(1, 1, 1), INVALID_PARAMETERS);
	assert_int_equal(notify(1, 2, 1 | 2 << 16), INVALID_PARAMETERS);
	assert_int_equal(notify(1, 1, 4), INVALID_PARAMETERS);
	assert_int_equal(notify(1, 1, 1 << 16), INVALID_PARAMETERS);
	assert_int_equal(notify(1, 8, 0), DENIED);
	assert_int_equal(notify(1, 0, 0), INVALID_PARAMETERS);
	assert_int_equal(notify(9, 1, 0), INVALID_PARAMETERS);
	assert_int_equal(border.raised[8], 2);
	/* flags that do not ask for partitions, and a vCPU that is not there */
	assert_int_equal(el3_error(FN_GET, 1, 2, 0, 0, 0), 0);
	assert_int_equal(el3_x[2] | el3_x[3], 0);
	assert_int_equal(el3_error(FN_GET, 1, 0x10, 0, 0, 0), INVALID_PARAMETERS);
	assert_int_equal(el3_error(FN_GET, 2 << 16 | 1, 1, 0, 0, 0), INVALID_PARAMETERS);
	assert_int_equal(el3_error(FN_GET, 0x8003, 1, 0, 0, 0), INVALID_PARAMETERS);
	assert_int_equal(el3_error(FN_GET, 2, 1, 0, 0, 0), INVALID_PARAMETERS);
	assert_int_equal(el3_error(FN_GET, 1, 1, 0, 0, 0), 0);
	assert_int_equal(el3_x[2], 1);
	assert_int_equal(el3_x[3], 0x80000000);
	assert_int_equal(el3_error(FN_GET, 1 << 16 | 1, 1, 0, 0, 0), 0);
	assert_int_equal(el3_x[2], 2);
	assert_int_equal(el3_x[3], 0);
	assert_int_equal(el3_error(FN_GET, 1 << 16 | 1, 1, 0, 0, 0), 0);
	assert_int_equal(el3_x[2], 0);
}

static void test_the_sri_can_wait_or_be_another_or_none(void **state)
{
	(void)state;
	el3_ready(0x10001, SPMC_SRI, 9UL, END);
	prepare(1, 1, 1, 0);
	assert_int_equal(notify(1, 1, 2), 0);
	assert_int_equal(border.raised[9], 1);
	assert_int_equal(border.raised[8], 0);
	el3_ready(0x10001, SPMC_SRI, 0UL, END);
	prepare(1, 1, 1, 0);
	assert_int_equal(notify(1, 1, 0), 0);
	for (unsigned i = 0; i < 16; i++)
		assert_int_equal(border.raised[i], 0);
	assert_false(el3_feature(2, 0));
}

static void test_lists(void **state)
{
	(void)state;
	el3_ready(0x10001, END);
	assert_int_equal(el3_error(FN_LIST64, 0, 0, 0, 0, 0), NO_DATA);
	prepare(1, 6, 1, 0);
	prepare(2, 6, 0xff, 1);
	assert_int_equal(notify(1, 1, 0), 0);
	for (uint32_t vcpu = 1; vcpu < 6; vcpu++)
		assert_int_equal(notify(2, 4, 1 | vcpu << 16), 0);
	assert_int_equal(el3_call(FN_LIST64, 0, 0, 0, 0, 0), 0xc4000061);
	/* [1], [2: 1 2 3], [2: 4 5] */
	assert_int_equal(el3_x[2], 3 << 7 | 0 << 12 | 3 << 14 | 2 << 16);
	assert_int_equal(el3_x[3], 0x0002000100020001UL);
	assert_int_equal(el3_x[4], 0x0005000400020003UL);
	assert_int_equal(el3_x[5], 0);
	/* once told, no news */
	assert_int_equal(el3_error(FN_LIST64, 0, 0, 0, 0, 0), NO_DATA);
	assert_int_equal(el3_error(FN_GET, 3 << 16 | 2, 1, 0, 0, 0), 0);
	assert_int_equal(el3_x[2], 4);
	/* in the 32-bit form */
	assert_int_equal(notify(1, 1, 0), 0);
	assert_int_equal(notify(2, 4, 1 | 3 << 16), 0);
	assert_int_equal(el3_call(FN_LIST, 0, 0, 0, 0, 0), FN_SUCCESS);
	assert_int_equal(el3_x[2], 2 << 7 | 1 << 14);
	assert_int_equal(el3_x[3], 0x00020001);
	assert_int_equal(el3_x[4], 0x00000003);
}

static void test_a_flood_needs_several_lists(void **state)
{
	unsigned ids = 0, calls = 0;

	(void)state;
	el3_ready(0x10001, END);
	for (uint16_t id = 1; id <= 4; id++)
		prepare(id, 20, 1, 1);
	assert_int_equal(el3_command(0x8003, FLOOD, 0xffff, 0, 0, 0), 0);
	assert_int_equal(el3_x[4], 80);
	assert_int_equal(border.raised[8], 1);
	for (bool more = true; more; calls++) {
		unsigned lists;

		assert_int_equal(el3_call(FN_LIST64, 0, 0, 0, 0, 0), 0xc4000061);
		more = (el3_x[2] & 1) != 0;
		lists = el3_x[2] >> 7 & 31;
		assert_in_range(lists, 1, 20);
		for (unsigned i = 0; i < lists; i++)
			ids += (unsigned)(el3_x[2] >> (12 + 2 * i)) & 3U;
	}
	assert_int_equal(ids, 80);
	assert_in_range(calls, 5, 8);
	assert_int_equal(el3_error(FN_LIST64, 0, 0, 0, 0, 0), NO_DATA);
	/* one at a time */
	el3_ready(0x10001, SPMC_LISTS, 1UL, END);
	prepare(1, 4, 1, 1);
	assert_int_equal(el3_command(0x8003, FLOOD, 1, 0, 0, 0), 0);
	assert_int_equal(el3_x[4], 4);
	assert_int_equal(el3_call(FN_LIST64, 0, 0, 0, 0, 0), 0xc4000061);
	assert_int_equal(el3_x[2], 1 | 1 << 7 | 3 << 12);
	assert_int_equal(el3_call(FN_LIST64, 0, 0, 0, 0, 0), 0xc4000061);
	assert_int_equal(el3_x[2], 1 << 7 | 1 << 12);
}

static void test_the_host_notifies_a_partition(void **state)
{
	(void)state;
	el3_ready(0x10001, END);
	assert_int_equal(el3_error(FN_SET, 1 << 16 | 0x8003, 0, 1, 0, 0), DENIED);
	assert_int_equal(el3_command(0x8003, BIND, 1, 0x21, 0, 0), 0);
	assert_int_equal(el3_command(0x8003, BIND, 2, 1, 0, 0), DENIED);
	assert_int_equal(el3_command(0x8002, BIND, 1, 1, 0, 0), NOT_SUPPORTED);
	assert_int_equal(el3_error(FN_SET, 2 << 16 | 0x8003, 0, 1, 0, 0), DENIED);
	assert_int_equal(el3_error(FN_SET, 1 << 16 | 0x8002, 0, 1, 0, 0), INVALID_PARAMETERS);
	assert_int_equal(el3_error(FN_SET, 1 << 16 | 2, 0, 1, 0, 0), INVALID_PARAMETERS);
	assert_int_equal(el3_error(FN_SET, 1 << 16 | 0x8003, 2, 1, 0, 0), INVALID_PARAMETERS);
	assert_int_equal(el3_error(FN_SET, 1 << 16 | 0x8003, 0, 0x20, 0, 0), 0);
	assert_int_equal(el3_call(FN_LIST64, 0, 0, 0, 0, 0), 0xc4000061);
	assert_int_equal(el3_x[3], 0x8003);
	assert_int_equal(el3_command(0x8003, UNBIND, 1, 0x20, 0, 0), DENIED);
	assert_int_equal(el3_command(0x8003, TAKE, 0, 0, 0, 0), 0);
	assert_int_equal(el3_x[4], 0x20);
	assert_int_equal(el3_x[6], 0);
	assert_int_equal(el3_command(0x8003, UNBIND, 1, 0x21, 0, 0), 0);
	/* FFA_RUN: it looks, and waits again */
	assert_int_equal(el3_command(0x8003, BIND, 1, 1, 0, 0), 0);
	assert_int_equal(el3_error(FN_SET, 1 << 16 | 0x8003, 0, 1, 0, 0), 0);
	assert_int_equal(el3_call(FN_RUN, 0x80030000, 0, 0, 0, 0), 0x8400006b);
	assert_int_equal(el3_command(0x8003, TAKE, 0, 0, 0, 0), 0);
	assert_int_equal(el3_x[4], 0);
}

static void test_a_full_rx_is_told(void **state)
{
	uint8_t *tx = border_ram(BENCH_TX);
	const uint32_t message[] = {0, 0, 20, 0x8003, 4, 0x1234};

	(void)state;
	el3_ready(0x10001, END);
	memcpy(tx, message, sizeof(message));
	assert_int_equal(el3_error(0x84000086, 0, 0, 0, 0, 0), 0);
	assert_int_equal(border.raised[8], 1);
	assert_int_equal(el3_call(FN_LIST64, 0, 0, 0, 0, 0), 0xc4000061);
	assert_int_equal(el3_x[3], 0x8003);
	assert_int_equal(el3_command(0x8003, TAKE, 0, 0, 0, 0), 0);
	assert_int_equal(el3_x[6], 1);
	/* and to a VM, here the system without a hypervisor */
	assert_int_equal(el3_error(FN_CREATE, 0, 4, 0, 0, 0), 0);
	assert_int_equal(el3_command(0x8003, 0x50430031, 0, 8, 0, 0), 0);
	assert_int_equal(el3_error(FN_GET, 0, 4, 0, 0, 0), 0);
	assert_int_equal(el3_x[6], 1);
	assert_int_equal(el3_error(FN_GET, 0, 4, 0, 0, 0), 0);
	assert_int_equal(el3_x[6], 0);
	assert_int_equal(el3_error(FN_RELEASE, 0, 0, 0, 0, 0), 0);
	/* Hafnium wants it read before RX is given back */
	el3_ready(0x10003, SPMC_LIKE, (unsigned long)LIKE_HAFNIUM, END);
	assert_int_equal(el3_error(FN_CREATE, 0, 4, 0, 0, 0), 0);
	assert_int_equal(el3_command(0x8003, 0x50430031, 0, 8, 0, 0), 0);
	assert_int_equal(el3_error(FN_RELEASE, 0, 0, 0, 0, 0), DENIED);
	assert_int_equal(el3_error(FN_GET, 0, 4, 0, 0, 0), 0);
	assert_int_equal(el3_error(FN_RELEASE, 0, 0, 0, 0, 0), 0);
}

static void test_without_notifications_there_are_none(void **state)
{
	static const uint32_t functions[] = {FN_CREATE, FN_DESTROY, FN_BIND, FN_UNBIND,
					     FN_SET,    FN_GET,     FN_LIST, FN_LIST64};

	(void)state;
	el3_ready(0x10001, SPMC_NOTIFICATIONS, 0UL, END);
	for (unsigned i = 0; i < 8; i++)
		assert_int_equal(el3_error(functions[i], 1, 1, 1, 1, 0), NOT_SUPPORTED);
	assert_int_equal(notify(1, 1, 0), NOT_SUPPORTED);
	assert_int_equal(el3_command(0x8003, FLOOD, 0xffff, 0, 0, 0), 0);
	assert_int_equal(el3_x[4], 0);
	assert_int_equal(border.raised[8], 0);
	el3_ready(0x10000, END);
	assert_int_equal(el3_error(FN_CREATE, 1, 1, 0, 0, 0), NOT_SUPPORTED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_bitmaps),
	    cmocka_unit_test(test_binding),
	    cmocka_unit_test(test_setting_and_reading),
	    cmocka_unit_test(test_the_sri_can_wait_or_be_another_or_none),
	    cmocka_unit_test(test_lists),
	    cmocka_unit_test(test_a_flood_needs_several_lists),
	    cmocka_unit_test(test_the_host_notifies_a_partition),
	    cmocka_unit_test(test_a_full_rx_is_told),
	    cmocka_unit_test(test_without_notifications_there_are_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
