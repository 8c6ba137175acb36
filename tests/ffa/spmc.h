/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Firmware below the mediator: a secure partition manager that keeps its word, or, where a call of
 * the script says so, tells one of the lies of the catalogue. It knows which pages its partitions
 * can reach, whatever it says.
 */
#ifndef PORTCULLIS_FFA_SPMC_H
#define PORTCULLIS_FFA_SPMC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/ffa.h"

#define SPMC_CPUS         4U
#define SPMC_TRANSACTIONS 512U
#define SPMC_PARTITIONS   3U
#define SPMC_FIRST        0x8001U /* identifiers of partitions */
#define SPMC_LOG          64U     /* answers to one call of the mediator's caller */

enum lie {
	LIE_NONE,
	LIE_REFUSE,       /* an error with a code, and nothing else wrong */
	LIE_UPPER,        /* garbage above w0 (A9) */
	LIE_WIDE,         /* SUCCESS in its 64-bit form (A10) */
	LIE_CODE,         /* FFA_ERROR with 0 or a positive code (A11) */
	LIE_DIRT,         /* an error, with garbage in all other registers (A12) */
	LIE_UNKNOWN,      /* an identifier that is none (C8) */
	LIE_REQUEST,      /* a request instead of an answer (C8) */
	LIE_INTERRUPT,    /* F11 */
	LIE_YIELD,        /* F11 */
	LIE_PAUSE,        /* F10 */
	LIE_OFFSET,       /* MEM_FRAG_RX from where nothing was sent to (F9) */
	LIE_HANDLE,       /* another handle in the middle (F9) */
	LIE_EARLY,        /* SUCCESS before the last fragment (F9) */
	LIE_LATE,         /* MEM_FRAG_RX after it (F9) */
	LIE_HANDLE_TWICE, /* a handle that lives already (M13) */
	LIE_HANDLE_TOP,   /* one of the hypervisor's own (M13) */
	LIE_HANDLE_NONE,  /* the handle that is none */
	LIES,
};

/* How firmware is made. */
struct spmc_shape {
	uint32_t version;
	bool donate, notifications;
	bool aborts;   /* RECLAIM ends a half-sent transaction */
	bool forgives; /* an error in a fragment leaves the transaction as it was */
};

/* What a CPU heard while it was in one call. */
struct spmc_answer {
	uint32_t fid;
	enum model_ffa_outcome outcome;
	bool either; /* UNCLEAR, or GRANTED for who is generous (A10) */
	model_ffa_set code;
	uint64_t handle;
};

struct spmc_log {
	unsigned count, lies;
	struct spmc_answer answer[SPMC_LOG];
	uint64_t message[18]; /* of a direct response, as it was sent */
};

struct spmc_transaction {
	bool used, half, retrieved;
	bool told; /* the mediator knows its handle */
	enum model_ffa_kind kind;
	uint64_t handle, received;
	struct model_ffa_send send;
};

struct spmc {
	struct spmc_shape shape;
	struct model_ffa_world world; /* for the reader of descriptors */
	uint32_t negotiated;
	uint8_t *tx, *rx;
	size_t buffer;
	bool rx_full, bitmap;
	bool registered, acquired; /* the host's buffers; its RX is the mediator's */
	uint64_t bound, next;
	uint32_t *visible; /* of each page: 1 + transaction whose partitions reach it */
	size_t pages;
	struct spmc_transaction transaction[SPMC_TRANSACTIONS];
	struct spmc_log log[SPMC_CPUS];
	struct {
		uint8_t lie, at; /* which of the answers it is */
		uint32_t seed;
	} lie[SPMC_CPUS];
	/* The answer to a call that was paused, for who resumes it. */
	struct {
		bool is;
		uint64_t handle, x[8];
		struct spmc_answer answer;
	} paused[SPMC_CPUS];
	uint64_t lies[LIES]; /* told */
};

/* `visible` has an element for each page that index() knows. */
void spmc_start(struct spmc *spmc, const struct spmc_shape *shape, uint16_t host, uint32_t *visible,
		size_t pages);

/* The CPU begins a call of its own, in which the answer number `at` is a lie. */
void spmc_expect(struct spmc *spmc, unsigned cpu, uint8_t lie, uint8_t at, uint32_t seed);

/* An SMC. */
void spmc_call(struct spmc *spmc, unsigned cpu, uint64_t x[18]);

/* A partition retrieves what the handle names, or relinquishes it. */
void spmc_retrieve(struct spmc *spmc, uint64_t handle, bool retrieved);

/* Index of a page in `visible`, SIZE_MAX: no page of RAM. */
size_t spmc_index(uint64_t address);

/* Firmware is about to give its partitions a page: it must be theirs in the ledger. */
void spmc_reaches(uint64_t address);

#endif
