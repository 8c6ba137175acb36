/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The identity map of EL3, 39-bit addresses, 4 KiB granule:
 *   0x00000000  flash         read-only, executable
 *   0x08000000  devices       secure, so that the GIC shows its secure side
 *   0x0e000000  secure RAM    read-write, never executable
 *   0x40000000  RAM           non-secure; one GiB is enough for the tree, cpu_map_ram() adds others
 * Everything else stays unmapped, so that a stray access ends in a crash report.
 */
#define BLOCK	   0x1
#define TABLE	   0x3
#define NORMAL	   (1 << 2)
#define NON_SECURE (1 << 5)
#define RES1	   (1 << 6)
#define READ_ONLY  (1 << 7)
#define SHAREABLE  (3 << 8)
#define ACCESSED   (1 << 10)
#define NO_EXECUTE (1 << 54)

	.section .data.map, "aw"
	.balign	4096
	.global map_level1
map_level1:
	.quad	map_level2 + TABLE
	.quad	0x40000000 + BLOCK + NORMAL + NON_SECURE + RES1 + SHAREABLE + ACCESSED + NO_EXECUTE
	.fill	510, 8, 0

	.section .rodata.map, "a"
	.balign	4096
map_level2:
	.set	at, 0
	.rept	512
	.if	at < 0x04000000
	.quad	at + BLOCK + NORMAL + RES1 + READ_ONLY + SHAREABLE + ACCESSED
	.elseif	at >= 0x08000000 && at < 0x0e000000
	.quad	at + BLOCK + RES1 + ACCESSED + NO_EXECUTE
	.elseif	at >= 0x0e000000 && at < 0x0f000000
	.quad	at + BLOCK + NORMAL + RES1 + SHAREABLE + ACCESSED + NO_EXECUTE
	.else
	.quad	0
	.endif
	.set	at, at + 0x200000
	.endr
