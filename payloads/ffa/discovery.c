// SPDX-License-Identifier: Apache-2.0
/* Version, identifiers, buffers and partitions. */
#include "ffa.h"

#include "payload.h"
#include "psci.h"

#define RESERVED_FID 0x840000efU

static uint32_t version_of(uint64_t asked)
{
	struct call answer = call_of(FFA_VERSION, asked, 0, 0, 0, 0, 0, 0);

	check(answer.x[0] >> 32 == 0U && call_kept(&answer), "FFA_VERSION: registers");
	return word(&answer, 0);
}

void test_version(uint32_t version)
{
	struct call answer;
	uint32_t ours;

	test_begin("V13 V14 V15 versions of other sorts");
	ours = version_of(0x10002);
	if ((ours >> 16) != 1U) {
		check(ours == 0xffffffffU, "FF-A is neither there nor absent: 0x%x", ours);
		note("FF-A is absent");
		test_end();
		return;
	}
	check(version_of(0x10009) == ours, "a minor too high is told ours");
	check(version_of(0x80010001) == 0xffffffffU, "bit 31");
	check(version_of(0) == 0xffffffffU && version_of(0x9) == 0xffffffffU, "major 0");
	check(version_of(0x20000) == ours, "major 2 is told ours");
	test_end();

	test_begin("V11 the last version counts");
	for (uint32_t asked = 0x10000; asked <= ours; asked++)
		check(version_of(asked) == ours, "1.%u", asked & 0xffffU);
	version = version < ours ? version : ours;
	check(version_of(0xdeadbeef00000000UL | version) == ours, "the upper half of x1 (V16)");
	host.version = version;
	host.offered = ours;
	test_end();

	test_begin("Q11 identifiers");
	answer = call_of(FFA_ID_GET, 0, 0, 0, 0, 0, 0, 0);
	check_success(&answer, "ID_GET");
	host.id = (uint16_t)word(&answer, 2);
	check(host.id == 1U, "we are endpoint 0x%x", host.id);
	answer = call_of(FFA_SPM_ID_GET, 0, 0, 0, 0, 0, 0, 0);
	if (host.version > 0x10000U && offered(FFA_SPM_ID_GET)) {
		check_success(&answer, "SPM_ID_GET");
		check((word(&answer, 2) & 0x8000U) != 0U, "SPMC 0x%x", word(&answer, 2));
	} else {
		check_error(&answer, NOT_SUPPORTED, "SPM_ID_GET");
	}
	test_end();

	test_begin("A2 A3 A5 A6 forms of an identifier");
	answer = call_of(FFA_ID_GET | 0x10000U, 0, 0, 0, 0, 0, 0, 0);
	check_success(&answer, "with the SVE hint");
	answer = call_new(0);
	answer.x[0] = 0xdeadbeef00000000UL | FFA_ID_GET;
	call_make(&answer);
	check_success(&answer, "garbage above w0");
	answer = call_of(FFA_ID_GET | FN64, 0, 0, 0, 0, 0, 0, 0);
	check_error(&answer, NOT_SUPPORTED, "64-bit form of a 32-bit call");
	answer = call_of(RESERVED_FID, 0, 0, 0, 0, 0, 0, 0);
	check_error(&answer, NOT_SUPPORTED, "a number that no standard defines");
	test_end();
}

static struct call map(uint32_t fid, uint64_t tx, uint64_t rx, uint64_t pages)
{
	return call_of(fid, tx, rx, pages, 0, 0, 0, 0);
}

static uint32_t smallest_buffer(void)
{
	static const uint32_t sizes[] = {4096, 65536, 16384, 0};
	struct call answer = call_of(FFA_FEATURES, FFA_RXTX_MAP | FN64, 0, 0, 0, 0, 0, 0);

	return succeeded(&answer) ? sizes[word(&answer, 2) & 3U] : 0U;
}

/* Addresses that no buffer may have. */
static void refuse_places(void)
{
	uint64_t rx = (uint64_t)(uintptr_t)host.rx, tx = (uint64_t)(uintptr_t)host.tx;
	struct call answer;
	const uint64_t places[] = {
	    machine.kept_count > 0U ? machine.kept[0].base : 0U, /* somebody else's */
	    machine.console,                                     /* a device */
	    0x10000000000UL,                                     /* nothing */
	    ~0xfffUL,                                            /* ends at 2^64 */
	};

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		uint64_t place = places[i] & ~(uint64_t)(host.buffer_size - 1U);

		answer = map(FFA_RXTX_MAP | FN64, place, rx, host.buffer_size / 4096U);
		check(error_of(&answer) == INVALID_PARAMETERS || error_of(&answer) == DENIED,
		      "TX at 0x%llx: 0x%x %d", (unsigned long long)place, word(&answer, 0),
		      (int32_t)word(&answer, 2));
		answer = map(FFA_RXTX_MAP | FN64, tx, place, host.buffer_size / 4096U);
		check(error_of(&answer) == INVALID_PARAMETERS || error_of(&answer) == DENIED,
		      "RX at 0x%llx: 0x%x %d", (unsigned long long)place, word(&answer, 0),
		      (int32_t)word(&answer, 2));
	}
}

