// SPDX-License-Identifier: Apache-2.0
/*
 * Gives memory away and takes it back as the console says, a line at a time: a letter (d donate, r
 * return, s share, u unshare), an address and a number of pages, all hexadecimal; or x and a call's
 * identifier, x1, x2, x3. Whoever types can look at the ledger between two lines. "t" touches pages
 * instead: it reads and writes a word of each, and tells how many of them it could not. "q" ends
 * it.
 * What a debugger cannot read of the CPU it says first.
 */
#include "exception.h"
#include "payload.h"
#include "sysreg.h"

#define MEM_DONATE  0xc6000021UL
#define MEM_SHARE   0xc6000022UL
#define MEM_UNSHARE 0xc6000023UL
#define MEM_RETURN  0xc6000024UL

#define UART_DATA     0x00UL
#define UART_FLAGS    0x18UL
#define UART_RX_EMPTY 0x10U

const char payload_name[] = "donor";

static char read_character(void)
{
	while ((*(volatile uint32_t *)(uintptr_t)(machine.console + UART_FLAGS) & UART_RX_EMPTY) !=
	       0U)
		;
	return (char)*(volatile uint32_t *)(uintptr_t)(machine.console + UART_DATA);
}

static void read_line(char *line, size_t size)
{
	size_t used = 0;

	for (;;) {
		char c = read_character();

		if (c == '\n' || c == '\r')
			break;
		if (used < size - 1U)
			line[used++] = c;
	}
	line[used] = '\0';
}

static uint64_t read_number(const char **at)
{
	uint64_t value = 0;

	while (**at == ' ')
		(*at)++;
	for (; **at != ' ' && **at != '\0'; (*at)++) {
		char c = **at;

		value = value << 4 | (uint64_t)(c <= '9' ? c - '0' : c - 'a' + 10);
	}
	return value;
}

static int64_t call(uint64_t fid, uint64_t base, uint64_t pages, uint64_t state)
{
	register uint64_t x0 __asm__("x0") = fid;
	register uint64_t x1 __asm__("x1") = base;
	register uint64_t x2 __asm__("x2") = pages;
	register uint64_t x3 __asm__("x3") = state;

	__asm__ volatile("hvc #0"
			 : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)::"x4", "x5", "x6", "x7", "x8",
			   "x9", "x10", "x11", "x12", "x13", "x14", "x15", "x16", "x17", "memory");
	return (int64_t)x0;
}

/* Pages that could not be read and written as before. */
static int64_t touch(uint64_t base, uint64_t pages)
{
	int64_t failed = 0;

	for (uint64_t at = base; at < base + pages * MACHINE_PAGE; at += MACHINE_PAGE) {
		uint64_t value;

		if (!try_read64(at, &value) || !try_write64(at, value))
			failed++;
	}
	return failed;
}

void payload_main(void)
{
	char line[64];

	say("MIDR_EL1=0x%llx MPIDR_EL1=0x%llx ID_AA64PFR0_EL1=0x%llx",
	    (unsigned long long)sysreg_read(midr_el1), (unsigned long long)sysreg_read(mpidr_el1),
	    (unsigned long long)sysreg_read(id_aa64pfr0_el1));
	say("ready");
	for (;;) {
		const char *at = line + 1;
		uint64_t base, pages, fid = 0, state;

		read_line(line, sizeof(line));
		switch (line[0]) {
		case 'd':
			fid = MEM_DONATE;
			break;
		case 'r':
			fid = MEM_RETURN;
			break;
		case 's':
			fid = MEM_SHARE;
			break;
		case 'u':
			fid = MEM_UNSHARE;
			break;
		case 'x':
			fid = read_number(&at);
			break;
		case 't':
			break;
		case 'q':
			say("done");
			return;
		default:
			continue;
		}
		base = read_number(&at);
		pages = read_number(&at);
		state = read_number(&at);
		say("%c 0x%llx %llu: %lld", line[0], (unsigned long long)base,
		    (unsigned long long)pages,
		    (long long)(line[0] == 't' ? touch(base, pages)
					       : call(fid, base, pages, state)));
	}
}
