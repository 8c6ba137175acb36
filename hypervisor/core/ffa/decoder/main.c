// SPDX-License-Identifier: Apache-2.0
/*
 * ffa-decode: what FF-A's registers and descriptors say, and the rule that they break. A program
 * for the build machine, and a reader of the library besides the mediator; it lies in the library's
 * folder so that who embeds that has it too.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decoder.h"
#include "output.h"

#define WELL      0
#define MALFORMED 1
#define USAGE     2
#define BYTES_MAX 0x400000U

static const char usage_words[] =
    "usage: ffa-decode [OPTION...] x0=VALUE [x1=VALUE...]\n"
    "       ffa-decode [OPTION...] --kind KIND [HEX...|--file PATH|-]\n";

static _Noreturn void refuse(const char *what, const char *text)
{
	fprintf(stderr, "ffa-decode: %s%s%s\n%s", what, text[0] != '\0' ? ": " : "", text,
		usage_words);
	exit(USAGE);
}

static uint64_t number(const char *text)
{
	char *end;
	unsigned long long value;

	errno = 0;
	value = strtoull(text, &end, 0);
	if (errno != 0 || *end != '\0' || !isdigit((unsigned char)text[0]))
		refuse("no number", text);
	return value;
}

static uint32_t number32(const char *text)
{
	uint64_t value = number(text);

	if (value > UINT32_MAX)
		refuse("more than 32 bits", text);
	return (uint32_t)value;
}

static uint32_t version(const char *text)
{
	if (strlen(text) != 3U || strncmp(text, "1.", 2) != 0 || text[2] < '0' || text[2] > '3')
		refuse("no version from 1.0 to 1.3", text);
	return FFA_VERSION_1_0 + (uint32_t)(text[2] - '0');
}

static uint32_t function(const char *text)
{
	uint32_t fid = isdigit((unsigned char)text[0]) ? number32(text) : decoder_function(text);

	if (decoder_function_name(fid) == NULL)
		refuse("no function of FF-A", text);
	return fid & ~FFA_64;
}

static const struct decoder_kind *kind(const char *text)
{
	for (const struct decoder_kind *one = decoder_kinds; one->name != NULL; one++)
		if (strcmp(one->name, text) == 0)
			return one;
	refuse("no kind", text);
}

static void help(void)
{
	fputs(usage_words, stdout);
	puts("\nkinds:");
	for (const struct decoder_kind *one = decoder_kinds; one->name != NULL; one++)
		printf("  %-18s %s\n", one->name, one->words);
	puts("\noptions:\n"
	     "  --version 1.0|1.1|1.2|1.3  whose layouts (1.2)\n"
	     "  --caller ID                who sends (1)\n"
	     "  --function NAME            of a send: MEM_SHARE, MEM_LEND or MEM_DONATE\n"
	     "  --total BYTES              of all fragments of a descriptor\n"
	     "  --room BYTES               of the buffer that a message lies in\n"
	     "  --stride BYTES             of partition information\n"
	     "  --call NAME                registers are the answer to this call\n"
	     "  --file PATH                bytes of a file (- for standard input)\n"
	     "  --json                     one JSON object\n\n"
	     "exit status: 0 well-formed, 1 a rule is broken, 2 usage");
	exit(WELL);
}

/* ---- bytes ---- */

/* The one that is decoded, and what a file held. */
static struct bytes {
	uint8_t at[BYTES_MAX + 1U];
	size_t size;
} bytes, raw;

static void append(struct bytes *to, const uint8_t *from, size_t size)
{
	if (size > BYTES_MAX - to->size)
		refuse("more bytes than any descriptor has", "");
	memcpy(to->at + to->size, from, size);
	to->size += size;
}

static void append_hex(const char *text)
{
	for (; *text != '\0'; text++) {
		char pair[3] = {text[0], text[1], '\0'};
		uint8_t byte;

		if (isspace((unsigned char)*text) || *text == ':' || *text == ',')
			continue;
		if (!isxdigit((unsigned char)pair[0]) || !isxdigit((unsigned char)pair[1]))
			refuse("no bytes in hexadecimal", text);
		byte = (uint8_t)strtoul(pair, NULL, 16);
		append(&bytes, &byte, 1);
		text++;
	}
}

static bool is_hex(const struct bytes *text)
{
	size_t digits = 0;

	for (size_t i = 0; i < text->size; i++) {
		if (!isxdigit(text->at[i]) && !isspace(text->at[i]))
			return false;
		digits += isxdigit(text->at[i]) ? 1U : 0U;
	}
	return digits != 0U && digits % 2U == 0U;
}

