// SPDX-License-Identifier: Apache-2.0
/* Runs a fuzzer's inputs once each, without the fuzzer: to count the lines that they cover. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "script.h"

#define INPUT_MAX (4U << 20)

static void replay(const char *path)
{
	FILE *file = fopen(path, "rb");
	uint8_t *bytes = malloc(INPUT_MAX), *copy;
	size_t size;

	if (file == NULL || bytes == NULL) {
		perror(path);
		exit(2);
	}
	size = fread(bytes, 1, INPUT_MAX, file);
	(void)fclose(file);
	copy = realloc(bytes, size > 0U ? size : 1U);
	(void)LLVMFuzzerTestOneInput(copy, size);
	free(copy);
}

int main(int count, char **folders)
{
	char path[4096];

	for (int i = 1; i < count; i++) {
		DIR *folder = opendir(folders[i]);
		const struct dirent *entry;

		if (folder == NULL) {
			perror(folders[i]);
			return 2;
		}
		while ((entry = readdir(folder)) != NULL) {
			if (entry->d_name[0] == '.')
				continue;
			(void)snprintf(path, sizeof(path), "%s/%s", folders[i], entry->d_name);
			replay(path);
		}
		(void)closedir(folder);
	}
	return 0;
}
