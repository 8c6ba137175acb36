// SPDX-License-Identifier: Apache-2.0
/* Registers: calls, and answers to them. What a register holds is a table; what it may hold
 * follows. */
#include <string.h>
#include <strings.h>

#include "decoder.h"
#include "output.h"

enum form {
	HEX,   /* `width` bits of a word from bit `shift` on */
	COUNT, /* the same, as decimal number */
	FLAG,  /* one bit */
	PAIR,  /* two words, low and high */
	WIDE,  /* the register in the width of the call */
	UUID32,
	UUID64,
	PAYLOAD, /* from here to register `width`, in the width of the call */
	TEXT,    /* as many characters as the register in front says */
};

struct field {
	const char *name;
	uint8_t reg;
	enum form form;
	uint8_t shift, width;
};

#define FIELDS 6

struct function {
	uint32_t fid;
	const char *name;
	struct field field[FIELDS];
};

#define SENDER_RECEIVER {"sender", 1, HEX, 16, 16}, {"receiver", 1, HEX, 0, 16}
#define TARGET          {"endpoint", 1, HEX, 16, 16}, {"vcpu", 1, COUNT, 0, 16}
#define MESSAGE(last)                                                                              \
	{"source", 1, HEX, 16, 16}, {"destination", 1, HEX, 0, 16}, {"framework", 2, FLAG, 31, 1}, \
	{                                                                                          \
		"payload", 3, PAYLOAD, 0, last                                                     \
	}
#define MESSAGE2                                                                                   \
	{"source", 1, HEX, 16, 16}, {"destination", 1, HEX, 0, 16}, {"uuid", 2, UUID64, 0, 0},     \
	    {"payload", 4, PAYLOAD, 0, 17}
#define FRAGMENTS                                                                                  \
	{"total_length", 1, COUNT, 0, 32}, {"fragment_length", 2, COUNT, 0, 32},                   \
	    {"address", 3, WIDE, 0, 0}, {"pages", 4, COUNT, 0, 32}

