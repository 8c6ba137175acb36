/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Work in a process of its own: what goes wrong there, crash and endless wait included, becomes a
 * verdict here.
 */
#ifndef PORTCULLIS_LEDGER_PROCESS_H
#define PORTCULLIS_LEDGER_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ledger/failure.h"

struct verdict {
	char kind[16]; /* empty: nothing is wrong */
	char text[500];
	uint32_t burst; /* how many had been made, the one that failed included */
};

/* Memory that is seen by processes and by the one that started them. */
void *process_memory(size_t size);

/*
 * Do `work(argument)` elsewhere; false: see the verdict. `made` counts the bursts. Verdict and
 * count lie in memory that both see.
 */
bool process_run(struct verdict *verdict, const uint32_t *made, void (*work)(const void *argument),
		 const void *argument);

#endif