void test_buffers(void)
{
	uint64_t tx = (uint64_t)(uintptr_t)host.tx, rx = (uint64_t)(uintptr_t)host.rx, pages;
	struct call answer;

	host.buffer_size = smallest_buffer();
	if (host.buffer_size == 0U) {
		test_begin("B0 no buffers");
		answer = map(FFA_RXTX_MAP | FN64, tx, rx, 1);
		check_error(&answer, NOT_SUPPORTED, "RXTX_MAP");
		test_end();
		return;
	}
	pages = host.buffer_size / 4096U;
	test_begin("B1 B2 buffers of a wrong shape");
	answer = map(FFA_RXTX_MAP | FN64, tx, tx, pages);
	check_error(&answer, INVALID_PARAMETERS, "TX = RX");
	answer = map(FFA_RXTX_MAP | FN64, tx + 2048U, rx, pages);
	check_error(&answer, INVALID_PARAMETERS, "TX unaligned");
	answer = map(FFA_RXTX_MAP | FN64, tx, rx, 0);
	check_error(&answer, INVALID_PARAMETERS, "no pages");
	answer = map(FFA_RXTX_MAP | FN64, tx, rx, 63);
	check_error(&answer, INVALID_PARAMETERS, "too many pages");
	test_end();

	test_begin("B3 buffers where none may be");
	refuse_places();
	test_end();

	test_begin("B7 B12 without buffers");
	answer = call_of(FFA_RXTX_UNMAP, 0, 0, 0, 0, 0, 0, 0);
	check_error(&answer, INVALID_PARAMETERS, "UNMAP");
	answer = call_of(FFA_RX_RELEASE, 0, 0, 0, 0, 0, 0, 0);
	check_error(&answer, DENIED, "RX_RELEASE");
	test_end();

	test_begin("B5 B15 buffers come and go");
	answer = map(FFA_RXTX_MAP, tx, rx, pages);
	check_success(&answer, "32-bit RXTX_MAP");
	answer = map(FFA_RXTX_MAP | FN64, tx, rx, pages);
	check_error(&answer, DENIED, "a second time");
	answer = call_of(FFA_RXTX_UNMAP, 0, 0, 0, 0, 0, 0, 0);
	check_success(&answer, "UNMAP");
	answer = map(FFA_RXTX_MAP | FN64, tx, rx, pages);
	check_success(&answer, "RXTX_MAP");
	answer = call_of(FFA_RX_RELEASE, 0, 0, 0, 0, 0, 0, 0);
	check_error(&answer, DENIED, "RX_RELEASE of an empty buffer");
	test_end();

	test_begin("V12 no other version while buffers are mapped");
	if (host.version > 0x10000U)
		check(version_of(host.version - 1U) == 0xffffffffU, "a lower one");
	check(version_of(host.version) == host.offered, "the same again");
	test_end();

	test_begin("B9 buffers cannot be given away");
	answer = memory_give(FFA_MEM_SHARE | FN64, KEEPER, rx, 1);
	check_error(&answer, DENIED, "share of RX");
	answer = memory_give(FFA_MEM_LEND | FN64, KEEPER, tx, 1);
	check_error(&answer, DENIED, "lend of TX");
	test_end();
}

/* Bytes of one entry that a caller of this version sees. */
static uint32_t stride(void)
{
	return host.version == 0x10000U ? 8U : 24U;
}

/*
 * What a kernel finds that another one started: RX full, buffers mapped, a version spoken. It asks
 * PSCI for its version while it is alone, as Linux does.
 */
