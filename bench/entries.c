/* SPDX-License-Identifier: Apache-2.0 */
/*
 * QEMU TCG plugin: how many instructions run at each exception level, and how often and why EL2 is
 * entered from below.
 *
 *   -plugin entries.so,out=FILE[,ram=BASE+SIZE]...[,gic=BASE+SIZE]...[,trace=FILE][,host=on]
 *                      [,profile=FILE][,calls=FILE]
 *
 * A block of translated code runs at one exception level only: QEMU keys its blocks by it, and both
 * taking an exception and ERET end a block. So the level is read once, when a block is translated,
 * and costs nothing when it runs. Each instruction of an EL2 or EL3 block adds one to a counter of
 * its CPU; blocks of EL1 and EL0 only leave a note that they ran, so that the next EL2 block knows
 * that it is an entry. Only then are the syndrome registers read.
 *
 * An instruction that faults is counted when it is tried, and again when it is tried again.
 *
 * `calls=FILE` gets a line for each HVC and SMC that has come back to EL1 or EL0, in the order of
 * their ends: what the caller had in x0 to x2, what it got there, the instructions at EL2, and how
 * many of these were TLB maintenance.
 *
 * `visit`: the time from an entry into EL2 until EL1 or EL0 runs again on that CPU. Instructions at
 * EL2 outside of any visit are set-up: before the host's first instruction on that CPU.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plugin.h"
#include "profile.h"

enum {
	LEVELS = 4,
	RANGES = 8,
	FUNCTIONS = 64
};

/*
 * What `last` of a CPU holds: the level of the block that ran last, that none has run yet, or that
 * EL2 has executed ERET. The latter is needed because an interrupt, or a fault of the very next
 * fetch, brings the CPU back to EL2 before any block of a lower level has run.
 */
enum {
	NONE,
	EL0,
	EL1,
	EL2,
	EL3,
	EL2_LEFT
};

enum cause {
	HVC,
	SMC,
	RAM,
	GIC,
	DEVICE,
	ABORT,
	SYSREG,
	WFX,
	INTERRUPT,
	SERROR,
	OTHER,
	CAUSES
};

static const char *const cause_names[CAUSES] = {
    [HVC] = "hvc",       [SMC] = "smc",       [RAM] = "ram",
    [GIC] = "gic",       [DEVICE] = "device", [ABORT] = "abort",
    [SYSREG] = "sysreg", [WFX] = "wfx",       [INTERRUPT] = "interrupt",
    [SERROR] = "serror", [OTHER] = "other",
};

/* What chains of calls begin with in the profile. */
enum {
	SETUP,
	VISIT
};

struct tally {
	uint64_t visits;
	uint64_t instructions;
	uint64_t least;
	uint64_t most;
};

/* One per CPU; written by the CPU's own thread only. */
struct cpu {
	uint64_t last;
	uint64_t visiting;        /* 0, or 1 + the cause of the visit */
	uint64_t firmware;        /* EL3 ran during this visit */
	uint64_t began;           /* instructions[EL2] when the visit began */
	uint64_t tlb_began;       /* tlb_maintenance then */
	uint64_t arguments[3];    /* x0 to x2 then, where calls are written */
	uint64_t tlb_maintenance; /* TLBI instructions at EL2 */
	uint64_t instructions[LEVELS];
	uint64_t entries[CAUSES];
	uint64_t stage2_faults;
	uint64_t arrivals;        /* EL2 entered from reset or from EL3 while no visit was on */
	uint64_t firmware_calls;  /* EL3 entered from EL2 */
	uint64_t firmware_direct; /* EL3 entered from EL1 or EL0 */
	struct tally tally[CAUSES][2];
	/* HVC and SMC by what the caller has in x0: the function, SMCCC 2.5. */
	struct {
		uint64_t function;
		uint64_t calls;
	} functions[FUNCTIONS];
	uint64_t other_functions; /* calls of further ones */
};

struct range {
	uint64_t base;
	uint64_t size;
};

static struct {
	struct qemu_plugin_scoreboard *score;
	const char *out;
	FILE *trace;
	FILE *calls;
	bool host;
	struct range ram[RANGES];
	struct range gic[RANGES];
	unsigned rams;
	unsigned gics;
	/* The same on all CPUs, which are of one model. */
	struct qemu_plugin_register *cpsr;
	struct qemu_plugin_register *vbar;
	struct qemu_plugin_register *esr;
	struct qemu_plugin_register *far;
	struct qemu_plugin_register *hpfar;
	struct qemu_plugin_register *x[3];
	int interface;
} bench;

