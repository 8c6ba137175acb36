// SPDX-License-Identifier: Apache-2.0
/*
 * Rows D of the catalogue, as far as the bytes of a descriptor alone tell, in the layout of each
 * version; the layouts stand here once more.
 */
#include <string.h>

#include "cases.h"
#include "descriptor.h"

static struct ffa_descriptor head;
static struct ffa_range ranges[DESCRIPTOR_RANGES];

/* A good MEM_SHARE in the layout of a version, and where its parts are. */
static struct {
	uint8_t bytes[DESCRIPTOR_BYTES];
	uint32_t version, fid;
	uint32_t header, emads, emad, composite, ranges, total;
} it;

static void put(uint32_t offset, unsigned size, uint64_t value)
{
	for (unsigned i = 0; i < size; i++, value >>= 8)
		it.bytes[offset + i] = (uint8_t)value;
}

/* `borrowers` that start at `emads`, and `count` ranges of one page at `composite` + 16. */
static void make_at(uint32_t version, uint32_t borrowers, uint32_t count, uint32_t emads,
		    uint32_t composite)
{
	memset(&it, 0, sizeof(it));
	it.version = version;
	it.fid = FFA_MEM_SHARE;
	it.header = version == FFA_VERSION_1_0 ? 32U : 48U;
	it.emad = version == FFA_VERSION_1_2 ? 32U : 16U;
	it.emads = emads != 0U ? emads : it.header;
	it.composite = composite != 0U ? composite : it.emads + borrowers * it.emad;
	it.ranges = it.composite + 16U;
	it.total = it.ranges + count * 16U;
	assert_true(it.total <= DESCRIPTOR_BYTES);
	put(0, 2, DESCRIPTOR_CALLER);
	put(2, 2, 0x2f);
	put(16, 8, 0x1122334455667788);
	put(28, 4, borrowers);
	if (version != FFA_VERSION_1_0) {
		put(24, 4, it.emad);
		put(32, 4, it.emads);
	}
	for (uint32_t i = 0; i < borrowers; i++) {
		put(it.emads + i * it.emad, 2, 0x8001U + i);
		put(it.emads + i * it.emad + 2U, 1, 2);
		put(it.emads + i * it.emad + 4U, 4, it.composite);
	}
	put(it.composite, 4, count);
	put(it.composite + 4U, 4, count);
	for (uint32_t i = 0; i < count; i++) {
		put(it.ranges + i * 16U, 8, 0x50000000U + i * 0x2000U);
		put(it.ranges + i * 16U + 8U, 4, 1);
	}
}

static void make(uint32_t version, uint32_t borrowers, uint32_t count)
{
	make_at(version, borrowers, count, 0, 0);
}

/* The same as a lend or donation to one borrower: no memory type, and of a donation no access. */
static void make_alone(uint32_t version, uint32_t fid)
{
	make(version, 1, 1);
	it.fid = fid;
	put(2, 2, 0);
	if (fid == FFA_MEM_DONATE)
		put(it.emads + 2U, 1, 0);
}

/* Verdict on head and ranges of a descriptor of one fragment. */
static struct ffa_verdict judge(uint32_t size, uint32_t total)
{
	struct ffa_verdict verdict =
	    descriptor_read(it.bytes, size, total, it.fid, it.version, 0, &head);
	uint64_t pages;

	assert_int_equal(
	    descriptor_read(it.bytes, size, total, it.fid | FFA_64, it.version, 3, &head).error,
	    verdict.error);
	if (verdict.error != FFA_OK)
		return verdict;
	verdict = descriptor_ranges(it.bytes + head.ranges, (size - head.ranges) / 16U, ranges,
				    &pages, 0);
	verdict.offset += head.ranges;
	if (verdict.error == FFA_OK && size == total && pages != head.page_count)
		return (struct ffa_verdict){FFA_INVALID_PARAMETERS, FFA_RULE_PAGE_COUNT,
					    head.ranges - 16U};
	return verdict;
}

static void accepted(void)
{
	assert_int_equal(judge(it.total, it.total).error, FFA_OK);
}

