/* SPDX-License-Identifier: Apache-2.0 */
/* Memory of ours that attacks give to the hypervisor, aim at, and take back. */
#ifndef ATTACKER_GIVEN_H
#define ATTACKER_GIVEN_H

#include <stdbool.h>
#include <stdint.h>

#define MEM_DONATE  0xc6000021UL
#define MEM_SHARE   0xc6000022UL
#define MEM_UNSHARE 0xc6000023UL
#define MEM_RETURN  0xc6000024UL

#define GIVEN_SUCCESS   0L
#define GIVEN_DENIED    (-3L)
#define GIVEN_NO_MEMORY (-4L)

/* Page `index`, 0 to 511, of 2 MiB that nothing else here uses; 0 when there is no room. */
uint64_t given_page(unsigned index);

/* A call about `pages` pages by HVC; x0 of the answer. Invariant I4 is checked. */
int64_t given_call(uint64_t fid, uint64_t base, uint64_t pages);

/* The same from any CPU, without that. */
int64_t given_plain(uint64_t fid, uint64_t base, uint64_t pages);

/* Fill the page with zeroes and give it away. False, and told as broken, when that is refused. */
bool given_donate(uint64_t page);

/* Take it back; how many of its doublewords are no longer zero. */
unsigned given_return(uint64_t page);

/* Can this page be read now? */
bool given_readable(uint64_t page);

#endif