int qemu_plugin_version = PLUGIN_INTERFACE;

static _Noreturn void fail(const char *text)
{
	fprintf(stderr, "bench: %s\n", text);
	exit(EXIT_FAILURE);
}

static struct plugin_u64 member(size_t offset)
{
	return (struct plugin_u64){bench.score, offset};
}

static struct cpu *cpu_of(unsigned index)
{
	return qemu_plugin_scoreboard_find(bench.score, index);
}

/* The registers come in the target's byte order: little-endian, as this machine. */
static uint64_t read_register(struct qemu_plugin_register *handle)
{
	static _Thread_local struct glib_array *buffer;
	uint64_t value = 0;

	/* A machine without EL2 has none of its registers; nothing asks for them then. */
	if (!handle)
		fail("this QEMU does not show an EL2 register that the bench needs");
	if (!buffer)
		buffer = g_byte_array_new();
	g_byte_array_set_size(buffer, 0);
	int size = qemu_plugin_read_register(handle, buffer);

	if (size != 4 && size != 8)
		fail("QEMU does not hand out a register that the bench needs");
	memcpy(&value, buffer->data, (size_t)size);
	return value;
}

/* 0, which is no instruction, when QEMU does not hand it out. */
static uint32_t code_of(const struct qemu_plugin_insn *insn)
{
	uint32_t code = 0;

	return qemu_plugin_insn_data(insn, &code, sizeof(code)) == sizeof(code) ? code : 0;
}

/* ERET, ERETAA, ERETAB. */
static bool is_eret(uint32_t code)
{
	return code == 0xd69f03e0 || code == 0xd69f0bff || code == 0xd69f0fff;
}

/* Arm ARM, C5.3: SYS with op0 = 1 and CRn = 8, or 9 for those with the nXS qualifier. */
static bool is_tlb_maintenance(uint32_t code)
{
	uint32_t crn = code >> 12 & 15;

	return (code & 0xfff80000) == 0xd5080000 && (crn == 8 || crn == 9);
}

static bool within(const struct range *ranges, unsigned count, uint64_t address)
{
	for (unsigned i = 0; i < count; i++) {
		if (address - ranges[i].base < ranges[i].size)
			return true;
	}
	return false;
}

/* Arm ARM, ESR_ELx: an instruction or data abort whose status code is a stage-2 kind. */
static bool is_stage2_fault(uint64_t esr)
{
	uint64_t status = esr & 0x3f;

	/* Address size, translation, access flag and permission faults, levels -1 to 3. */
	return status <= 0xf || status == 0x29 || status == 0x2b;
}

/* ICC_* registers are op0 = 3 and CRn = 12 with CRm >= 8, and ICC_PMR_EL1 (3, 0, 4, 6, 0). */
static bool is_gic_register(uint64_t esr)
{
	uint64_t op0 = esr >> 20 & 3, op2 = esr >> 17 & 7, op1 = esr >> 14 & 7;
	uint64_t crn = esr >> 10 & 15, crm = esr >> 1 & 15;

	if (op0 != 3)
		return false;
	return (crn == 12 && crm >= 8) || (op1 == 0 && crn == 4 && crm == 6 && op2 == 0);
}

static enum cause abort_cause(struct cpu *cpu, uint64_t esr, uint64_t ipa)
{
	if (!is_stage2_fault(esr))
		return ABORT;
	cpu->stage2_faults++;
	if (within(bench.ram, bench.rams, ipa))
		return RAM;
	return within(bench.gic, bench.gics, ipa) ? GIC : DEVICE;
}

/* `vector`: offset from VBAR_EL2; 128 bytes an entry. */
static enum cause entry_cause(struct cpu *cpu, uint64_t vector, uint64_t esr, uint64_t ipa)
{
	switch (vector) {
	case 0x400: /* synchronous, lower level, AArch64 and AArch32 */
	case 0x600:
		break;
	case 0x480: /* IRQ, FIQ */
	case 0x500:
	case 0x680:
	case 0x700:
		return INTERRUPT;
	case 0x580:
	case 0x780:
		return SERROR;
	default:
		return OTHER;
	}
	switch (esr >> 26 & 0x3f) {
	case 0x01:
		return WFX;
	case 0x12:
	case 0x16:
		return HVC;
	case 0x13:
	case 0x17:
		return SMC;
	case 0x18:
		return is_gic_register(esr) ? GIC : SYSREG;
	case 0x20:
	case 0x24:
		return abort_cause(cpu, esr, ipa);
	default:
		return OTHER;
	}
}