static void refused_with(enum ffa_error error, enum ffa_rule rule, uint32_t offset)
{
	struct ffa_verdict verdict = judge(it.total, it.total);

	assert_int_equal(verdict.error, error);
	assert_int_equal(verdict.rule, rule);
	assert_int_equal(verdict.offset, offset);
}

static void refused(enum ffa_rule rule, uint32_t offset)
{
	refused_with(FFA_INVALID_PARAMETERS, rule, offset);
}

#define EACH_VERSION(v) for (uint32_t v = FFA_VERSION_1_0; v <= FFA_VERSION_1_2; v++)

static void test_ffa_memory_D1_lengths(void **state)
{
	(void)state;
	EACH_VERSION(version)
	{
		make(version, 1, 1);
		accepted();
		/* every length of the fragment, and of the whole, but the right one */
		for (uint32_t size = 0; size < it.total; size++) {
			assert_int_equal(judge(size, size).error, FFA_INVALID_PARAMETERS);
			assert_int_equal(judge(size, it.total).error,
					 size == it.ranges ? FFA_OK : FFA_INVALID_PARAMETERS);
		}
		for (uint32_t total = it.total + 1U; total < it.total + 64U; total++) {
			assert_int_equal(judge(it.total, total).error, FFA_INVALID_PARAMETERS);
			assert_int_equal(judge(total, total).error, FFA_INVALID_PARAMETERS);
		}
		assert_int_equal(judge(it.total, 0xffffffffU).error, FFA_INVALID_PARAMETERS);
		assert_int_equal(judge(it.total, it.total - 1U).rule, FFA_RULE_LENGTH);
		assert_int_equal(judge(it.total, 0).rule, FFA_RULE_LENGTH);
		assert_int_equal(judge(it.header - 1U, it.total).rule, FFA_RULE_HEADER);
		/* too short comes before another's name */
		put(0, 2, 2);
		assert_int_equal(judge(it.header + 31U, it.total).error, FFA_INVALID_PARAMETERS);
		assert_int_equal(judge(it.ranges, it.total).error, FFA_DENIED);
	}
}

static void test_ffa_memory_D2_access_descriptors_elsewhere(void **state)
{
	static const uint32_t bad[] = {0,  1,      8,          16,         32,         40,
				       47, 49,     56,         0x1000,     0x7ffffff0, 0xfffffff0,
				       63, 0xffff, 0xffffffff, 0x80000000, 0xffffffe0};

	(void)state;
	for (uint32_t version = FFA_VERSION_1_1; version <= FFA_VERSION_1_2; version++) {
		for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
			make(version, 1, 1);
			put(32, 4, bad[i]);
			refused(FFA_RULE_EMAD_OFFSET, 32);
		}
		/* in the middle of the ranges: the composite does not follow */
		make(version, 1, 8);
		put(32, 4, it.ranges + 32U);
		assert_int_equal(judge(it.total, it.total).error, FFA_INVALID_PARAMETERS);
		make_at(version, 1, 1, 96, 0);
		accepted();
	}
	/* 1.0 has no such field: its place is the first access descriptor */
	make(FFA_VERSION_1_0, 1, 1);
	put(32, 4, 0);
	refused(FFA_RULE_BORROWER, 32);
}

static void test_ffa_memory_D3_access_descriptor_size(void **state)
{
	static const uint32_t bad[] = {0, 1, 8, 15, 17, 24, 31, 33, 48, 64, 0x80000000, 0xfffffff0};

	(void)state;
	for (uint32_t version = FFA_VERSION_1_1; version <= FFA_VERSION_1_2; version++)
		for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
			make(version, 1, 1);
			put(24, 4, bad[i]);
			refused(FFA_RULE_EMAD_SIZE, 24);
		}
	make(FFA_VERSION_1_1, 2, 1); /* the size of 1.2, with room for it */
	put(24, 4, 32);
	put(28, 4, 1);
	refused(FFA_RULE_EMAD_SIZE, 24);
	make(FFA_VERSION_1_0, 1, 1); /* no such field: reserved */
	put(24, 4, 16);
	refused(FFA_RULE_RESERVED, 24);
	make(FFA_VERSION_1_2, 1,
	     1); /* of 1.1, which 1.2 may use: the composite stays where it is */
	put(24, 4, 16);
	accepted();
	assert_int_equal(head.borrower[0].implementation[0], 0);
}

