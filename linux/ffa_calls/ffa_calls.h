/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * /dev/ffa_calls: memory with physical addresses, and SMC calls with x0 to x17, for tests of
 * what lies below the kernel. mmap() at offset 0 shows the memory.
 */
#ifndef FFA_CALLS_H
#define FFA_CALLS_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define FFA_CALLS_MEMORY_MAX (64U << 20)
#define FFA_CALLS_CHUNK      (2U << 20) /* physically contiguous and aligned to its size */

/* One SMC: registers in and out. */
struct ffa_calls_registers {
	__u64 x[18];
};

/* Physical address of the chunk at `offset` in the memory. */
struct ffa_calls_chunk {
	__u64 offset;
	__u64 address;
};

#define FFA_CALLS_SMC     _IOWR('F', 1, struct ffa_calls_registers)
#define FFA_CALLS_RESERVE _IOW('F', 2, __u64) /* bytes, once for each open file */
#define FFA_CALLS_ADDRESS _IOWR('F', 3, struct ffa_calls_chunk)

#endif