static const struct function functions[] = {
    {FFA_ERROR, "FFA_ERROR", {{0}}},
    {FFA_SUCCESS, "FFA_SUCCESS", {{0}}},
    {FFA_INTERRUPT, "FFA_INTERRUPT", {TARGET, {"interrupt", 2, COUNT, 0, 32}}},
    {FFA_VERSION, "FFA_VERSION", {{"major", 1, COUNT, 16, 15}, {"minor", 1, COUNT, 0, 16}}},
    {FFA_FEATURES, "FFA_FEATURES", {{"query", 1, HEX, 0, 32}, {"properties", 2, HEX, 0, 32}}},
    {FFA_RX_RELEASE, "FFA_RX_RELEASE", {{"vm", 1, HEX, 0, 16}}},
    {FFA_RXTX_MAP,
     "FFA_RXTX_MAP",
     {{"tx", 1, WIDE, 0, 0}, {"rx", 2, WIDE, 0, 0}, {"pages", 3, COUNT, 0, 6}}},
    {FFA_RXTX_UNMAP, "FFA_RXTX_UNMAP", {{"vm", 1, HEX, 16, 16}}},
    {FFA_PARTITION_INFO_GET,
     "FFA_PARTITION_INFO_GET",
     {{"uuid", 1, UUID32, 0, 0}, {"flags", 5, HEX, 0, 32}}},
    {FFA_ID_GET, "FFA_ID_GET", {{0}}},
    {FFA_MSG_POLL, "FFA_MSG_POLL", {{0}}},
    {FFA_MSG_WAIT, "FFA_MSG_WAIT", {{"retain_rx", 2, FLAG, 0, 1}}},
    {FFA_YIELD, "FFA_YIELD", {TARGET, {"timeout", 2, PAIR, 0, 0}}},
    {FFA_RUN, "FFA_RUN", {TARGET}},
    {FFA_MSG_SEND, "FFA_MSG_SEND", {SENDER_RECEIVER, {"size", 3, COUNT, 0, 32}}},
    {FFA_MSG_SEND_DIRECT_REQ, "FFA_MSG_SEND_DIRECT_REQ", {MESSAGE(7)}},
    {FFA_MSG_SEND_DIRECT_RESP, "FFA_MSG_SEND_DIRECT_RESP", {MESSAGE(7)}},
    {FFA_MEM_DONATE, "FFA_MEM_DONATE", {FRAGMENTS}},
    {FFA_MEM_LEND, "FFA_MEM_LEND", {FRAGMENTS}},
    {FFA_MEM_SHARE, "FFA_MEM_SHARE", {FRAGMENTS}},
    {FFA_MEM_RETRIEVE_REQ, "FFA_MEM_RETRIEVE_REQ", {FRAGMENTS}},
    {FFA_MEM_RETRIEVE_RESP,
     "FFA_MEM_RETRIEVE_RESP",
     {{"total_length", 1, COUNT, 0, 32}, {"fragment_length", 2, COUNT, 0, 32}}},
    {FFA_MEM_RELINQUISH, "FFA_MEM_RELINQUISH", {{0}}},
    {FFA_MEM_RECLAIM, "FFA_MEM_RECLAIM", {{"handle", 1, PAIR, 0, 0}, {"flags", 3, HEX, 0, 32}}},
    {FFA_MEM_OP_PAUSE, "FFA_MEM_OP_PAUSE", {{"handle", 1, PAIR, 0, 0}}},
    {FFA_MEM_OP_RESUME, "FFA_MEM_OP_RESUME", {{"handle", 1, PAIR, 0, 0}}},
    {FFA_MEM_FRAG_RX,
     "FFA_MEM_FRAG_RX",
     {{"handle", 1, PAIR, 0, 0}, {"offset", 3, COUNT, 0, 32}, {"sender", 4, HEX, 16, 16}}},
    {FFA_MEM_FRAG_TX,
     "FFA_MEM_FRAG_TX",
     {{"handle", 1, PAIR, 0, 0}, {"length", 3, COUNT, 0, 32}, {"sender", 4, HEX, 16, 16}}},
    {FFA_NORMAL_WORLD_RESUME, "FFA_NORMAL_WORLD_RESUME", {{0}}},
    {FFA_NOTIFICATION_BITMAP_CREATE,
     "FFA_NOTIFICATION_BITMAP_CREATE",
     {{"vm", 1, HEX, 0, 16}, {"vcpus", 2, COUNT, 0, 32}}},
    {FFA_NOTIFICATION_BITMAP_DESTROY, "FFA_NOTIFICATION_BITMAP_DESTROY", {{"vm", 1, HEX, 0, 16}}},
    {FFA_NOTIFICATION_BIND,
     "FFA_NOTIFICATION_BIND",
     {SENDER_RECEIVER, {"flags", 2, HEX, 0, 32}, {"bitmap", 3, PAIR, 0, 0}}},
    {FFA_NOTIFICATION_UNBIND,
     "FFA_NOTIFICATION_UNBIND",
     {SENDER_RECEIVER, {"bitmap", 3, PAIR, 0, 0}}},
    {FFA_NOTIFICATION_SET,
     "FFA_NOTIFICATION_SET",
     {SENDER_RECEIVER, {"flags", 2, HEX, 0, 32}, {"bitmap", 3, PAIR, 0, 0}}},
    {FFA_NOTIFICATION_GET,
     "FFA_NOTIFICATION_GET",
     {{"vcpu", 1, COUNT, 16, 16}, {"receiver", 1, HEX, 0, 16}, {"flags", 2, HEX, 0, 32}}},
    {FFA_NOTIFICATION_INFO_GET, "FFA_NOTIFICATION_INFO_GET", {{0}}},
    {FFA_RX_ACQUIRE, "FFA_RX_ACQUIRE", {{"vm", 1, HEX, 0, 16}}},
    {FFA_SPM_ID_GET, "FFA_SPM_ID_GET", {{0}}},
    {FFA_MSG_SEND2, "FFA_MSG_SEND2", {{"sender_vm", 1, HEX, 16, 16}, {"flags", 2, HEX, 0, 32}}},
    {FFA_SECONDARY_EP_REGISTER, "FFA_SECONDARY_EP_REGISTER", {{"entry", 1, WIDE, 0, 0}}},
    {FFA_MEM_PERM_GET,
     "FFA_MEM_PERM_GET",
     {{"base", 1, WIDE, 0, 0}, {"pages_less_one", 2, COUNT, 0, 32}}},
    {FFA_MEM_PERM_SET,
     "FFA_MEM_PERM_SET",
     {{"base", 1, WIDE, 0, 0}, {"pages", 2, COUNT, 0, 32}, {"permissions", 3, HEX, 0, 32}}},
    {FFA_CONSOLE_LOG, "FFA_CONSOLE_LOG", {{"count", 1, COUNT, 0, 8}, {"text", 2, TEXT, 0, 0}}},
    {FFA_PARTITION_INFO_GET_REGS,
     "FFA_PARTITION_INFO_GET_REGS",
     {{"uuid", 1, UUID64, 0, 0}, {"start", 3, COUNT, 0, 16}, {"tag", 3, HEX, 16, 16}}},
    {FFA_EL3_INTR_HANDLE, "FFA_EL3_INTR_HANDLE", {{0}}},
    {FFA_MSG_SEND_DIRECT_REQ2, "FFA_MSG_SEND_DIRECT_REQ2", {MESSAGE2}},
    {FFA_MSG_SEND_DIRECT_RESP2, "FFA_MSG_SEND_DIRECT_RESP2", {MESSAGE2}},
};

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static const struct function *find(uint32_t fid)
{
	for (size_t i = 0; i < COUNT_OF(functions); i++)
		if (functions[i].fid == (fid & ~(FFA_64 | FFA_HINT)))
			return &functions[i];
	return NULL;
}