/* Whoever reads the place that the version fixes sees another borrower than who follows the field.
 */
static void test_ffa_memory_D4_decoy(void **state)
{
	(void)state;
	for (uint32_t version = FFA_VERSION_1_1; version <= FFA_VERSION_1_2; version++) {
		make_at(version, 1, 1, 80, 0);
		put(48, 2, 0x8007);
		put(50, 1, 2);
		put(52, 4, it.composite);
		accepted();
		assert_int_equal(head.borrower_count, 1);
		assert_int_equal(head.borrower[0].id, 0x8001);
		/* and what goes to firmware has one place for it */
		ffa_descriptor_write(&head, version, it.bytes);
		assert_int_equal(it.bytes[32], 48);
		assert_int_equal(it.bytes[48], 0x01);
		assert_int_equal(it.bytes[49], 0x80);
	}
}

static void test_ffa_memory_D5_borrower_count(void **state)
{
	static const uint32_t bad[] = {0,          17,         255,        0x1000,
				       0x08000000, 0x10000000, 0x0fffffff, 0x08000001,
				       0x10000001, 0x80000000, 0xffffffff};

	(void)state;
	EACH_VERSION(version)
	{
		for (uint32_t count = 1; count <= FFA_BORROWERS_MAX; count++) {
			make(version, count, 1);
			accepted();
			assert_int_equal(head.borrower_count, count);
			assert_int_equal(head.borrower[count - 1U].id, 0x8000U + count);
		}
		make(version, 17, 1);
		refused(FFA_RULE_EMAD_COUNT, 28);
		for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
			make(version, 1, 1);
			put(28, 4, bad[i]);
			refused(FFA_RULE_EMAD_COUNT, 28);
		}
		make(version, 1, 1); /* more than the fragment has room for */
		put(28, 4, 8);
		refused(FFA_RULE_EMAD_COUNT, 28);
		make_alone(version, FFA_MEM_DONATE);
		accepted();
		make(version, 2, 1); /* a donation has one receiver */
		it.fid = FFA_MEM_DONATE;
		refused(FFA_RULE_EMAD_COUNT, 28);
	}
}

static void test_ffa_memory_D6_borrowers(void **state)
{
	static const uint16_t bad[] = {0, DESCRIPTOR_CALLER, 2, 0x7fff};

	(void)state;
	EACH_VERSION(version)
	{
		for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
			make(version, 2, 1);
			put(it.emads + it.emad, 2, bad[i]);
			refused(FFA_RULE_BORROWER, it.emads + it.emad);
		}
		for (uint32_t one = 0; one < 3U; one++)
			for (uint32_t other = one + 1U; other < 4U; other++) {
				make(version, 4, 1);
				put(it.emads + other * it.emad, 2, 0x8001U + one);
				refused(FFA_RULE_BORROWER, it.emads + other * it.emad);
			}
		make(version, 2, 4); /* two composites, each good by itself */
		put(it.emads + it.emad + 4U, 4, it.composite + 32U);
		refused(FFA_RULE_COMPOSITE, it.emads + it.emad + 4U);
	}
}

static void test_ffa_memory_D7_composite_offset(void **state)
{
	(void)state;
	EACH_VERSION(version)
	{
		make(version, 1, 2);
		const uint32_t bad[] = {0,
					1,
					16,
					it.header - 16U,
					it.emads,
					it.composite - 16U,
					it.composite - 1U,
					it.composite + 1U,
					it.composite + 4U,
					it.composite + 8U,
					it.total - 15U,
					it.total,
					it.total + 16U,
					0x7ffffff0,
					0xfffffff0,
					0xffffffff};

		for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
			make(version, 1, 2);
			put(it.emads + 4U, 4, bad[i]);
			refused(FFA_RULE_COMPOSITE, it.emads + 4U);
		}
		make_at(version, 1, 2, 0, it.composite + 64U); /* a gap is no harm */
		accepted();
	}
}

