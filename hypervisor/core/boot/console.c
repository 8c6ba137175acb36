// SPDX-License-Identifier: Apache-2.0
/*
 * The console: where /chosen/stdout-path leads, else the first UART that a driver is known for.
 * UARTs are noted with their path during the walk, so that the usual path needs no second search.
 */
#include "core/boot/planner.h"

#include <string.h>

#include <libfdt.h>

#include "core/log/log.h"

/* Path of the current node; empty when it does not fit. */
static void node_path(const struct boot_planner *planner, char path[BOOT_PATH])
{
	size_t used = 0;

	for (unsigned depth = 1; depth <= planner->node.depth; depth++) {
		const char *name = planner->bus[depth].name;
		size_t length = strlen(name);

		if (used + 1U + length >= BOOT_PATH) {
			used = 0;
			break;
		}
		path[used++] = '/';
		memcpy(path + used, name, length);
		used += length;
	}
	path[used] = '\0';
}

void boot_uart_node(struct boot_planner *planner, enum boot_console_kind kind)
{
	const struct boot_node *node = &planner->node;
	struct boot_uart *uart = &planner->uarts[planner->uart_count];
	struct boot_range range;

	if (planner->uart_count == BOOT_UART_MAX || boot_reg_count(planner) == 0U ||
	    !boot_reg(planner, 0, &range))
		return;
	*uart = (struct boot_uart){
	    .console =
		{
		    .kind = kind,
		    .base = range.base,
		    .size = range.size,
		    .shift = boot_value_word(boot_node_value(node, PROPERTY_REG_SHIFT), 0),
		    .width = boot_value_word(boot_node_value(node, PROPERTY_REG_IO_WIDTH), 1),
		},
	    .offset = node->offset,
	};
	(void)log_format(uart->console.name, sizeof(uart->console.name), "%s", node->name);
	node_path(planner, uart->path);
	planner->uart_count++;
}

/* The path without options; an alias is followed. NULL when there is none. */
static const char *stdout_path(const struct boot_planner *planner, size_t *length)
{
	const char *text, *options, *alias;
	int size;

	if (!planner->has_stdout_path)
		return NULL;
	text = boot_value_text(&planner->stdout_path, length);
	if (text == NULL || *length == 0U)
		return NULL;
	options = memchr(text, ':', *length);
	if (options != NULL)
		*length = (size_t)(options - text);
	if (text[0] == '/')
		return text;
	if (planner->aliases < 0)
		return NULL;
	alias = fdt_getprop_namelen(planner->tree, planner->aliases, text, (int)*length, &size);
	if (alias == NULL || size < 2 || alias[0] != '/' || alias[size - 1] != '\0')
		return NULL;
	*length = strlen(alias);
	return alias;
}

void boot_console_find(struct boot_planner *planner)
{
	struct boot_console *console = &planner->plan->console;
	size_t length;
	const char *path = stdout_path(planner, &length), *name;
	int node;

	for (unsigned i = 0; path != NULL && i < planner->uart_count; i++) {
		const struct boot_uart *uart = &planner->uarts[i];

		if (strlen(uart->path) == length && memcmp(uart->path, path, length) == 0) {
			*console = uart->console;
			return;
		}
	}
	/* a path may leave unit addresses out, or lead to a device that we do not know */
	node = path != NULL ? fdt_path_offset_namelen(planner->tree, path, (int)length) : -1;
	for (unsigned i = 0; node > 0 && i < planner->uart_count; i++) {
		if (planner->uarts[i].offset == node) {
			*console = planner->uarts[i].console;
			return;
		}
	}
	if (node > 0) {
		console->kind = BOOT_CONSOLE_UNKNOWN;
		name = fdt_get_name(planner->tree, node, NULL);
		(void)log_format(console->name, sizeof(console->name), "%s",
				 name != NULL ? name : "");
	} else if (planner->uart_count != 0U) {
		*console = planner->uarts[0].console;
	}
}
