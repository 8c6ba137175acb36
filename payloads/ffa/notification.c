// SPDX-License-Identifier: Apache-2.0
/* Notifications from a partition, and the interrupt that tells of them. */
#include "ffa.h"

#include "gic.h"
#include "payload.h"

#define BITS        0x500000001UL
#define ISPENDR     0x200U /* of the SGI frame or the distributor */
#define FEATURE_NPI 1U
#define FEATURE_SRI 2U
#define FROM_SP     1U

static uint64_t pair(uint16_t sender, uint16_t receiver)
{
	return (uint64_t)sender << 16 | receiver;
}

static struct call bind(uint32_t fid, uint16_t sender, uint16_t receiver, uint32_t flags,
			uint64_t bits)
{
	return call_of(fid, pair(sender, receiver), flags, (uint32_t)bits, bits >> 32, 0, 0, 0);
}

static bool pending(uint32_t interrupt)
{
	uint64_t frame = gic_private_frame();

	return frame != 0U &&
	       (*(volatile uint32_t *)(uintptr_t)(frame + ISPENDR) >> interrupt & 1U) != 0U;
}

static void test_absent(void)
{
	struct call answer;

	test_begin("G11 notifications are absent, truthfully");
	for (uint32_t feature = FEATURE_NPI; feature <= FEATURE_SRI; feature++) {
		answer = call_of(FFA_FEATURES, feature, 0, 0, 0, 0, 0, 0);
		check_error(&answer, NOT_SUPPORTED, "feature");
	}
	answer = bind(FFA_NOTIFICATION_BIND, NOTIFIER, host.id, 0, 1);
	check_error(&answer, NOT_SUPPORTED, "BIND");
	answer = call_of(FFA_NOTIFICATION_GET, host.id, FROM_SP, 0, 0, 0, 0, 0);
	check_error(&answer, NOT_SUPPORTED, "GET");
	test_end();
}

static void test_refusals(void)
{
	struct call answer;

	test_begin("G9 G10 bindings that cannot be");
	answer = bind(FFA_NOTIFICATION_BIND, NOTIFIER, host.id, 0, 0);
	check_error(&answer, INVALID_PARAMETERS, "no bits");
	answer = bind(FFA_NOTIFICATION_BIND, NOTIFIER, (uint16_t)(host.id + 1U), 0, 1);
	check_error(&answer, INVALID_PARAMETERS, "for somebody else");
	answer = bind(FFA_NOTIFICATION_BIND, host.id, host.id, 0, 1);
	check_error(&answer, INVALID_PARAMETERS, "from ourselves");
	answer = bind(FFA_NOTIFICATION_BIND, NOTIFIER, host.id, 4, 1);
	check_error(&answer, INVALID_PARAMETERS, "with a reserved flag");
	answer = bind(FFA_NOTIFICATION_UNBIND, NOTIFIER, host.id, 0, 1);
	check_error(&answer, DENIED, "UNBIND of what is not bound");
	answer = call_of(FFA_NOTIFICATION_GET, pair(0, (uint16_t)(host.id + 1U)), FROM_SP, 0, 0, 0,
			 0, 0);
	check_error(&answer, INVALID_PARAMETERS, "GET for somebody else");
	answer = call_of(FFA_NOTIFICATION_GET, pair(200, host.id), FROM_SP, 0, 0, 0, 0, 0);
	check_error(&answer, INVALID_PARAMETERS, "GET of a vCPU that is not there");
	test_end();
}

void test_notifications(void)
{
	struct call answer;
	uint32_t interrupt = 0;

	if (host.version < 0x10001U || !offered(FFA_NOTIFICATION_BIND)) {
		test_absent();
		return;
	}
	test_refusals();
	test_begin("G12 a notification from a partition");
	answer = call_of(FFA_FEATURES, FEATURE_SRI, 0, 0, 0, 0, 0, 0);
	check_success(&answer, "SRI");
	interrupt = word(&answer, 2);
	check(interrupt >= 8U && interrupt < 16U, "SRI is interrupt %u", interrupt);
	answer = bind(FFA_NOTIFICATION_BIND, NOTIFIER, host.id, 0, BITS);
	check_success(&answer, "BIND");
	answer = bind(FFA_NOTIFICATION_BIND, ECHO, host.id, 0, 1);
	check_error(&answer, DENIED, "BIND of a bound bit");
	answer =
	    message(NOTIFIER, COMMAND_NOTIFY, host.id, (uint32_t)BITS, (uint32_t)(BITS >> 32), 0);
	check(word(&answer, 0) == FFA_DIRECT_RESP && (int32_t)word(&answer, 3) == 0,
	      "the partition: 0x%x, status %d", word(&answer, 0), (int32_t)word(&answer, 3));
	check(pending(interrupt), "interrupt %u is pending", interrupt);
	answer = call_of(FFA_NOTIFICATION_INFO_GET | FN64, 0, 0, 0, 0, 0, 0, 0);
	check(succeeded(&answer) && (answer.x[2] >> 7 & 0x1fU) == 1U &&
		  (answer.x[3] & 0xffffU) == host.id,
	      "INFO_GET: 0x%x 0x%llx 0x%llx", word(&answer, 0), (unsigned long long)answer.x[2],
	      (unsigned long long)answer.x[3]);
	answer = call_of(FFA_NOTIFICATION_GET, host.id, FROM_SP, 0, 0, 0, 0, 0);
	check(succeeded(&answer) && (word(&answer, 2) | (uint64_t)word(&answer, 3) << 32) == BITS,
	      "GET: 0x%x 0x%x 0x%x", word(&answer, 0), word(&answer, 2), word(&answer, 3));
	answer = call_of(FFA_NOTIFICATION_INFO_GET | FN64, 0, 0, 0, 0, 0, 0, 0);
	check(error_of(&answer) == NO_DATA, "INFO_GET of nothing: 0x%x %d", word(&answer, 0),
	      (int32_t)word(&answer, 2));
	answer = bind(FFA_NOTIFICATION_UNBIND, NOTIFIER, host.id, 0, BITS);
	check_success(&answer, "UNBIND");
	test_end();
}