static void test_ffa_memory_D8_range_count_and_page_count(void **state)
{
	static const uint32_t bad[] = {0,          1,          2,          4,          5,
				       0x10000003, 0x0fffffff, 0x10000000, 0x80000003, 0xffffffff};

	(void)state;
	EACH_VERSION(version)
	{
		for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
			make(version, 1, 3);
			put(it.composite + 4U, 4, bad[i]);
			refused(FFA_RULE_RANGE_COUNT, it.composite + 4U);
		}
		for (uint32_t pages = 0; pages < 6U; pages++) {
			make(version, 1, 3);
			put(it.composite, 4, pages);
			if (pages != 3U)
				refused(FFA_RULE_PAGE_COUNT, it.composite);
		}
		make(version, 1, 2); /* 2^32 + 2 pages: the sum does not wrap */
		put(it.ranges + 8U, 4, 0xffffffff);
		put(it.ranges + 24U, 4, 3);
		refused(FFA_RULE_PAGE_COUNT, it.composite);
	}
}

static void test_ffa_memory_D9_ranges(void **state)
{
	static const struct {
		uint64_t base;
		uint32_t pages;
		bool good;
	} cases[] = {
	    {0x50000000, 0, false},
	    {0x50000800, 1, false},
	    {0x50000001, 1, false},
	    {0x5000000000000000, 1, false},
	    {0xfffffffffffff000, 1, false},
	    {0xfffffffffffff000, 2, false},
	    {0x1000000000000, 1, false},
	    {0xfffffffff000, 1, true},
	    {0xfffffffff000, 2, false},
	    {0xfffffffff000, 0xffffffff, false},
	    {0, 0xffffffff, true},
	    {0xf00000001000, 0xffffffff, true},
	    {0xf00000002000, 0xffffffff, false},
	    {0x8000000000000000, 1, false},
	    {0, 1, true},
	};

	(void)state;
	EACH_VERSION(version)
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		for (uint32_t place = 0; place < 3U; place++) {
			uint32_t range;

			make(version, 1, 3);
			range = it.ranges + place * 16U;
			put(it.composite, 4, cases[i].pages + 2ULL);
			if (cases[i].pages + 2ULL > 0xffffffffU) {
				/* more pages than can be counted: the range is read alone */
				uint64_t pages;

				put(range, 8, cases[i].base);
				put(range + 8U, 4, cases[i].pages);
				assert_int_equal(
				    descriptor_ranges(it.bytes + range, 1, ranges, &pages, 0)
					    .error == FFA_OK,
				    cases[i].good);
				assert_int_equal(pages, cases[i].good ? cases[i].pages : 0U);
				continue;
			}
			if (cases[i].pages == 0U) /* the head alone could tell */
				put(it.composite, 4, 3);
			put(range, 8, cases[i].base);
			put(range + 8U, 4, cases[i].pages);
			if (cases[i].good)
				accepted();
			else
				refused(FFA_RULE_ADDRESS, range + (cases[i].pages == 0U ? 8U : 0U));
		}
}

static void test_ffa_memory_D10_reserved(void **state)
{
	(void)state;
	EACH_VERSION(version)
	{
		uint8_t reserved[256] = {0};
		bool old = version == FFA_VERSION_1_0, large = version == FFA_VERSION_1_2;

		make(version, 2, 2);
		/* every reserved byte of the layout: header, access descriptors, composite, ranges
		 */
		memset(&reserved[3], 1, old ? 1 : 0);
		memset(&reserved[24], 1, old ? 4 : 0);
		memset(&reserved[36], 1, old ? 0 : 12);
		for (uint32_t i = 0; i < 2U; i++) {
			memset(&reserved[it.emads + i * it.emad + (large ? 24U : 8U)], 1, 8);
			memset(&reserved[it.ranges + i * 16U + 12U], 1, 4);
		}
		memset(&reserved[it.composite + 8U], 1, 8);
		for (uint32_t at = 0; at < it.total; at++) {
			for (unsigned bit = 0; bit < 8U && reserved[at] != 0U; bit++) {
				struct ffa_verdict verdict;

				make(version, 2, 2);
				it.bytes[at] = (uint8_t)(1U << bit);
				verdict = judge(it.total, it.total);
				assert_int_equal(verdict.error, FFA_INVALID_PARAMETERS);
				assert_int_equal(verdict.rule, FFA_RULE_RESERVED);
				assert_in_range(at, verdict.offset, verdict.offset + 7U);
			}
		}
		for (unsigned bit = 1; bit < 8U; bit++) { /* flags of a borrower: one is defined */
			make(version, 2, 2);
			put(it.emads + it.emad + 3U, 1, 1U << bit);
			refused(FFA_RULE_RESERVED, it.emads + it.emad + 3U);
		}
		make(version, 2, 2);
		put(it.emads + 3U, 1, 1);
		accepted();
	}
	make(FFA_VERSION_1_2, 1, 1); /* bytes that belong to the partition are no reserved ones */
	put(it.emads + 8U, 8, 0x0123456789abcdef);
	put(it.emads + 16U, 8, 0xfedcba9876543210);
	accepted();
	assert_int_equal(head.borrower[0].implementation[0], 0x0123456789abcdef);
	assert_int_equal(head.borrower[0].implementation[1], 0xfedcba9876543210);
}

