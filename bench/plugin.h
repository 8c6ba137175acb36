/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The part of QEMU's plugin interface that the bench uses, declared here because Debian packages no
 * header for it. Interface version 4 (QEMU 9.1 and later: plugins may read registers); the
 * functions are resolved in the QEMU binary that loads the plugin, GLib's in the library that it
 * links.
 */
#ifndef PORTCULLIS_BENCH_PLUGIN_H
#define PORTCULLIS_BENCH_PLUGIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PLUGIN_EXPORT    __attribute__((visibility("default")))
#define PLUGIN_INTERFACE 4

typedef uint64_t plugin_id;

struct plugin_info {
	const char *target_name;
	struct {
		int min;
		int cur;
	} version;
	bool system_emulation;
	struct {
		int smp_vcpus;
		int max_vcpus;
	} system;
};

struct qemu_plugin_tb;
struct qemu_plugin_insn;
struct qemu_plugin_scoreboard;
struct qemu_plugin_register;

/* One 64-bit member of the per-CPU entry of a scoreboard. Passed by value. */
struct plugin_u64 {
	struct qemu_plugin_scoreboard *score;
	size_t offset;
};

/* GLib's GArray and GByteArray, as far as they are public. */
struct glib_array {
	char *data;
	unsigned len;
};

struct plugin_register_descriptor {
	struct qemu_plugin_register *handle;
	const char *name;
	const char *feature;
};

enum plugin_flags {
	PLUGIN_NO_REGISTERS,
	PLUGIN_READS_REGISTERS
};
enum plugin_operation {
	PLUGIN_ADD,
	PLUGIN_STORE
};
enum plugin_condition {
	PLUGIN_NEVER,
	PLUGIN_ALWAYS,
	PLUGIN_EQUAL,
	PLUGIN_NOT_EQUAL
};

typedef void (*plugin_cpu_callback)(plugin_id id, unsigned cpu);
typedef void (*plugin_cpu_data_callback)(unsigned cpu, void *data);
typedef void (*plugin_data_callback)(plugin_id id, void *data);
typedef void (*plugin_translate_callback)(plugin_id id, struct qemu_plugin_tb *tb);

/* What QEMU looks up in the plugin. */
extern PLUGIN_EXPORT int qemu_plugin_version;
PLUGIN_EXPORT int qemu_plugin_install(plugin_id id, const struct plugin_info *info, int argc,
				      char **argv);

void qemu_plugin_register_vcpu_init_cb(plugin_id id, plugin_cpu_callback callback);
void qemu_plugin_register_vcpu_tb_trans_cb(plugin_id id, plugin_translate_callback callback);
void qemu_plugin_register_atexit_cb(plugin_id id, plugin_data_callback callback, void *data);
void qemu_plugin_register_vcpu_tb_exec_cond_cb(
    struct qemu_plugin_tb *tb, plugin_cpu_data_callback callback, enum plugin_flags flags,
    enum plugin_condition condition, struct plugin_u64 entry, uint64_t immediate, void *data);
void qemu_plugin_register_vcpu_tb_exec_inline_per_vcpu(struct qemu_plugin_tb *tb,
						       enum plugin_operation operation,
						       struct plugin_u64 entry, uint64_t immediate);
void qemu_plugin_register_vcpu_insn_exec_inline_per_vcpu(struct qemu_plugin_insn *insn,
							 enum plugin_operation operation,
							 struct plugin_u64 entry,
							 uint64_t immediate);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn,
					    plugin_cpu_data_callback callback,
					    enum plugin_flags flags, void *data);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t index);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn);
size_t qemu_plugin_insn_data(const struct qemu_plugin_insn *insn, void *out, size_t size);
struct glib_array *qemu_plugin_get_registers(void);
int qemu_plugin_read_register(struct qemu_plugin_register *handle, struct glib_array *buffer);
struct qemu_plugin_scoreboard *qemu_plugin_scoreboard_new(size_t element_size);
void *qemu_plugin_scoreboard_find(struct qemu_plugin_scoreboard *score, unsigned cpu);
int qemu_plugin_num_vcpus(void);
void qemu_plugin_outs(const char *text);

struct glib_array *g_byte_array_new(void);
struct glib_array *g_byte_array_set_size(struct glib_array *array, unsigned size);

#endif
