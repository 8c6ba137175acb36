/* SPDX-License-Identifier: Apache-2.0 */
/*
 * System calls of Linux on arm64, for programs without a C library: none is packaged for linking
 * arm64 programs on the machine that builds. Numbers as in include/uapi/asm-generic/unistd.h.
 */
#ifndef SCENARIOS_SYSTEM_CALL_H
#define SCENARIOS_SYSTEM_CALL_H

#define SYS_IOCTL      29L
#define SYS_MKDIRAT    34L
#define SYS_MOUNT      40L
#define SYS_FACCESSAT  48L
#define SYS_OPENAT     56L
#define SYS_CLOSE      57L
#define SYS_LSEEK      62L
#define SYS_READ       63L
#define SYS_WRITE      64L
#define SYS_SYNC       81L
#define SYS_EXIT_GROUP 94L
#define SYS_KEXEC_LOAD 104L
#define SYS_REBOOT     142L
#define SYS_MUNMAP     215L
#define SYS_CLONE      220L
#define SYS_MMAP       222L
#define SYS_WAIT4      260L

#define AT_FDCWD (-100L)

/* What it returns; an error is the negative of its number. */
static inline long system_call(long number, long a, long b, long c, long d, long e, long f)
{
	register long x8 __asm__("x8") = number;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	register long x4 __asm__("x4") = e;
	register long x5 __asm__("x5") = f;

	__asm__ volatile("svc #0"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
			 : "memory");
	return x0;
}

/* A whole string to an open file. */
static inline void write_text(long file, const char *text)
{
	long length = 0;

	while (text[length] != '\0')
		length++;
	(void)system_call(SYS_WRITE, file, (long)text, length, 0, 0, 0);
}

#endif
