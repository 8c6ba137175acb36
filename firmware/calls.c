// SPDX-License-Identifier: Apache-2.0
#include "calls.h"

#include <string.h>

#include "console.h"
#include "core/log/log.h"
#include "options.h"
#include "rules.h"
#include "spmc.h"
#include "sysreg.h"

#define FUNCTION_FAST 0x80000000U
#define FUNCTION_64   0x40000000U
#define FUNCTION_HINT 0x00010000U

struct call_name {
	uint32_t function;
	const char *text;
};

static const struct call_name names[] = {
#define CALL(number, name) {(number), #name},
#include "calls.def"
#undef CALL
};

static const char *name_of(uint32_t function)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (names[i].function == function)
			return names[i].text;
	}
	return NULL;
}

uint64_t call_argument(const struct call *call, unsigned n)
{
	uint64_t value = call->argument[n];

	return (call->function & FUNCTION_64) != 0 ? value : (uint32_t)value;
}

void call_status(struct call *call, int32_t status)
{
	call->result[0] = (uint64_t)(int64_t)status;
}

static const struct service *find(uint32_t function)
{
	const struct {
		const struct service *list;
		size_t count;
	} tables[] = {
	    {psci_services, psci_service_count},
	    {arch_services, arch_service_count},
	    {trng_services, trng_service_count},
	};

	for (size_t t = 0; t < sizeof(tables) / sizeof(tables[0]); t++) {
		for (size_t i = 0; i < tables[t].count; i++) {
			if (tables[t].list[i].function == function)
				return &tables[t].list[i];
		}
	}
	return NULL;
}

bool call_known(uint32_t function)
{
	return find(function) != NULL || spmc_knows(function);
}

void call_serve(struct call *call)
{
	const struct service *service = find(call->function);

	/* DEN0028 2.9: the immediate must be 0; calls with another are nobody's. */
	if (call->immediate != 0 || (service == NULL && !spmc_serve(call)))
		call_status(call, SMCCC_NOT_SUPPORTED);
	else if (service != NULL)
		service->handler(call);
}

/* " xN=value" for each register that `wanted` selects. */
static size_t add_registers(char *out, size_t size, const uint64_t *values, uint32_t wanted)
{
	size_t used = 0;

	for (unsigned i = 0; i < CALL_REGISTERS; i++) {
		if ((wanted >> i & 1U) != 0)
			used += log_format(out + used, size - used, " x%u=0x%llx", i,
					   (unsigned long long)values[i]);
	}
	return used;
}

/* FF-A has 64-bit calls with arguments up to x17; for all others the last register is x7. */
static unsigned arguments_of(uint32_t function)
{
	return function >= 0xc4000060U && function <= 0xc40000ffU ? CALL_REGISTERS : 8;
}

static bool is_ffa(uint32_t function)
{
	return (function & ~(FUNCTION_64 | 0xffU)) == 0x84000000U && (function & 0xffU) >= 0x60U;
}

/* What an FF-A call brought back, in words: the function in w0, and which error it is. */
static void add_words(char *out, size_t size, const struct call *call)
{
	static const char *const errors[] = {"?",         "NOT_SUPPORTED", "INVALID_PARAMETERS",
					     "NO_MEMORY", "BUSY",          "INTERRUPTED",
					     "DENIED",    "RETRY",         "ABORTED",
					     "NO_DATA",   "NOT_READY"};
	uint32_t w0 = (uint32_t)call->result[0];
	const char *name = is_ffa(w0) ? name_of(w0 & ~FUNCTION_64) : NULL;
	uint32_t code = 0U - (uint32_t)call->result[2];

	if (!is_ffa(call->function) || w0 == (uint32_t)call->argument[0] || name == NULL)
		return;
	if (strcmp(name, "FFA_ERROR") == 0)
		(void)log_format(out, size, " %s %s", name,
				 errors[code < sizeof(errors) / sizeof(errors[0]) ? code : 0]);
	else
		(void)log_format(out, size, " %s", name);
}

/* Arguments up to the last that is not 0; results: x0 and what differs from the arguments. */
static void write_log(const struct call *call, bool returns)
{
	char text[CONSOLE_LINE - 64];
	char rule[24] = "";
	const char *name = name_of(call->function);
	uint32_t arguments = 3;
	uint32_t results = 1;
	size_t used;

	for (unsigned i = 2; i < arguments_of(call->function); i++) {
		if (call->argument[i] != 0)
			arguments = (2U << i) - 1U;
	}
	for (unsigned i = 1; i < CALL_REGISTERS; i++) {
		if (call->result[i] != call->argument[i])
			results |= 1U << i;
	}
	used = name != NULL
		   ? log_format(text, sizeof(text), "call cpu%u %s", call->cpu, name)
		   : log_format(text, sizeof(text), "call cpu%u 0x%08x", call->cpu, call->function);
	if (call->immediate != 0)
		used += log_format(text + used, sizeof(text) - used, " #%u", call->immediate);
	used += add_registers(text + used, sizeof(text) - used, call->argument, arguments);
	used += log_format(text + used, sizeof(text) - used, returns ? " ->" : " -> no return");
	if (returns) {
		used += add_registers(text + used, sizeof(text) - used, call->result, results);
		add_words(text + used, sizeof(text) - used, call);
	}
	if (call->line != 0)
		(void)log_format(rule, sizeof(rule), " (line %u)", call->line);
	console_line("%s%s", text, rule);
}

void call_leaves(const struct call *call)
{
	if (options.log_calls)
		write_log(call, false);
}

void call_handle(struct frame *frame, uint16_t immediate)
{
	struct call call;
	uint32_t w0 = (uint32_t)frame->x[0];

	memcpy(call.argument, frame->x, sizeof(call.argument));
	memcpy(call.result, frame->x, sizeof(call.result));
	call.function = (w0 & FUNCTION_FAST) != 0 ? w0 & ~FUNCTION_HINT : w0;
	call.immediate = immediate;
	call.line = 0;
	call.cpu = cpu_index();
	if (!rules_answer(&call))
		call_serve(&call);
	rules_return(&call);
	if (options.log_calls)
		write_log(&call, true);
	memcpy(frame->x, call.result, sizeof(call.result));
}
