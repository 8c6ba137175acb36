/* SPDX-License-Identifier: Apache-2.0 */
/* How the driver ends when something is wrong. */
#ifndef PORTCULLIS_LEDGER_FAILURE_H
#define PORTCULLIS_LEDGER_FAILURE_H

/* `kind` is a word that stays the same while a failing sequence is made shorter. */
_Noreturn void failure(const char *kind, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
