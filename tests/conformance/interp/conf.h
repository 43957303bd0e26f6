/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Random programs over defer, panic, recover and goexit: their form, and what runs them. FORMAT
 * describes the form.
 */
#ifndef _KDEFER_CONF_H
#define _KDEFER_CONF_H

#include <linux/types.h>

#define CONF_MAX_TASKS		8
#define CONF_MAX_FUNCTIONS	64
#define CONF_MAX_OPS		2048
#define CONF_MAX_FUEL		4000
#define CONF_MAX_DEPTH		100
#define CONF_MAX_BLOCKS		8
#define CONF_REGISTERS		4
#define CONF_MAX_ARGS		2

enum conf_code {
	CONF_SAY,
	CONF_CALL,
	CONF_DEFER,
	CONF_DEFER_FRAME,
	CONF_BLIND,
	CONF_BLIND_FRAME,
	CONF_BLIND_TYPED,
	CONF_NIL,
	CONF_DEFER_RECOVER,
	CONF_PANIC,
	CONF_AGAIN,
	CONF_KEEP,
	CONF_RAISE,
	CONF_RECOVER,
	CONF_HELPER,
	CONF_CLOSURE,
	CONF_OLD,
	CONF_GOEXIT,
	CONF_SET,
	CONF_SET_PARENT,
	CONF_RETURN,
	CONF_RUN,
	CONF_RERUN,
	CONF_GROUP,
	CONF_GO,
	CONF_YIELD,
	CONF_LOOP,
	CONF_IF,
	CONF_GOT,
	CONF_END,
	CONF_NR_CODES,
};

/**
 * struct conf_op - one instruction
 * @code: enum conf_code
 * @arg: its arguments
 * @jump: for the start of a block, its end; for the end of a loop, its start
 * @loop: it is the end of a loop
 * @block: for the start and the end of a block, how many are around it
 */
struct conf_op {
	u8 code;
	u8 block;
	bool loop;
	u16 jump;
	s32 arg[CONF_MAX_ARGS];
};

/**
 * struct conf_function - a function
 * @first: its first instruction
 * @nr: how many it has
 * @recovers: it has one that defers a call with a token, so that a recovery may return to it
 */
struct conf_function {
	u16 first;
	u16 nr;
	bool recovers;
};

/**
 * struct conf_program - a program
 * @number: what it is called
 * @depth: deepest activation that does anything
 * @fuel: instructions that a task may run
 * @nr_tasks: tasks
 * @nr_functions: functions
 * @nr_ops: instructions of all functions
 * @main: the function that a task starts with
 * @function: the functions
 * @op: the instructions
 */
struct conf_program {
	u32 number;
	u32 depth;
	u32 fuel;
	u32 nr_tasks;
	u32 nr_functions;
	u32 nr_ops;
	u16 main[CONF_MAX_TASKS];
	struct conf_function function[CONF_MAX_FUNCTIONS];
	struct conf_op op[CONF_MAX_OPS];
};

/**
 * struct conf_source - text that programs are read from
 * @next: what is not read yet; is written to
 * @head: the first line of the next program, if it is read
 * @line: number of the line read last
 * @reason: what is wrong with it
 */
struct conf_source {
	char *next;
	char *head;
	unsigned int line;
	char reason[96];
};

/**
 * struct conf_sink - where output goes
 * @write: appends @len bytes; returns 0 or an errno
 */
struct conf_sink {
	int (*write)(struct conf_sink *sink, const char *text, size_t len);
};

int conf_parse(struct conf_source *source, struct conf_program *program);
int conf_run_next(struct conf_source *source, struct conf_sink *sink);

#endif /* _KDEFER_CONF_H */
