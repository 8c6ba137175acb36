/* SPDX-License-Identifier: Apache-2.0 */
/* A universe in which bursts are made and checked, in a process of its own. */
#ifndef PORTCULLIS_LEDGER_SESSION_H
#define PORTCULLIS_LEDGER_SESSION_H

#include <stdint.h>

#include "ledger/process.h"
#include "ledger/script.h"
#include "ledger/statistics.h"

/* How often everything is compared: after so many bursts. */
#define SESSION_FULL 1500U

/* Seen by a process and by the one that started it. */
struct session {
	struct script script; /* what was made, the burst that failed included */
	struct statistics statistics;
	struct verdict verdict;
};

/* Memory for it. */
struct session *session_new(void);

/* The core's own walk objects to planted faults; false: see the verdict. */
bool session_planted(struct session *session);

/* A round of about `calls` drawn calls, all undone in the end; false: see the verdict. */
bool session_round(struct session *session, uint64_t seed, uint64_t calls);

/* The script, with everything compared after each `every` bursts; false: see the verdict. */
bool session_script(struct session *session, const struct script *script, uint32_t every);

#endif