static void test_ffa_memory_D14_flags(void **state)
{
	static const uint32_t calls[] = {FFA_MEM_SHARE, FFA_MEM_LEND, FFA_MEM_DONATE};

	(void)state;
	EACH_VERSION(version)
	for (size_t i = 0; i < 3U; i++)
		for (unsigned bit = 0; bit < 32U; bit++) {
			if (calls[i] == FFA_MEM_SHARE)
				make(version, 1, 1);
			else
				make_alone(version, calls[i]);
			put(4, 4, 1U << bit);
			/* a time slice is firmware's to refuse */
			if (bit == 1U || (bit == 0U && i != 0U))
				accepted();
			else
				refused(FFA_RULE_FLAGS, 4);
		}
}

static void test_ffa_memory_D15_attributes(void **state)
{
	(void)state;
	EACH_VERSION(version)
	for (uint32_t attributes = 0; attributes < 0x100U; attributes++) {
		uint32_t type = attributes >> 4 & 3U, cache = attributes >> 2 & 3U;
		bool nonsense =
		    attributes >= 0x40U || type == 3U ||
		    (type == 2U && (cache == 0U || cache == 2U || (attributes & 3U) == 1U));

		make(version, 1, 1);
		put(2, 1, attributes);
		if (attributes == 0x2fU)
			accepted();
		else
			refused_with(nonsense ? FFA_INVALID_PARAMETERS : FFA_DENIED,
				     FFA_RULE_ATTRIBUTES, 2);
		make(version, 2, 1);
		it.fid = FFA_MEM_LEND;
		put(2, 1, attributes);
		if (attributes == 0x2fU)
			accepted();
		else
			refused_with(nonsense ? FFA_INVALID_PARAMETERS : FFA_DENIED,
				     FFA_RULE_ATTRIBUTES, 2);
		for (uint32_t alone = 0; alone < 2U; alone++) {
			make_alone(version, alone != 0U ? FFA_MEM_LEND : FFA_MEM_DONATE);
			put(2, 1, attributes);
			if (attributes == 0U)
				accepted();
			else
				refused(FFA_RULE_ATTRIBUTES, 2);
		}
	}
	for (unsigned bit = 8; bit < 16U; bit++) {
		make(FFA_VERSION_1_1, 1, 1);
		put(2, 2, 0x2fU | 1U << bit);
		refused(FFA_RULE_ATTRIBUTES, 2);
	}
}

static void test_ffa_memory_D16_permissions(void **state)
{
	(void)state;
	EACH_VERSION(version)
	for (uint32_t permissions = 0; permissions < 0x100U; permissions++) {
		make(version, 2, 1);
		put(it.emads + it.emad + 2U, 1, permissions);
		if (permissions == 1U || permissions == 2U)
			accepted();
		else
			refused(FFA_RULE_PERMISSIONS, it.emads + it.emad + 2U);
		make_alone(version, FFA_MEM_LEND);
		put(it.emads + 2U, 1, permissions);
		if (permissions == 1U || permissions == 2U)
			accepted();
		else
			refused(FFA_RULE_PERMISSIONS, it.emads + 2U);
		make_alone(version, FFA_MEM_DONATE);
		put(it.emads + 2U, 1, permissions);
		if (permissions == 0U)
			accepted();
		else
			refused(FFA_RULE_PERMISSIONS, it.emads + 2U);
	}
}

