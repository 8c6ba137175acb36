/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What firmware offers, found once by FFA_FEATURES. Implementations do not list all that they have,
 * and some answer more than was asked: a success is judged by w0 alone, of a word of properties
 * only the bits are looked at that the version defines, and what a function cannot do without
 * counts as offered with it.
 */
#include "mediator.h"

#define QUERY_NS_BIT   2U    /* input of FFA_FEATURES(FFA_MEM_RETRIEVE_REQ) */
#define INTERRUPT_LAST 1019U /* identifiers from 1020 on are special */

/* Functions that are forwarded, or that the mediator itself needs. */
static const struct question {
	uint32_t fid;
	uint32_t since;
	bool smc32, smc64;
} questions[] = {
    {FFA_RXTX_MAP, FFA_VERSION_1_0, true, true},
    {FFA_PARTITION_INFO_GET, FFA_VERSION_1_0, true, false},
    {FFA_RUN, FFA_VERSION_1_0, true, false},
    {FFA_MSG_SEND_DIRECT_REQ, FFA_VERSION_1_0, true, true},
    {FFA_MEM_DONATE, FFA_VERSION_1_0, true, true},
    {FFA_MEM_LEND, FFA_VERSION_1_0, true, true},
    {FFA_MEM_SHARE, FFA_VERSION_1_0, true, true},
    {FFA_MEM_RETRIEVE_REQ, FFA_VERSION_1_0, true, true},
    {FFA_NOTIFICATION_BITMAP_CREATE, FFA_VERSION_1_1, true, false},
    {FFA_NOTIFICATION_BITMAP_DESTROY, FFA_VERSION_1_1, true, false},
    {FFA_NOTIFICATION_BIND, FFA_VERSION_1_1, true, false},
    {FFA_NOTIFICATION_UNBIND, FFA_VERSION_1_1, true, false},
    {FFA_NOTIFICATION_SET, FFA_VERSION_1_1, true, false},
    {FFA_NOTIFICATION_GET, FFA_VERSION_1_1, true, false},
    {FFA_NOTIFICATION_INFO_GET, FFA_VERSION_1_1, true, true},
    {FFA_MSG_SEND2, FFA_VERSION_1_1, true, false},
    {FFA_PARTITION_INFO_GET_REGS, FFA_VERSION_1_2, false, true},
    {FFA_MSG_SEND_DIRECT_REQ2, FFA_VERSION_1_2, false, true},
};

/* What is of no use without buffers towards firmware. */
static const uint32_t of_buffers[] = {
    FFA_RXTX_MAP,    FFA_RXTX_UNMAP,  FFA_RX_RELEASE, FFA_PARTITION_INFO_GET,
    FFA_MEM_DONATE,  FFA_MEM_LEND,    FFA_MEM_SHARE,  FFA_MEM_RETRIEVE_REQ,
    FFA_MEM_RECLAIM, FFA_MEM_FRAG_TX, FFA_MSG_SEND2,  FFA_RX_ACQUIRE,
};

static void set(struct ffa *ffa, uint32_t fid, bool offered)
{
	uint32_t n = (fid & 0xffffU) - FFA_FIRST_NUMBER, bit = 1U << n % 32U;
	uint32_t *word = (fid & FFA_64) != 0U ? &ffa->offered64[n / 32U] : &ffa->offered32[n / 32U];

	*word = offered ? *word | bit : *word & ~bit;
}

static void withdraw(struct ffa *ffa, uint32_t fid)
{
	set(ffa, fid, false);
	set(ffa, fid | FFA_64, false);
}

/* FFA_FEATURES(id, input): true and its first word of properties. */
static bool has(struct ffa *ffa, uint32_t id, uint32_t input, uint32_t *properties)
{
	uint64_t x[FFA_REGISTERS] = {FFA_FEATURES, id, input};

	if (ffa_ask(ffa, x).kind != FFA_ANSWERED_SUCCESS)
		return false;
	*properties = (uint32_t)x[2];
	return true;
}

/* Some want to hear that the NS bit is understood, others refuse to hear it. */
static bool has_function(struct ffa *ffa, uint32_t fid, uint32_t *properties)
{
	if ((fid & ~FFA_64) == FFA_MEM_RETRIEVE_REQ && ffa->version >= FFA_VERSION_1_1 &&
	    has(ffa, fid, QUERY_NS_BIT, properties))
		return true;
	return has(ffa, fid, 0, properties);
}

static uint32_t buffer_size(uint32_t properties)
{
	switch (properties & FFA_RXTX_SIZE_MASK) {
	case FFA_RXTX_SIZE_4K:
		return FFA_PAGE;
	case FFA_RXTX_SIZE_16K:
		return 4U * FFA_PAGE;
	case FFA_RXTX_SIZE_64K:
		return 16U * FFA_PAGE;
	default:
		return 0;
	}
}