void test_new_kernel(void)
{
	uint64_t tx = (uint64_t)(uintptr_t)host.tx, rx = (uint64_t)(uintptr_t)host.rx;
	uint64_t pages = host.buffer_size / 4096U;
	struct call answer;

	if (host.buffer_size == 0U)
		return;
	test_begin("L3 Q9 V20 a new kernel over what the old one left");
	answer = call_of(FFA_PARTITION_INFO_GET, 0, 0, 0, 0, 0, 0, 0);
	check_success(&answer, "PARTITION_INFO_GET");
	answer = call_of(PSCI_VERSION, 0, 0, 0, 0, 0, 0, 0);
	answer = call_of(FFA_ID_GET, 0, 0, 0, 0, 0, 0, 0);
	check_error(&answer, NOT_SUPPORTED, "no version is spoken any more");
	check(version_of(0x10000) == host.offered, "1.0");
	check(version_of(host.version) == host.offered, "and another one");
	answer = call_of(FFA_RXTX_UNMAP, 0, 0, 0, 0, 0, 0, 0);
	check_error(&answer, INVALID_PARAMETERS, "nothing is mapped");
	answer = map(FFA_RXTX_MAP | FN64, rx, tx, pages); /* the other way round */
	check_success(&answer, "RXTX_MAP");
	answer = call_of(FFA_PARTITION_INFO_GET, 0, 0, 0, 0, 0, 0, 0);
	check_success(&answer, "RX is empty");
	check(host.tx[1] == ECHO >> 8, "the list is in the new RX");
	answer = call_of(FFA_RXTX_UNMAP, 0, 0, 0, 0, 0, 0, 0);
	check_success(&answer, "UNMAP");
	answer = map(FFA_RXTX_MAP | FN64, tx, rx, pages);
	check_success(&answer, "RXTX_MAP as before");
	test_end();
}

void test_partitions(void)
{
	struct call answer;
	uint32_t count;
	bool found = false;

	if (host.buffer_size == 0U)
		return;
	test_begin("B11 partitions, in the layout of our version");
	answer = call_of(FFA_PARTITION_INFO_GET, 0, 0, 0, 0, 0, 0, 0);
	check_success(&answer, "PARTITION_INFO_GET");
	count = word(&answer, 2);
	check(count >= 3U && count < 64U, "%u partitions", count);
	check(host.version == 0x10000U || word(&answer, 3) == stride(), "stride %u",
	      word(&answer, 3));
	for (uint32_t i = 0; i < count && i < 64U; i++) {
		const uint8_t *entry = host.rx + (size_t)i * stride();

		check((entry[1] & 0x80U) != 0U, "partition 0x%02x%02x", entry[1], entry[0]);
		found = found || (entry[0] == (ECHO & 0xffU) && entry[1] == ECHO >> 8);
	}
	check(found, "partition 0x%x is not among them", ECHO);
	answer = call_of(FFA_PARTITION_INFO_GET, 0, 0, 0, 0, 0, 0, 0);
	check_error(&answer, BUSY, "while RX is full");
	answer = call_of(FFA_RX_RELEASE, 0, 0, 0, 0, 0, 0, 0);
	check_success(&answer, "RX_RELEASE");
	answer = call_of(FFA_RX_RELEASE, 0, 0, 0, 0, 0, 0, 0);
	check_error(&answer, DENIED, "RX_RELEASE twice");
	test_end();

	test_begin("C12 counts and unknown partitions");
	answer = call_of(FFA_PARTITION_INFO_GET, 0, 0, 0, 0, 1, 0, 0);
	if (host.version == 0x10000U) {
		check_error(&answer, INVALID_PARAMETERS, "count only, in 1.0");
	} else {
		check_success(&answer, "count only");
		check(word(&answer, 2) == count && word(&answer, 3) == 0U, "count %u, size %u",
		      word(&answer, 2), word(&answer, 3));
	}
	answer = call_of(FFA_PARTITION_INFO_GET, 1, 2, 3, 4, 0, 0, 0);
	check_error(&answer, INVALID_PARAMETERS, "a UUID that nobody has");
	answer = call_of(FFA_RX_RELEASE, 0, 0, 0, 0, 0, 0, 0);
	check_error(&answer, DENIED, "RX stays free");
	test_end();

	if (host.version >= 0x10002U && offered(FFA_PARTITION_INFO_GET_REGS | FN64)) {
		test_begin("A5 partitions in registers");
		answer = call_of(FFA_PARTITION_INFO_GET_REGS | FN64, 0, 0, 0, 0, 0, 0, 0);
		check(succeeded(&answer), "0x%x %d", word(&answer, 0), (int32_t)word(&answer, 2));
		check((answer.x[2] & 0xffffU) + 1U == count, "last index %u",
		      (unsigned)(answer.x[2] & 0xffffU));
		check(answer.x[2] >> 48 == 24U, "entry size %u", (unsigned)(answer.x[2] >> 48));
		check((answer.x[3] & 0xffffU) >= 0x8000U, "first partition 0x%x",
		      (unsigned)(answer.x[3] & 0xffffU));
		answer = call_of(FFA_PARTITION_INFO_GET_REGS | FN64, 0, 0, 0xffff, 0, 0, 0, 0);
		check(error_of(&answer) == INVALID_PARAMETERS || error_of(&answer) == RETRY,
		      "an index beyond the last: %d", error_of(&answer));
		test_end();
	}
}
