// SPDX-License-Identifier: Apache-2.0
#include "options.h"

#include <string.h>

#include "console.h"
#include "platform.h"
#include "sysreg.h"

/* fw_cfg by its data register (QEMU docs/specs/fw_cfg.rst); its DMA does not reach secure RAM. */
enum {
	FW_CFG_DATA = 0x0,
	FW_CFG_SELECTOR = 0x8,
	FW_CFG_SIGNATURE = 0x0,
	FW_CFG_DIRECTORY = 0x19,
	FW_CFG_NAME = 56,
	OPTIONS_TEXT = 1024,
};

struct options options = {
    .entry = 0x40200000,
    .console = PLATFORM_UART,
};

static void fw_cfg_select(uint16_t item)
{
	*(volatile uint16_t *)(uintptr_t)(PLATFORM_FW_CFG + FW_CFG_SELECTOR) =
	    (uint16_t)(item << 8 | item >> 8);
}

static void fw_cfg_read(void *out, size_t size)
{
	unsigned char *to = out;

	while (size-- > 0)
		*to++ = *(volatile unsigned char *)(uintptr_t)(PLATFORM_FW_CFG + FW_CFG_DATA);
}

static uint32_t fw_cfg_read_be32(void)
{
	unsigned char b[4];

	fw_cfg_read(b, sizeof(b));
	return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

/* Select the file of that name and return its size; 0 when it is absent or empty. */
static uint32_t fw_cfg_open(const char *name)
{
	char signature[4];
	uint32_t count;

	fw_cfg_select(FW_CFG_SIGNATURE);
	fw_cfg_read(signature, sizeof(signature));
	if (memcmp(signature, "QEMU", 4) != 0)
		return 0;
	fw_cfg_select(FW_CFG_DIRECTORY);
	count = fw_cfg_read_be32();
	for (uint32_t i = 0; i < count; i++) {
		uint32_t size = fw_cfg_read_be32();
		uint32_t select = fw_cfg_read_be32() >> 16;
		char file[FW_CFG_NAME];

		fw_cfg_read(file, sizeof(file));
		file[FW_CFG_NAME - 1] = '\0';
		if (strcmp(file, name) == 0) {
			fw_cfg_select((uint16_t)select);
			return size;
		}
	}
	return 0;
}

/* A number with or without 0x; false unless all of `text` belongs to it. */
static bool parse_number(const char *text, uint64_t *value)
{
	uint64_t base = 10;

	*value = 0;
	if (text[0] == '0' && text[1] == 'x') {
		base = 16;
		text += 2;
	}
	if (*text == '\0')
		return false;
	for (; *text != '\0'; text++) {
		uint64_t digit;

		if (*text >= '0' && *text <= '9')
			digit = (uint64_t)(*text - '0');
		else if (*text >= 'a' && *text <= 'f')
			digit = (uint64_t)(*text - 'a') + 10;
		else
			return false;
		if (digit >= base || *value > (UINT64_MAX - digit) / base)
			return false;
		*value = *value * base + digit;
	}
	return true;
}

static bool apply(const char *word)
{
	if (strncmp(word, "entry=", 6) == 0)
		return parse_number(word + 6, &options.entry) && options.entry % 4 == 0;
	if (strncmp(word, "image=", 6) == 0)
		return parse_number(word + 6, &options.image_size);
	if (strncmp(word, "keep=", 5) == 0)
		return parse_number(word + 5, &options.keep) && options.keep % 4096 == 0;
	if (strcmp(word, "console=secure") == 0)
		options.console = PLATFORM_SECURE_UART;
	else if (strcmp(word, "log=calls") == 0)
		options.log_calls = true;
	else if (strcmp(word, "chosen=linux") == 0)
		options.chosen_linux = true;
	else if (strcmp(word, "crash=halt") == 0)
		options.crash_halt = true;
	else if (strcmp(word, "idle=none") == 0)
		options.idle = IDLE_NONE;
	else if (strcmp(word, "idle=eager") == 0)
		options.idle = IDLE_EAGER;
	else
		return false;
	return true;
}

void options_read(void)
{
	static char text[OPTIONS_TEXT];
	uint32_t size = fw_cfg_open("opt/portcullis/options");
	size_t length = size < sizeof(text) - 1 ? size : sizeof(text) - 1;

	fw_cfg_read(text, length);
	text[length] = '\0';
	console_init(options.console);
	for (char *word = text; *word != '\0';) {
		char *end = word;
		bool last;

		while (*end != '\0' && *end != ' ')
			end++;
		last = *end == '\0';
		*end = '\0';
		if (word != end && !apply(word))
			console_line("option '%s' is not known or has a bad value, ignored", word);
		word = last ? end : end + 1;
	}
	console_init(options.console);
}

size_t options_read_personality(void *out, size_t size)
{
	uint32_t length = fw_cfg_open("opt/portcullis/personality");

	if (length > size)
		return SIZE_MAX;
	fw_cfg_read(out, length);
	return length;
}