const char *decoder_function_name(uint32_t fid)
{
	const struct function *function = find(fid);

	return function != NULL ? function->name : NULL;
}

uint32_t decoder_function(const char *name)
{
	for (size_t i = 0; i < COUNT_OF(functions); i++)
		if (strcasecmp(functions[i].name, name) == 0 ||
		    strcasecmp(functions[i].name + strlen("FFA_"), name) == 0)
			return functions[i].fid;
	return 0;
}

const char *decoder_error_name(enum ffa_error error)
{
	static const char *const names[] = {
	    "OK",        "NOT_SUPPORTED", "INVALID_PARAMETERS",
	    "NO_MEMORY", "BUSY",          "INTERRUPTED",
	    "DENIED",    "RETRY",         "ABORTED",
	    "NO_DATA",   "NOT_READY",
	};

	return error <= 0 && error > -(int)COUNT_OF(names) ? names[-(int)error] : NULL;
}

static uint64_t word(const uint64_t x[FFA_REGISTERS], unsigned n)
{
	return (uint32_t)x[n];
}

static void field_show(const struct field *field, const uint64_t x[FFA_REGISTERS], bool wide)
{
	uint64_t part = word(x, field->reg) >> field->shift & ((1ULL << field->width) - 1U);
	uint32_t uuid[4];
	uint8_t text[129] = {0};
	size_t each = wide ? 8U : 4U, room;

	switch (field->form) {
	case HEX:
		output_hex(field->name, part, NULL);
		return;
	case COUNT:
		output_number(field->name, part, NULL);
		return;
	case FLAG:
		output_bool(field->name, part != 0U);
		return;
	case PAIR:
		output_hex(field->name, word(x, field->reg) | word(x, field->reg + 1U) << 32, NULL);
		return;
	case WIDE:
		output_hex(field->name, wide ? x[field->reg] : word(x, field->reg), NULL);
		return;
	case UUID32:
		for (unsigned n = 0; n < 4U; n++)
			uuid[n] = (uint32_t)x[field->reg + n];
		output_uuid(field->name, (const uint8_t *)uuid, NULL);
		return;
	case UUID64:
		output_uuid(field->name, (const uint8_t *)&x[field->reg], NULL);
		return;
	case PAYLOAD:
		output_open(field->name, '(');
		for (unsigned n = field->reg; n <= field->width; n++)
			output_hex(NULL, wide ? x[n] : word(x, n), NULL);
		output_close();
		return;
	case TEXT:
		room = word(x, field->reg - 1U) & 0xffU;
		for (size_t n = 0; n < room && n < 128U && field->reg + n / each < FFA_REGISTERS;
		     n++)
			text[n] = (uint8_t)(x[field->reg + n / each] >> 8U * (n % each));
		output_text(field->name, (const char *)text);
		return;
	}
}

