/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stands in for firmware/sysreg.h, whose include guard it takes: the calling CPU is what border.c
 * says.
 */
#ifndef FIRMWARE_SYSREG_H
#define FIRMWARE_SYSREG_H

unsigned cpu_index(void);

#endif