static void write_call(unsigned index, const struct cpu *cpu, uint64_t length)
{
	enum cause cause = (enum cause)(cpu->visiting - 1);

	if (cause != HVC && cause != SMC)
		return;
	fprintf(bench.calls,
		"{\"cpu\": %u, \"cause\": \"%s\", \"forwarded\": %s, \"x\": [%" PRIu64 ", %" PRIu64
		", %" PRIu64 "], \"answers\": [%" PRIu64 ", %" PRIu64 ", %" PRIu64
		"], \"instructions\": %" PRIu64 ", \"tlb_maintenance\": %" PRIu64 "}\n",
		index, cause_names[cause], cpu->firmware ? "true" : "false", cpu->arguments[0],
		cpu->arguments[1], cpu->arguments[2], read_register(bench.x[0]),
		read_register(bench.x[1]), read_register(bench.x[2]), length,
		cpu->tlb_maintenance - cpu->tlb_began);
}

static void end_visit(unsigned index, struct cpu *cpu)
{
	uint64_t length = cpu->instructions[2] - cpu->began;
	struct tally *tally = &cpu->tally[cpu->visiting - 1][cpu->firmware ? 1 : 0];

	if (bench.calls)
		write_call(index, cpu, length);

	if (!tally->visits || length < tally->least)
		tally->least = length;
	if (length > tally->most)
		tally->most = length;
	tally->visits++;
	tally->instructions += length;
	cpu->visiting = 0;
}

static void add_call(struct cpu *cpu, uint64_t function)
{
	for (unsigned i = 0; i < FUNCTIONS; i++) {
		if (!cpu->functions[i].calls)
			cpu->functions[i].function = function;
		if (cpu->functions[i].function == function) {
			cpu->functions[i].calls++;
			return;
		}
	}
	cpu->other_functions++;
}

/* The first EL1 or EL0 block after a visit. */
static void leave_el2(unsigned index, void *data)
{
	(void)data;
	end_visit(index, cpu_of(index));
}

/* The first EL2 block after another level or after ERET. `data`: the block's address. */
static void enter_el2(unsigned index, void *data)
{
	struct cpu *cpu = cpu_of(index);
	uint64_t address = (uintptr_t)data;
	uint64_t vector = address - read_register(bench.vbar);

	/* The upper half of the vector table is for exceptions from lower levels. */
	if (cpu->last == NONE || cpu->last == EL3 || vector < 0x400 || vector >= 0x800) {
		/* Firmware returned into a visit, EL2 returned to itself, or this CPU comes up. */
		if (!cpu->visiting)
			cpu->arrivals++;
		return;
	}
	if (cpu->visiting)
		end_visit(index, cpu);

	uint64_t esr = read_register(bench.esr);
	uint64_t far = read_register(bench.far);
	uint64_t hpfar = read_register(bench.hpfar);
	/* HPFAR_EL2.FIPA begins at bit 4 and holds bits 12 and up of the address. */
	uint64_t ipa = (hpfar & 0xffffffffff0) << 8 | (far & 0xfff);
	enum cause cause = entry_cause(cpu, vector, esr, ipa);

	cpu->entries[cause]++;
	if (cause == HVC || cause == SMC)
		add_call(cpu, read_register(bench.x[0]));
	if (bench.calls && (cause == HVC || cause == SMC)) {
		for (unsigned i = 0; i < 3; i++)
			cpu->arguments[i] = read_register(bench.x[i]);
	}
	cpu->visiting = 1 + (uint64_t)cause;
	cpu->firmware = 0;
	cpu->began = cpu->instructions[2];
	cpu->tlb_began = cpu->tlb_maintenance;
	if (profile_on())
		profile_enter(index, VISIT + (unsigned)cause);
	if (bench.trace)
		fprintf(bench.trace,
			"cpu%u %s vector=0x%" PRIx64 " esr=0x%08" PRIx64 " far=0x%" PRIx64
			" ipa=0x%" PRIx64 "\n",
			index, cause_names[cause], vector, esr, far, ipa);
}

static void enter_el3(unsigned index, void *data)
{
	struct cpu *cpu = cpu_of(index);

	(void)data;
	if (cpu->last == EL2) {
		cpu->firmware_calls++;
		cpu->firmware = 1;
	} else if (cpu->last != NONE) {
		cpu->firmware_direct++;
	}
}

