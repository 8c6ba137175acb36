/* SPDX-License-Identifier: Apache-2.0 */
/* The part of the boot report that speaks of the CPU. Boot CPU, once. */
#ifndef PORTCULLIS_REPORT_H
#define PORTCULLIS_REPORT_H

/* Exception level, CPU, features used for the host and by the hypervisor, registers of each kind.
 */
struct stage2;
void report_cpu(const struct stage2 *stage2);

#endif
