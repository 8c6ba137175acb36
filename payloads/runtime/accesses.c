// SPDX-License-Identifier: Apache-2.0
#include "accesses.h"

#include "random.h"

const struct access accesses[] = {
#define ACCESS(name, feature, kind, size) {#name, access_##name, feature, kind, size},
#include "accesses.def"
#undef ACCESS
};
const unsigned access_count = sizeof(accesses) / sizeof(accesses[0]);

struct outcome access_try(access_function *function, uint64_t address)
{
	struct outcome outcome = {.canary = random_word()};

	exception_expect();
	outcome.result = function(address, outcome.canary);
	outcome.count = exception_end(&outcome.taken);
	return outcome;
}

struct outcome access_execute(uint64_t address)
{
	struct outcome outcome = {0};

	(void)try_execute(address);
	outcome.count = exception_end(&outcome.taken);
	return outcome;
}