static void translate(plugin_id id, struct qemu_plugin_tb *tb)
{
	/* PSTATE.EL, bits 3:2; a CPU in AArch32 state has no EL2 or EL3 code here. */
	uint64_t pstate = read_register(bench.cpsr);
	size_t level = pstate & 0x10 ? 1 : pstate >> 2 & 3;
	size_t count = qemu_plugin_tb_n_insns(tb);
	struct plugin_u64 last = member(offsetof(struct cpu, last));

	(void)id;
	if (level == 2)
		qemu_plugin_register_vcpu_tb_exec_cond_cb(
		    tb, enter_el2, PLUGIN_READS_REGISTERS, PLUGIN_NOT_EQUAL, last, EL2,
		    (void *)(uintptr_t)qemu_plugin_tb_vaddr(tb));
	else if (level == 3)
		qemu_plugin_register_vcpu_tb_exec_cond_cb(tb, enter_el3, PLUGIN_NO_REGISTERS,
							  PLUGIN_NOT_EQUAL, last, EL3, NULL);
	else
		qemu_plugin_register_vcpu_tb_exec_cond_cb(
		    tb, leave_el2, bench.calls ? PLUGIN_READS_REGISTERS : PLUGIN_NO_REGISTERS,
		    PLUGIN_NOT_EQUAL, member(offsetof(struct cpu, visiting)), 0, NULL);
	qemu_plugin_register_vcpu_tb_exec_inline_per_vcpu(tb, PLUGIN_STORE, last, level + EL0);
	if (level < 2 && !bench.host)
		return;
	for (size_t i = 0; i < count; i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);

		qemu_plugin_register_vcpu_insn_exec_inline_per_vcpu(
		    insn, PLUGIN_ADD,
		    member(offsetof(struct cpu, instructions) + level * sizeof(uint64_t)), 1);
		if (level != 2)
			continue;
		if (is_eret(code_of(insn)))
			qemu_plugin_register_vcpu_insn_exec_inline_per_vcpu(insn, PLUGIN_STORE,
									    last, EL2_LEFT);
		if (is_tlb_maintenance(code_of(insn)))
			qemu_plugin_register_vcpu_insn_exec_inline_per_vcpu(
			    insn, PLUGIN_ADD, member(offsetof(struct cpu, tlb_maintenance)), 1);
		if (profile_on())
			profile_instruction(insn, qemu_plugin_insn_vaddr(insn), code_of(insn));
	}
}

static void cpu_init(plugin_id id, unsigned index)
{
	struct glib_array *array = qemu_plugin_get_registers();
	struct plugin_register_descriptor descriptor;

	(void)id;
	(void)index;
	for (unsigned i = 0; i < array->len; i++) {
		memcpy(&descriptor, array->data + i * sizeof(descriptor), sizeof(descriptor));
		if (!strcmp(descriptor.name, "cpsr"))
			bench.cpsr = descriptor.handle;
		else if (!strcmp(descriptor.name, "x0"))
			bench.x[0] = descriptor.handle;
		else if (!strcmp(descriptor.name, "x1"))
			bench.x[1] = descriptor.handle;
		else if (!strcmp(descriptor.name, "x2"))
			bench.x[2] = descriptor.handle;
		else if (!strcmp(descriptor.name, "VBAR_EL2"))
			bench.vbar = descriptor.handle;
		else if (!strcmp(descriptor.name, "ESR_EL2"))
			bench.esr = descriptor.handle;
		else if (!strcmp(descriptor.name, "FAR_EL2"))
			bench.far = descriptor.handle;
		else if (!strcmp(descriptor.name, "HPFAR_EL2"))
			bench.hpfar = descriptor.handle;
	}
	if (!bench.cpsr)
		fail("this QEMU does not show the register cpsr to plugins");
}

