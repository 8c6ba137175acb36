/* SPDX-License-Identifier: Apache-2.0 */
/* Where entry.S goes on once memory, stack and the identity map are there. */
#ifndef FIRMWARE_BOOT_H
#define FIRMWARE_BOOT_H

_Noreturn void boot_main(void);
_Noreturn void secondary_main(void);

#endif
