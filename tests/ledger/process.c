// SPDX-License-Identifier: Apache-2.0
#include "process.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATIENCE 240U /* seconds */

static struct verdict *verdict;
static const uint32_t *made;

_Noreturn void failure(const char *kind, const char *format, ...)
{
	va_list list;

	snprintf(verdict->kind, sizeof(verdict->kind), "%s", kind);
	va_start(list, format);
	vsnprintf(verdict->text, sizeof(verdict->text), format, list);
	va_end(list);
	verdict->burst = *made;
	_exit(1);
}

/* A build with --coverage keeps its counts in each process; others have no such function. */
void __gcov_dump(void) __attribute__((weak));

_Noreturn static void leave(void)
{
	if (__gcov_dump != NULL)
		__gcov_dump();
	_exit(0);
}

void *process_memory(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED) {
		perror("mmap");
		exit(2);
	}
	return memory;
}

/* How the process ended; a verdict that it could not write itself is written here. */
static bool finish(pid_t child)
{
	int status = 0;

	if (child < 0 || waitpid(child, &status, 0) != child) {
		perror("fork");
		exit(2);
	}
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return true;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 1 && verdict->kind[0] != '\0')
		return false;
	verdict->burst = *made;
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
		snprintf(verdict->kind, sizeof(verdict->kind), "hang");
	else
		snprintf(verdict->kind, sizeof(verdict->kind), "crash");
	snprintf(verdict->text, sizeof(verdict->text), "the process ended with %s %d",
		 WIFSIGNALED(status) ? "signal" : "status",
		 WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
	return false;
}

bool process_run(struct verdict *shared, const uint32_t *count, void (*work)(const void *argument),
		 const void *argument)
{
	pid_t child;

	verdict = shared;
	made = count;
	memset(verdict, 0, sizeof(*verdict));
	fflush(NULL);
	child = fork();
	if (child == 0) {
		alarm(PATIENCE);
		work(argument);
		leave();
	}
	return finish(child);
}