/* The bytes of a file; of one that is hexadecimal digits and blanks alone, what they say. */
static void append_file(const char *path)
{
	FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "rb");
	uint8_t part[4096];
	size_t size;

	raw.size = 0;
	if (file == NULL) {
		fprintf(stderr, "ffa-decode: %s: %s\n", path, strerror(errno));
		exit(USAGE);
	}
	while ((size = fread(part, 1, sizeof(part), file)) != 0U)
		append(&raw, part, size);
	if (ferror(file) != 0)
		refuse("cannot be read", path);
	if (file != stdin)
		(void)fclose(file);
	if (is_hex(&raw)) {
		raw.at[raw.size] = '\0';
		append_hex((const char *)raw.at);
	} else {
		append(&bytes, raw.at, raw.size);
	}
}

/* ---- registers ---- */

/* "x3=0x10", "w3=16": true when it is one. */
static bool take_register(const char *text, uint64_t x[FFA_REGISTERS], bool *given)
{
	const char *value = strchr(text, '=');
	char *end;
	unsigned long n;

	if ((text[0] != 'x' && text[0] != 'w') || value == NULL || !isdigit((unsigned char)text[1]))
		return false;
	n = strtoul(text + 1, &end, 10);
	if (end != value || n >= FFA_REGISTERS)
		refuse("registers are x0 to x17", text);
	x[n] = number(value + 1);
	if (text[0] == 'w')
		x[n] = (uint32_t)x[n];
	*given = *given || n == 0U;
	return true;
}

static int conclude(struct decoder_verdict verdict, bool registers)
{
	const char *code = decoder_error_name(verdict.error);
	const char *place = registers ? "register" : "offset";
	bool well = verdict.error == FFA_OK;

	if (!output_json) {
		if (well)
			puts("well-formed");
		else
			printf("broken: %s (%s %u): %s\n", verdict.rule, place, verdict.offset,
			       code);
		return well ? WELL : MALFORMED;
	}
	output_open("verdict", '{');
	if (well) {
		output_text("result", "ok");
	} else {
		output_text("result", verdict.error == FFA_ABORTED ? "protocol_error" : "error");
		output_text("code", code);
		output_text("rule", verdict.rule);
		output_number(place, verdict.offset, NULL);
	}
	output_close();
	return well ? WELL : MALFORMED;
}

int main(int count, char **words)
{
	struct decoder_setting setting = {
	    .version = FFA_VERSION_1_2,
	    .caller = 1,
	    .function = FFA_MEM_SHARE,
	};
	const struct decoder_kind *chosen = NULL;
	uint64_t x[FFA_REGISTERS] = {0};
	bool registers = false, x0 = false, given = false;
	struct decoder_verdict verdict;
	int status;

	for (int i = 1; i < count; i++) {
		const char *word = words[i];

		if (strcmp(word, "--help") == 0)
			help();
		if (strcmp(word, "--json") == 0) {
			output_json = true;
			continue;
		}
		if (take_register(word, x, &x0)) {
			registers = true;
			continue;
		}
		if (strcmp(word, "-") == 0 || strncmp(word, "--", 2) != 0) {
			if (word[0] == '-')
				append_file(word);
			else
				append_hex(word);
			given = true;
			continue;
		}
		if (i + 1 == count)
			refuse("no such option, or its value is missing", word);
		i++;
		if (strcmp(word, "--version") == 0)
			setting.version = version(words[i]);
		else if (strcmp(word, "--caller") == 0)
			setting.caller = (uint16_t)number32(words[i]);
		else if (strcmp(word, "--function") == 0)
			setting.function = function(words[i]);
		else if (strcmp(word, "--total") == 0)
			setting.total = number32(words[i]);
		else if (strcmp(word, "--room") == 0)
			setting.room = number32(words[i]);
		else if (strcmp(word, "--stride") == 0)
			setting.stride = number32(words[i]);
		else if (strcmp(word, "--call") == 0)
			setting.call = function(words[i]);
		else if (strcmp(word, "--kind") == 0)
			chosen = kind(words[i]);
		else if (strcmp(word, "--file") == 0) {
			append_file(words[i]);
			given = true;
		} else
			refuse("no such option", word);
	}
	if (setting.function != FFA_MEM_SHARE && setting.function != FFA_MEM_LEND &&
	    setting.function != FFA_MEM_DONATE)
		refuse("--function takes MEM_SHARE, MEM_LEND or MEM_DONATE", "");
	if (registers == (given || chosen != NULL) || (registers && !x0))
		refuse("either registers, x0 among them, or bytes of a kind", "");
	if (!registers && chosen == NULL)
		refuse("--kind is missing", "");
	if (!registers && !given)
		append_file("-");
	output_open(NULL, '{');
	if (output_json)
		output_open("decoded", '{');
	verdict = registers ? decoder_registers(&setting, x)
			    : chosen->decode(&setting, bytes.at, (uint32_t)bytes.size);
	if (output_json)
		output_close();
	status = conclude(verdict, registers);
	output_close();
	return status;
}