static void fields_show(const struct function *function, const uint64_t x[FFA_REGISTERS], bool wide)
{
	for (size_t i = 0; i < FIELDS && function->field[i].name != NULL; i++)
		field_show(&function->field[i], x, wide);
}

/* ---- calls ---- */

static struct decoder_verdict invalid(const char *rule, uint32_t reg)
{
	return decoder_broken(FFA_INVALID_PARAMETERS, rule, reg);
}

static struct decoder_verdict judge_map(const uint64_t x[FFA_REGISTERS], bool wide)
{
	uint64_t tx = wide ? x[1] : word(x, 1), rx = wide ? x[2] : word(x, 2);
	uint64_t pages = word(x, 3) & FFA_RXTX_PAGES_MASK, size = pages * FFA_PAGE;

	if (word(x, 3) != pages)
		return invalid("reserved bits above the number of pages", 3);
	if (pages == 0U)
		return invalid("buffers of no pages", 3);
	if (tx % FFA_PAGE != 0U || rx % FFA_PAGE != 0U)
		return invalid("an address that is not aligned to a page",
			       tx % FFA_PAGE != 0U ? 1 : 2);
	if (tx - rx < size || rx - tx < size)
		return invalid("RX and TX overlap", 2);
	return decoder_fine();
}

/* The rules that the registers of a call alone can break, for an endpoint as caller. */
static struct decoder_verdict judge_call(const struct decoder_setting *setting,
					 const uint64_t x[FFA_REGISTERS], bool wide)
{
	uint32_t number = (uint32_t)x[0] & ~(FFA_64 | FFA_HINT), sender = (uint32_t)x[1] >> 16;
	uint64_t room = !wide ? 24U : setting->version < FFA_VERSION_1_2 ? 48U : 128U;

	switch (number) {
	case FFA_VERSION:
		if (word(x, 1) >> 31 != 0U)
			return decoder_broken(FFA_NOT_SUPPORTED, "bit 31 of a version is zero", 1);
		break;
	case FFA_RXTX_MAP:
		return judge_map(x, wide);
	case FFA_RXTX_UNMAP:
		if (word(x, 1) != 0U)
			return invalid("an endpoint's identifier, which only a hypervisor gives",
				       1);
		break;
	case FFA_PARTITION_INFO_GET:
		if ((word(x, 5) & ~(uint64_t)FFA_PARTITION_COUNT_ONLY) != 0U)
			return invalid("flags that this call does not take", 5);
		break;
	case FFA_PARTITION_INFO_GET_REGS:
		if ((x[3] & 0xffffU) == 0U && (x[3] >> 16 & 0xffffU) != 0U)
			return invalid("a list is begun without a tag", 3);
		break;
	case FFA_MSG_SEND_DIRECT_REQ:
		if ((word(x, 2) & FFA_MESSAGE_FRAMEWORK) != 0U)
			return invalid("a framework message of an endpoint", 2);
		if (word(x, 2) != 0U)
			return invalid("flags of a message between partitions", 2);
		__attribute__((fallthrough));
	case FFA_MSG_SEND_DIRECT_REQ2:
		if (sender != setting->caller)
			return invalid("the source is not the caller", 1);
		if (sender == (word(x, 1) & 0xffffU))
			return invalid("the destination is the source", 1);
		break;
	case FFA_MEM_DONATE:
	case FFA_MEM_LEND:
	case FFA_MEM_SHARE:
		if (word(x, 2) > word(x, 1) || word(x, 2) == 0U)
			return invalid(ffa_rule_words(FFA_RULE_LENGTH), 2);
		break;
	case FFA_MEM_RECLAIM:
		if ((word(x, 3) & ~(uint64_t)(FFA_FLAG_ZERO | FFA_FLAG_TIME_SLICE)) != 0U)
			return invalid("flags that this call does not take", 3);
		break;
	case FFA_NOTIFICATION_BIND:
	case FFA_NOTIFICATION_UNBIND:
	case FFA_NOTIFICATION_SET:
		if ((word(x, 3) | word(x, 4)) == 0U)
			return invalid("no notification is named", 3);
		break;
	case FFA_CONSOLE_LOG:
		if ((word(x, 1) & 0xffU) == 0U || (word(x, 1) & 0xffU) > room)
			return invalid("no characters, or more than the registers have room for",
				       1);
		break;
	default:
		break;
	}
	return decoder_fine();
}

