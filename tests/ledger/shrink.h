/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PORTCULLIS_LEDGER_SHRINK_H
#define PORTCULLIS_LEDGER_SHRINK_H

#include "ledger/session.h"

/*
 * Make the session's script, which failed, as short as can be had in `seconds`: it still fails, in
 * the same kind. The result and its verdict stand in the session.
 */
void shrink(struct session *session, unsigned seconds);

#endif