/*
 * The 64-bit form first, and it decides: not all implementations have both. A maximum of pages that
 * is below the minimum of bytes is no reason to do without.
 */
static void ask(struct ffa *ffa, const struct question *question)
{
	for (unsigned form = 0; form < 2U; form++) {
		uint32_t fid = form == 0U ? question->fid | FFA_64 : question->fid, properties;

		if (!(form == 0U ? question->smc64 : question->smc32) ||
		    !has_function(ffa, fid, &properties))
			continue;
		if (question->fid != FFA_RXTX_MAP) {
			set(ffa, fid, true);
		} else if (ffa->buffer_size == 0U) {
			ffa->buffer_size = buffer_size(properties);
			set(ffa, fid, ffa->buffer_size != 0U);
		}
	}
}

/* A send of memory can be taken back, and sent in pieces; who has one kind has LEND as well. */
static void complete_memory(struct ffa *ffa)
{
	if (ffa_offered(ffa, FFA_MEM_SHARE)) {
		set(ffa, FFA_MEM_LEND,
		    ffa_offered_as(ffa, FFA_MEM_SHARE) || ffa_offered_as(ffa, FFA_MEM_LEND));
		set(ffa, FFA_MEM_LEND | FFA_64,
		    ffa_offered_as(ffa, FFA_MEM_SHARE | FFA_64) ||
			ffa_offered_as(ffa, FFA_MEM_LEND | FFA_64));
	}
	if (ffa_offered(ffa, FFA_MEM_SHARE) || ffa_offered(ffa, FFA_MEM_LEND) ||
	    ffa_offered(ffa, FFA_MEM_DONATE)) {
		set(ffa, FFA_MEM_RECLAIM, true);
		set(ffa, FFA_MEM_FRAG_TX, true);
	}
}

static void complete(struct ffa *ffa)
{
	complete_memory(ffa);
	/* a request that was interrupted goes on by FFA_RUN only */
	if (ffa_offered(ffa, FFA_MSG_SEND_DIRECT_REQ) || ffa_offered(ffa, FFA_MSG_SEND_DIRECT_REQ2))
		set(ffa, FFA_RUN, true);
	/* not listed by all that have it */
	set(ffa, FFA_RX_ACQUIRE, ffa_offered(ffa, FFA_MSG_SEND2));
	if (ffa_offered(ffa, FFA_RXTX_MAP)) {
		set(ffa, FFA_RXTX_UNMAP, true);
		set(ffa, FFA_RX_RELEASE, true);
	}
	/* each of the two serves callers of either */
	ffa->partition_registers = ffa_offered(ffa, FFA_PARTITION_INFO_GET_REGS);
	if (ffa_offered(ffa, FFA_PARTITION_INFO_GET) && ffa->version >= FFA_VERSION_1_2)
		set(ffa, FFA_PARTITION_INFO_GET_REGS | FFA_64, true);
}

static void find_spm(struct ffa *ffa)
{
	uint64_t x[FFA_REGISTERS] = {FFA_SPM_ID_GET};
	uint32_t id;

	if (ffa->version < FFA_VERSION_1_1)
		return;
	/* asked for itself: not all that have it list it */
	if (ffa_ask(ffa, x).kind != FFA_ANSWERED_SUCCESS)
		return;
	id = (uint32_t)x[2] & 0xffffU;
	if ((id & FFA_ID_SECURE) == 0U)
		return; /* no identifier of the other world */
	ffa->spm_id = (uint16_t)id;
	set(ffa, FFA_SPM_ID_GET, true);
}

static void find_interrupt(struct ffa *ffa)
{
	uint32_t interrupt;

	if (ffa->version >= FFA_VERSION_1_1 && has(ffa, FFA_FEATURE_SRI, 0, &interrupt) &&
	    interrupt <= INTERRUPT_LAST)
		ffa->schedule_interrupt = interrupt;
}

void ffa_offer_find(struct ffa *ffa)
{
	for (unsigned i = 0; i < sizeof(questions) / sizeof(questions[0]); i++)
		if (ffa->version >= questions[i].since)
			ask(ffa, &questions[i]);
	complete(ffa);
	find_spm(ffa);
	find_interrupt(ffa);
	if (ffa->buffer_size == 0U)
		ffa_offer_without_buffers(ffa);
}

void ffa_offer_without_buffers(struct ffa *ffa)
{
	ffa->buffer_size = 0;
	for (unsigned i = 0; i < sizeof(of_buffers) / sizeof(of_buffers[0]); i++)
		withdraw(ffa, of_buffers[i]);
	if (!ffa->partition_registers)
		withdraw(ffa, FFA_PARTITION_INFO_GET_REGS);
}

void ffa_offer_without_shadows(struct ffa *ffa)
{
	withdraw(ffa, FFA_MSG_SEND2);
	withdraw(ffa, FFA_RX_ACQUIRE);
}