/* ---- answers ---- */

static struct decoder_verdict broken(const char *rule, uint32_t reg)
{
	return decoder_broken(FFA_ABORTED, rule, reg);
}

static struct decoder_verdict list_show(const uint64_t x[FFA_REGISTERS], uint32_t start)
{
	uint32_t last = (uint32_t)x[2] & 0xffffU, current = (uint32_t)x[2] >> 16;
	uint32_t size = (uint32_t)(x[2] >> 48), words = size / 8U, count;

	output_number("last_index", last, NULL);
	output_number("current_index", current, NULL);
	output_number("tag", x[2] >> 32 & 0xffffU, NULL);
	output_number("size", size, NULL);
	if (size < FFA_PARTITION_1_1 || size % 8U != 0U)
		return broken("a size of entries that no version has", 2);
	if (current > last || current < start ||
	    (current - start + 1U) * words > FFA_REGISTERS - 3U)
		return broken("more entries than there are, or than the registers have room for",
			      2);
	count = current - start + 1U;
	output_open("entries", '[');
	for (uint32_t n = 0; n < count; n++) {
		uint64_t entry = x[3U + n * words];

		output_open(NULL, '(');
		output_hex(NULL, entry & 0xffffU, NULL);
		output_number(NULL, entry >> 16 & 0xffffU, NULL);
		output_hex(NULL, entry >> 32, NULL);
		output_close();
	}
	output_close();
	return decoder_fine();
}

static struct decoder_verdict notified_show(const uint64_t x[FFA_REGISTERS])
{
	struct ffa_notified list[FFA_LISTS_MAX];
	struct ffa_verdict verdict;
	uint32_t count;
	bool more;

	verdict = ffa_notified_read(x, list, &count, &more);
	output_bool("more", more);
	output_open("lists", '[');
	for (uint32_t i = 0; i < count; i++) {
		output_open(NULL, '(');
		output_hex(NULL, list[i].endpoint, NULL);
		for (uint32_t n = 0; n < list[i].vcpu_count; n++)
			output_number(NULL, list[i].vcpu[n], NULL);
		output_close();
	}
	output_close();
	if (verdict.error != FFA_OK)
		return broken(ffa_rule_words(verdict.rule), verdict.offset);
	return decoder_fine();
}

static struct decoder_verdict success_show(const struct decoder_setting *setting,
					   const uint64_t x[FFA_REGISTERS])
{
	static const char *const sizes[] = {"4K", "64K", "16K", "reserved"};

	switch (setting->call & ~FFA_64) {
	case FFA_FEATURES: /* of RXTX_MAP: the only one with an answer of its own */
		output_text("min_size", sizes[word(x, 2) & FFA_RXTX_SIZE_MASK]);
		output_number("max_pages", word(x, 2) >> FFA_RXTX_MAX_SHIFT, NULL);
		if ((word(x, 2) & FFA_RXTX_SIZE_MASK) == 3U)
			return broken("a reserved size of buffers", 2);
		return decoder_fine();
	case FFA_PARTITION_INFO_GET:
		output_number("count", word(x, 2), NULL);
		output_number("size", word(x, 3), NULL);
		return decoder_fine();
	case FFA_PARTITION_INFO_GET_REGS:
		return list_show(x, 0);
	case FFA_NOTIFICATION_INFO_GET:
		return notified_show(x);
	case FFA_NOTIFICATION_GET:
		output_hex("sp_bitmap", word(x, 2) | word(x, 3) << 32, NULL);
		output_hex("vm_bitmap", word(x, 4) | word(x, 5) << 32, NULL);
		output_hex("framework_spm", word(x, 6), NULL);
		output_hex("framework_hyp", word(x, 7), NULL);
		return decoder_fine();
	case FFA_ID_GET:
	case FFA_SPM_ID_GET:
		output_hex("id", word(x, 2) & 0xffffU, NULL);
		return decoder_fine();
	case FFA_MEM_DONATE:
	case FFA_MEM_LEND:
	case FFA_MEM_SHARE:
	case FFA_MEM_FRAG_TX:
		output_hex("handle", word(x, 2) | word(x, 3) << 32, NULL);
		return decoder_fine();
	default:
		return decoder_fine();
	}
}

