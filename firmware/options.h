/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was handed over through QEMU's fw_cfg: opt/portcullis/options (blank-separated words) and
 * opt/portcullis/personality (a compiled rules blob). Read once by the boot CPU, constant
 * afterwards.
 */
#ifndef FIRMWARE_OPTIONS_H
#define FIRMWARE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum idle_choice {
	IDLE_DEFAULT,
	IDLE_NONE,
	IDLE_EAGER
};

struct options {
	uint64_t entry;      /* where non-secure EL2 starts */
	uint64_t image_size; /* bytes that were loaded at `entry`; 0: its Image header says */
	uint64_t keep;     /* TREE_KEPT bytes from here on are told to be the firmware's; 0: none */
	uint64_t console;  /* PL011 of the firmware's own lines */
	bool log_calls;    /* one line for each call */
	bool chosen_linux; /* turn /chosen's modules into bootargs and linux,initrd-* */
	bool crash_halt;   /* after a crash stop instead of powering off */
	enum idle_choice idle; /* idle states in the tree */
};

extern struct options options;

/* Read the options; an unknown word is named on the console and has no effect. */
void options_read(void);

/* Copy the personality into `out`; returns its size, 0 when there is none, SIZE_MAX when too large.
 */
size_t options_read_personality(void *out, size_t size);

#endif