static void test_ffa_memory_D17_sender(void **state)
{
	static const uint16_t others[] = {0, 2, 0x7fff, 0x8001, 0x8002, 0xffff, 0x0101};

	(void)state;
	EACH_VERSION(version)
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		make(version, 1, 1);
		put(0, 2, others[i]);
		refused_with(FFA_DENIED, FFA_RULE_SENDER, 0);
	}
}

static void test_ffa_memory_D18_tag_and_handle(void **state)
{
	static const uint64_t tags[] = {0, 1, 0x8000000000000000, 0xffffffffffffffff};

	(void)state;
	EACH_VERSION(version)
	{
		for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++) {
			make(version, 1, 1);
			put(16, 8, tags[i]);
			accepted();
			assert_int_equal(head.tag, tags[i]);
		}
		for (unsigned bit = 0; bit < 64U; bit++) {
			make(version, 1, 1);
			put(8, 8, 1ULL << bit);
			refused(FFA_RULE_HANDLE, 8);
		}
	}
}

static void test_ffa_memory_D20_exact_end(void **state)
{
	(void)state;
	EACH_VERSION(version)
	{
		make(version, 1, 1);
		make(version, 1, (4096U - it.ranges) / 16U);
		assert_int_equal(it.total, 4096);
		accepted();
		for (uint32_t size = it.ranges; size < it.total; size++) /* ends in a range */
			assert_int_equal(judge(size, it.total).error,
					 size % 16U == 0U ? FFA_OK : FFA_INVALID_PARAMETERS);
		assert_int_equal(judge(it.total - 8U, it.total).rule, FFA_RULE_LENGTH);
		assert_int_equal(judge(it.total + 1U, it.total + 1U).rule, FFA_RULE_RANGE_COUNT);
		assert_int_equal(judge(it.total + 16U, it.total + 16U).rule, FFA_RULE_RANGE_COUNT);
	}
}

static void test_ffa_memory_D22_layout_of_another_version(void **state)
{
	(void)state;
	EACH_VERSION(spoken)
	EACH_VERSION(written)
	for (uint32_t borrowers = 1; borrowers <= 3U; borrowers++) {
		make(written, borrowers, 2);
		it.version = spoken;
		/* 1.2 takes the entries of 1.1, by the size that they name */
		if (spoken == written || (spoken == FFA_VERSION_1_2 && written == FFA_VERSION_1_1))
			accepted();
		else
			assert_int_equal(judge(it.total, it.total).error, FFA_INVALID_PARAMETERS);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_ffa_memory_D1_lengths),
	    cmocka_unit_test(test_ffa_memory_D2_access_descriptors_elsewhere),
	    cmocka_unit_test(test_ffa_memory_D3_access_descriptor_size),
	    cmocka_unit_test(test_ffa_memory_D4_decoy),
	    cmocka_unit_test(test_ffa_memory_D5_borrower_count),
	    cmocka_unit_test(test_ffa_memory_D6_borrowers),
	    cmocka_unit_test(test_ffa_memory_D7_composite_offset),
	    cmocka_unit_test(test_ffa_memory_D8_range_count_and_page_count),
	    cmocka_unit_test(test_ffa_memory_D9_ranges),
	    cmocka_unit_test(test_ffa_memory_D10_reserved),
	    cmocka_unit_test(test_ffa_memory_D14_flags),
	    cmocka_unit_test(test_ffa_memory_D15_attributes),
	    cmocka_unit_test(test_ffa_memory_D16_permissions),
	    cmocka_unit_test(test_ffa_memory_D17_sender),
	    cmocka_unit_test(test_ffa_memory_D18_tag_and_handle),
	    cmocka_unit_test(test_ffa_memory_D20_exact_end),
	    cmocka_unit_test(test_ffa_memory_D22_layout_of_another_version),
	};

	return cmocka_run_group_tests_name("ffa_descriptor_rows", tests, NULL, NULL);
}
