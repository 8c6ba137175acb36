/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The compiled rules of a personality, as command/personality.py writes them and rules.c reads
 * them. This is the only description of the format; docs/firmware.md describes the language.
 *
 * A header, then seven tables without gaps in the order in which the header counts them (the last
 * one is there with BOOT_SPMC). Every number is little-endian, every table starts at a multiple of
 * 8, every field named `zero` is 0. A table's entry refers to a run of entries of another table by
 * the first one's index and their number.
 */
#ifndef FIRMWARE_RULES_FORMAT_H
#define FIRMWARE_RULES_FORMAT_H

#include <stdint.h>

#define RULES_MAGIC                                                                                \
	"PCRULES1" /* 8 bytes without a terminating zero; the digit is the format's number */
#define RULES_ROOM      65536 /* bytes of the largest blob */
#define RULES_LIMIT     512   /* rules */
#define VARIABLES_LIMIT 64
#define DELAY_LIMIT     60000000U /* microseconds */

struct rules_header {
	uint8_t magic[8];
	uint32_t size; /* of the whole blob in bytes */
	uint16_t variables;
	uint16_t ranges;
	uint16_t conditions;
	uint16_t effects;
	uint16_t steps;
	uint16_t rules;
	uint8_t boot; /* BOOT_* */
	uint8_t ram;  /* the byte that RAM is filled with, 0 without BOOT_FILL_RAM */
	uint16_t zero16;
	uint32_t zero32;
};

#define BOOT_FILL_RAM       0x1 /* everything that nobody loaded gets the byte `ram` */
#define BOOT_FILL_REGISTERS 0x2 /* each start of a CPU finds garbage in its registers */
#define BOOT_SPMC           0x4 /* there is an SPMC, and table 7 */
#define BOOT_ALL            0x7

/* Table 1: the initial values of the variables, uint64_t each. */

/* Table 2: function identifiers, both ends included. */
struct rules_range {
	uint32_t first;
	uint32_t last;
};

enum operand_kind {
	OPERAND_CONSTANT,
	OPERAND_ARGUMENT, /* register `index` as received */
	OPERAND_VARIABLE, /* variable `index` */
	OPERAND_CPU,      /* index of the calling CPU */
	OPERAND_GARBAGE,  /* another number each time that it is read */
	OPERAND_RESULT,   /* register `index` as it goes back so far */
	OPERAND_KINDS,
};

/* A value: bits low + width - 1 .. low of what `kind` names, moved down to bit 0. */
struct rules_operand {
	uint8_t kind;
	uint8_t index; /* 0 for kinds without one */
	uint8_t low;
	uint8_t width; /* 1 .. 64 - low */
	uint32_t zero;
	uint64_t constant; /* 0 for other kinds */
};

enum comparison {
	COMPARE_EQUAL,
	COMPARE_UNEQUAL,
	COMPARE_BELOW,
	COMPARE_NOT_ABOVE,
	COMPARE_ABOVE,
	COMPARE_NOT_BELOW,
	COMPARISONS,
};

/* Table 3: true when `left` compares so with `right`, without signs. */
struct rules_condition {
	struct rules_operand left;
	struct rules_operand right;
	uint8_t comparison;
	uint8_t zero[7];
};

enum effect_target {
	EFFECT_WHOLE, /* all 64 bits of registers first..last of the result */
	EFFECT_WORD,  /* the lower 32 bits; the upper become 0, as a write to a w register does */
	EFFECT_UPPER, /* the upper 32 bits from the value's lower 32; the lower are kept */
	EFFECT_VARIABLE,
	EFFECT_TARGETS,
};

/* Table 4: an assignment; the value is read once for each register of the run. */
struct rules_effect {
	uint8_t target;
	uint8_t first;
	uint8_t last; /* equal to `first` for a variable */
	uint8_t zero8;
	uint32_t zero32;
	struct rules_operand value;
};

enum step_kind {
	STEP_ANSWER, /* the effects are the answer; what they do not name is as received */
	STEP_PASS,   /* the firmware's own function answers; only variables among the effects */
	STEP_HANG,   /* no answer, the CPU stays at EL3 */
	STEP_KINDS,
};

/* Table 5: what one call meets. The delay comes before the answer or the firmware's own function.
 */
struct rules_step {
	uint16_t kind;
	uint16_t effect;
	uint16_t effects;
	uint16_t zero16;
	uint32_t delay_us;
	uint32_t zero32;
};

#define RULE_RETURN  0x1 /* applied to what goes back, STEP_ANSWER only; else it answers a call */
#define RULE_UNKNOWN 0x2 /* only functions that the firmware does not have by itself */
#define RULE_REPEAT  0x4 /* the first step follows the last; else the last one stays */
#define RULE_ALL     0x7

/* Table 6: for calls in the order of the script, the first that fits answers. */
struct rules_rule {
	uint16_t flags;
	uint16_t line; /* of the script, for the call log; 0 when not known */
	uint16_t range;
	uint16_t ranges; /* any of them; at least 1 */
	uint16_t condition;
	uint16_t conditions; /* all of them */
	uint16_t step;
	uint16_t steps; /* at least 1 */
	uint32_t from;  /* of the calls that fit, numbered from 1: the first .. */
	uint32_t to;    /* .. and the last to which the rule applies; UINT32_MAX: no end */
};

/* Table 7: the SPMC's properties, uint64_t each, as spmc_properties.def counts them. */

#endif