static struct decoder_verdict error_show(int32_t code)
{
	const char *name = decoder_error_name((enum ffa_error)code);
	char number[16] = "";
	uint32_t rest = 0U - (uint32_t)code;
	size_t at = sizeof(number) - 1U;

	output_text("kind", "error");
	if (code >= 0) { /* no standard has such a code; for the mediator it is ABORTED */
		output_text("code", "NOT_SUPPORTED");
		return broken("an error without a code", 2);
	}
	if (name == NULL) {
		do
			number[--at] = (char)('0' + rest % 10U);
		while ((rest /= 10U) != 0U);
		number[--at] = '-';
		name = number + at;
	}
	output_text("code", name);
	return decoder_fine();
}

static struct decoder_verdict answer_show(const struct decoder_setting *setting,
					  const uint64_t x[FFA_REGISTERS])
{
	uint32_t w0 = (uint32_t)x[0];
	const struct function *function = find(w0);

	if (w0 == UINT32_MAX)
		return error_show(FFA_NOT_SUPPORTED);
	if (function == NULL || (w0 & FFA_HINT) != 0U) {
		output_text("kind", "protocol_error");
		return broken("an answer that no function of FF-A is", 0);
	}
	switch (function->fid) {
	case FFA_ERROR:
		return error_show((int32_t)(uint32_t)x[2]);
	case FFA_SUCCESS:
		output_text("kind", (w0 & FFA_64) != 0U ? "success64" : "success32");
		if ((w0 & FFA_64) != 0U)
			output_hex("x2", x[2], NULL);
		else
			output_hex("w2", word(x, 2), NULL);
		return success_show(setting, x);
	case FFA_INTERRUPT:
		output_text("kind", "interrupt");
		break;
	case FFA_YIELD:
		output_text("kind", "yield");
		break;
	default:
		output_text("kind", "other");
		break;
	}
	fields_show(function, x, (w0 & FFA_64) != 0U);
	return decoder_fine();
}

static bool is_answer(uint32_t w0)
{
	uint32_t number = w0 & ~FFA_64;

	return number == FFA_ERROR || number == FFA_SUCCESS || number == FFA_INTERRUPT ||
	       w0 == UINT32_MAX;
}

struct decoder_verdict decoder_registers(const struct decoder_setting *setting,
					 const uint64_t x[FFA_REGISTERS])
{
	uint32_t w0 = (uint32_t)x[0];
	const struct function *function = find(w0);
	bool wide = (w0 & FFA_64) != 0U;

	if (function != NULL)
		output_text("function", function->name);
	if (setting->call == FFA_VERSION && (w0 >> 31) == 0U) {
		output_number("major", FFA_MAJOR(w0), NULL);
		output_number("minor", FFA_MINOR(w0), NULL);
		return FFA_MAJOR(w0) != 0U ? decoder_fine()
					   : broken("a version without a major", 0);
	}
	if (setting->call != 0U || is_answer(w0))
		return answer_show(setting, x);
	if (function == NULL)
		return decoder_broken(FFA_NOT_SUPPORTED, "no function of FF-A", 0);
	fields_show(function, x, wide);
	return judge_call(setting, x, wide);
}
