// SPDX-License-Identifier: Apache-2.0
/* Calls with their registers, and what is checked of each answer. */
#include "ffa.h"

#include "payload.h"

#define CANARY(n) (0xca9a41e000000000UL | (n))

struct host host;

void host_lock(void)
{
	while (__atomic_exchange_n(&host.lock, 1U, __ATOMIC_ACQUIRE) != 0U)
		__asm__ volatile("yield");
}

void host_unlock(void)
{
	__atomic_store_n(&host.lock, 0U, __ATOMIC_RELEASE);
}

struct call call_new(uint32_t fid)
{
	struct call call;

	call.x[0] = fid;
	for (unsigned n = 1; n <= 7U; n++)
		call.x[n] = 0;
	for (unsigned n = 8; n <= 17U; n++)
		call.x[n] = CANARY(n);
	return call;
}

bool call_kept(const struct call *call)
{
	for (unsigned n = 8; n <= 17U; n++)
		if (call->x[n] != CANARY(n))
			return false;
	return true;
}

void call_make(struct call *call)
{
	register struct call *registers __asm__("x19") = call;

	__asm__ volatile("ldp x0, x1, [%0, #0]\n\t"
			 "ldp x2, x3, [%0, #16]\n\t"
			 "ldp x4, x5, [%0, #32]\n\t"
			 "ldp x6, x7, [%0, #48]\n\t"
			 "ldp x8, x9, [%0, #64]\n\t"
			 "ldp x10, x11, [%0, #80]\n\t"
			 "ldp x12, x13, [%0, #96]\n\t"
			 "ldp x14, x15, [%0, #112]\n\t"
			 "ldp x16, x17, [%0, #128]\n\t"
			 "smc #0\n\t"
			 "stp x0, x1, [%0, #0]\n\t"
			 "stp x2, x3, [%0, #16]\n\t"
			 "stp x4, x5, [%0, #32]\n\t"
			 "stp x6, x7, [%0, #48]\n\t"
			 "stp x8, x9, [%0, #64]\n\t"
			 "stp x10, x11, [%0, #80]\n\t"
			 "stp x12, x13, [%0, #96]\n\t"
			 "stp x14, x15, [%0, #112]\n\t"
			 "stp x16, x17, [%0, #128]\n\t" ::"r"(registers)
			 : "x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11",
			   "x12", "x13", "x14", "x15", "x16", "x17", "memory");
}

struct call call_of(uint32_t fid, uint64_t x1, uint64_t x2, uint64_t x3, uint64_t x4, uint64_t x5,
		    uint64_t x6, uint64_t x7)
{
	struct call call = call_new(fid);
	const uint64_t x[8] = {fid, x1, x2, x3, x4, x5, x6, x7};

	for (unsigned n = 1; n <= 7U; n++)
		call.x[n] = x[n];
	call_make(&call);
	return call;
}

bool offered(uint32_t fid)
{
	struct call answer = call_of(FFA_FEATURES, fid, 0, 0, 0, 0, 0, 0);

	return succeeded(&answer);
}

/* Nothing but what the answer defines: upper halves, reserved registers, x8..x17 (I4). */
static void check_clean(const struct call *answer, unsigned last, const char *what)
{
	for (unsigned n = 0; n <= 7U; n++) {
		check(answer->x[n] >> 32 == 0U, "%s: x%u = 0x%llx has an upper half", what, n,
		      (unsigned long long)answer->x[n]);
		if (n == 1U || n > last)
			check(answer->x[n] == 0U, "%s: x%u = 0x%llx is reserved", what, n,
			      (unsigned long long)answer->x[n]);
	}
	check(call_kept(answer), "%s: x8 to x17 are not as they were", what);
}

bool check_error(const struct call *answer, int32_t code, const char *what)
{
	check_clean(answer, 2, what);
	return check(word(answer, 0) == FFA_ERROR && (int32_t)word(answer, 2) == code,
		     "%s: answered 0x%x, w2 %d; FFA_ERROR %d is right", what, word(answer, 0),
		     (int32_t)word(answer, 2), code);
}

bool check_success(const struct call *answer, const char *what)
{
	check_clean(answer, 7, what);
	return check(word(answer, 0) == FFA_SUCCESS,
		     "%s: answered 0x%x, w2 %d; FFA_SUCCESS is right", what, word(answer, 0),
		     (int32_t)word(answer, 2));
}

struct call message(uint16_t partition, uint32_t w3, uint32_t w4, uint32_t w5, uint32_t w6,
		    uint32_t w7)
{
	struct call answer =
	    call_of(FFA_DIRECT_REQ, (uint64_t)host.id << 16 | partition, 0, w3, w4, w5, w6, w7);

	while (word(&answer, 0) == FFA_INTERRUPT || word(&answer, 0) == FFA_YIELD)
		answer = call_of(FFA_RUN, word(&answer, 1), 0, 0, 0, 0, 0, 0);
	return answer;
}
