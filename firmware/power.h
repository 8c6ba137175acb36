/* SPDX-License-Identifier: Apache-2.0 */
/* PSCI (DEN0022): which CPUs run, and how they come and go. */
#ifndef FIRMWARE_POWER_H
#define FIRMWARE_POWER_H

/* Every CPU off but the calling one, the boot CPU. */
void power_init(void);

/* Wait in the pen until CPU_ON names this CPU, then enter the normal world. */
_Noreturn void power_pen(void);

/* Number of CPUs that the tree names. */
unsigned power_cpus(void);

#endif