static void write_cpu(FILE *out, unsigned index, const struct cpu *cpu)
{
	const char *separator = "";

	fprintf(out, "  {\"cpu\": %u, \"instructions\": [", index);
	for (unsigned level = 0; level < LEVELS; level++)
		fprintf(out, "%s%" PRIu64, level ? ", " : "", cpu->instructions[level]);
	fprintf(out,
		"], \"unfinished\": %" PRIu64 ", \"arrivals\": %" PRIu64
		", \"firmware_calls\": %" PRIu64 ", \"firmware_direct\": %" PRIu64
		", \"stage2_faults\": %" PRIu64 ", \"tlb_maintenance\": %" PRIu64
		",\n   \"entries\": {",
		cpu->visiting ? cpu->instructions[2] - cpu->began : 0, cpu->arrivals,
		cpu->firmware_calls, cpu->firmware_direct, cpu->stage2_faults,
		cpu->tlb_maintenance);
	for (unsigned cause = 0; cause < CAUSES; cause++)
		fprintf(out, "%s\"%s\": %" PRIu64, cause ? ", " : "", cause_names[cause],
			cpu->entries[cause]);
	fprintf(out, "},\n   \"functions\": {");
	for (unsigned i = 0; i < FUNCTIONS && cpu->functions[i].calls; i++)
		fprintf(out, "%s\"0x%" PRIx64 "\": %" PRIu64, i ? ", " : "",
			cpu->functions[i].function, cpu->functions[i].calls);
	fprintf(out, "}, \"other_functions\": %" PRIu64 ",\n   \"visits\": [",
		cpu->other_functions);
	for (unsigned cause = 0; cause < CAUSES; cause++) {
		for (unsigned forwarded = 0; forwarded < 2; forwarded++) {
			const struct tally *tally = &cpu->tally[cause][forwarded];

			if (!tally->visits)
				continue;
			fprintf(out,
				"%s{\"cause\": \"%s\", \"forwarded\": %s, \"visits\": %" PRIu64
				", \"instructions\": %" PRIu64 ", \"least\": %" PRIu64
				", \"most\": %" PRIu64 "}",
				separator, cause_names[cause], forwarded ? "true" : "false",
				tally->visits, tally->instructions, tally->least, tally->most);
			separator = ",\n    ";
		}
	}
	fprintf(out, "]}");
}

static void at_exit(plugin_id id, void *data)
{
	FILE *out = fopen(bench.out, "w");

	(void)id;
	(void)data;
	if (!out) {
		perror(bench.out);
		return;
	}
	fprintf(out, "{\"interface\": %d, \"host_counted\": %s, \"cpus\": [\n", bench.interface,
		bench.host ? "true" : "false");
	for (int i = 0; i < qemu_plugin_num_vcpus(); i++) {
		write_cpu(out, (unsigned)i, cpu_of((unsigned)i));
		fprintf(out, "%s\n", i + 1 < qemu_plugin_num_vcpus() ? "," : "");
	}
	fprintf(out, "]}\n");
	if (fclose(out))
		perror(bench.out);
	if (bench.trace)
		fclose(bench.trace);
	if (bench.calls && fclose(bench.calls))
		perror("bench: the calls");
	if (profile_on())
		profile_write();
}

static void add_range(struct range *ranges, unsigned *count, const char *text)
{
	char *end;

	if (*count == RANGES)
		fail("too many ranges");
	ranges[*count].base = strtoull(text, &end, 0);
	if (*end != '+')
		fail("a range is BASE+SIZE");
	ranges[*count].size = strtoull(end + 1, &end, 0);
	if (*end)
		fail("a range is BASE+SIZE");
	(*count)++;
}

static void option(const char *text)
{
	if (!strncmp(text, "out=", 4)) {
		bench.out = text + 4;
	} else if (!strncmp(text, "ram=", 4)) {
		add_range(bench.ram, &bench.rams, text + 4);
	} else if (!strncmp(text, "gic=", 4)) {
		add_range(bench.gic, &bench.gics, text + 4);
	} else if (!strncmp(text, "trace=", 6)) {
		bench.trace = fopen(text + 6, "w");
		if (!bench.trace)
			fail("cannot write the trace file");
	} else if (!strncmp(text, "calls=", 6)) {
		bench.calls = fopen(text + 6, "w");
		if (!bench.calls)
			fail("cannot write the file of calls");
	} else if (!strncmp(text, "profile=", 8)) {
		const char *roots[VISIT + CAUSES] = {[SETUP] = "set-up"};

		for (unsigned i = 0; i < CAUSES; i++)
			roots[VISIT + i] = cause_names[i];
		profile_open(text + 8, roots, VISIT + CAUSES);
	} else if (!strcmp(text, "host=on")) {
		bench.host = true;
	} else {
		fail("unknown option; known are out= ram= gic= trace= calls= host=on profile=");
	}
}

int qemu_plugin_install(plugin_id id, const struct plugin_info *info, int argc, char **argv)
{
	if (strcmp(info->target_name, "aarch64") != 0 || !info->system_emulation)
		fail("needs qemu-system-aarch64");
	if (info->version.cur < PLUGIN_INTERFACE)
		fail("needs QEMU 9.1 or later: this one does not let plugins read registers");
	for (int i = 0; i < argc; i++)
		option(argv[i]);
	if (!bench.out)
		fail("out=FILE is missing");
	bench.interface = info->version.cur;
	bench.score = qemu_plugin_scoreboard_new(sizeof(struct cpu));
	qemu_plugin_register_vcpu_init_cb(id, cpu_init);
	qemu_plugin_register_vcpu_tb_trans_cb(id, translate);
	qemu_plugin_register_atexit_cb(id, at_exit, NULL);
	return 0;
}
