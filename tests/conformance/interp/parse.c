// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads programs. What is malformed is refused with its line and a reason.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "conf.h"

/* Arguments: n a number, f a function, r a register, k a kind of value, c a positive number. */
static const struct conf_form {
	const char *word;
	const char *args;
} conf_forms[CONF_NR_CODES] = {
	[CONF_SAY]		= { "say", "n" },
	[CONF_CALL]		= { "call", "f" },
	[CONF_DEFER]		= { "defer", "f" },
	[CONF_DEFER_FRAME]	= { "deferframe", "f" },
	[CONF_BLIND]		= { "blind", "f" },
	[CONF_BLIND_FRAME]	= { "blindframe", "f" },
	[CONF_BLIND_TYPED]	= { "blindtyped", "f" },
	[CONF_NIL]		= { "nil", "n" },
	[CONF_DEFER_RECOVER]	= { "deferrecover", "" },
	[CONF_PANIC]		= { "panic", "kn" },
	[CONF_AGAIN]		= { "again", "" },
	[CONF_KEEP]		= { "keep", "r" },
	[CONF_RAISE]		= { "raise", "r" },
	[CONF_RECOVER]		= { "recover", "" },
	[CONF_HELPER]		= { "helper", "" },
	[CONF_CLOSURE]		= { "closure", "" },
	[CONF_OLD]		= { "old", "" },
	[CONF_GOEXIT]		= { "goexit", "n" },
	[CONF_SET]		= { "set", "n" },
	[CONF_SET_PARENT]	= { "setparent", "n" },
	[CONF_RETURN]		= { "return", "n" },
	[CONF_RUN]		= { "run", "f" },
	[CONF_RERUN]		= { "rerun", "f" },
	[CONF_GROUP]		= { "group", "f" },
	[CONF_GO]		= { "go", "f" },
	[CONF_YIELD]		= { "yield", "" },
	[CONF_LOOP]		= { "loop", "c" },
	[CONF_IF]		= { "if", "cn" },
	[CONF_GOT]		= { "got", "" },
	[CONF_END]		= { "end", "" },
};

/* A program in the making. */
struct conf_parser {
	struct conf_source *source;
	struct conf_program *program;
	u16 open[CONF_MAX_BLOCKS];
	u32 nr_open;
};

#define conf_refuse(source, fmt, ...)						\
({										\
	struct conf_source *__source = (source);				\
										\
	snprintf(__source->reason, sizeof(__source->reason), fmt, ##__VA_ARGS__);	\
	-EINVAL;								\
})

static char *conf_word(char **line)
{
	char *word;

	while ((word = strsep(line, " \t\r")))
		if (*word)
			return word;
	return NULL;
}

static int conf_number(struct conf_source *source, char **line, const char *what, s32 low,
		       s32 high, s32 *number)
{
	char *word = conf_word(line);

	if (!word)
		return conf_refuse(source, "'%s' needs a number", what);
	if (kstrtoint(word, 10, number))
		return conf_refuse(source, "'%.16s' after '%s' is not a number", word, what);
	if (*number < low || *number > high)
		return conf_refuse(source, "%d after '%s' is not in %d to %d", *number, what,
				   low, high);
	return 0;
}

static int conf_kind(struct conf_source *source, char **line, s32 *kind)
{
	char *word = conf_word(line);

	if (!word || strlen(word) != 1 || !strchr("empln", *word))
		return conf_refuse(source, "'panic' needs a kind: one of e m l p n");
	*kind = *word;
	return 0;
}

static int conf_argument(struct conf_source *source, char **line, const char *word, char arg,
			 s32 *value)
{
	switch (arg) {
	case 'k':
		return conf_kind(source, line, value);
	case 'f':
		return conf_number(source, line, word, 0, CONF_MAX_FUNCTIONS - 1, value);
	case 'r':
		return conf_number(source, line, word, 0, CONF_REGISTERS - 1, value);
	case 'c':
		return conf_number(source, line, word, 1, 1000, value);
	default:
		return conf_number(source, line, word, -1000000, 1000000, value);
	}
}

static int conf_find_code(const char *word)
{
	int code;

	for (code = 0; code < CONF_NR_CODES; code++)
		if (!strcmp(conf_forms[code].word, word))
			return code;
	return -ENOENT;
}

static int conf_block(struct conf_parser *parser, u16 at)
{
	struct conf_op *op = &parser->program->op[at];
	struct conf_op *start;

	switch (op->code) {
	case CONF_LOOP:
	case CONF_IF:
	case CONF_GOT:
		if (parser->nr_open == CONF_MAX_BLOCKS)
			return conf_refuse(parser->source, "more than %d blocks in one another",
					   CONF_MAX_BLOCKS);
		op->block = parser->nr_open;
		parser->open[parser->nr_open++] = at;
		return 0;
	case CONF_END:
		if (!parser->nr_open)
			return conf_refuse(parser->source, "'end' without a block");
		op->jump = parser->open[--parser->nr_open];
		op->block = parser->nr_open;
		start = &parser->program->op[op->jump];
		op->loop = start->code == CONF_LOOP;
		start->jump = at;
		return 0;
	}
	return 0;
}

static int conf_op(struct conf_parser *parser, const char *word, char **line)
{
	struct conf_program *program = parser->program;
	struct conf_op *op = &program->op[program->nr_ops];
	int code = conf_find_code(word);
	const char *arg;
	int ret, i = 0;

	if (code < 0)
		return conf_refuse(parser->source, "unknown instruction '%.16s'", word);
	if (program->nr_ops == CONF_MAX_OPS)
		return conf_refuse(parser->source, "more than %d instructions", CONF_MAX_OPS);
	*op = (struct conf_op){ .code = code };
	for (arg = conf_forms[code].args; *arg; arg++) {
		ret = conf_argument(parser->source, line, word, *arg, &op->arg[i++]);
		if (ret)
			return ret;
	}
	return conf_block(parser, program->nr_ops++);
}

static bool conf_defers_token(const struct conf_op *op)
{
	return op->code == CONF_DEFER || op->code == CONF_DEFER_FRAME ||
	       op->code == CONF_DEFER_RECOVER;
}

static int conf_parse_function(struct conf_parser *parser, char *line)
{
	struct conf_program *program = parser->program;
	struct conf_function *function = &program->function[program->nr_functions];
	char *word;
	int ret;

	if (program->nr_functions == CONF_MAX_FUNCTIONS)
		return conf_refuse(parser->source, "more than %d functions", CONF_MAX_FUNCTIONS);
	program->nr_functions++;
	function->first = program->nr_ops;
	function->recovers = false;
	while ((word = conf_word(&line))) {
		ret = conf_op(parser, word, &line);
		if (ret)
			return ret;
		function->recovers |= conf_defers_token(&program->op[program->nr_ops - 1]);
	}
	if (parser->nr_open)
		return conf_refuse(parser->source, "a block without 'end'");
	function->nr = program->nr_ops - function->first;
	return 0;
}

static int conf_parse_task(struct conf_parser *parser, char *line)
{
	struct conf_program *program = parser->program;
	s32 main;
	int ret;

	if (program->nr_tasks == CONF_MAX_TASKS)
		return conf_refuse(parser->source, "more than %d tasks", CONF_MAX_TASKS);
	ret = conf_argument(parser->source, &line, "task", 'f', &main);
	if (ret)
		return ret;
	program->main[program->nr_tasks++] = main;
	if (conf_word(&line))
		return conf_refuse(parser->source, "more than a function after 'task'");
	return 0;
}

static int conf_field(struct conf_source *source, char **line, const char *name, s32 low, s32 high,
		      u32 *field)
{
	char *word = conf_word(line);
	s32 number;
	int ret;

	if (!word || strcmp(word, name))
		return conf_refuse(source, "'%s' is missing", name);
	ret = conf_number(source, line, name, low, high, &number);
	*field = number;
	return ret;
}

static int conf_parse_head(struct conf_parser *parser, char *line)
{
	struct conf_source *source = parser->source;
	struct conf_program *program = parser->program;
	int ret;

	ret = conf_field(source, &line, "program", 0, INT_MAX, &program->number);
	ret = ret ?: conf_field(source, &line, "depth", 1, CONF_MAX_DEPTH, &program->depth);
	ret = ret ?: conf_field(source, &line, "fuel", 1, CONF_MAX_FUEL, &program->fuel);
	if (!ret && conf_word(&line))
		return conf_refuse(source, "more than 'program N depth N fuel N'");
	return ret;
}

static int conf_parse_line(struct conf_parser *parser, char *line)
{
	char *word = conf_word(&line);

	if (!strcmp(word, "task"))
		return conf_parse_task(parser, line);
	if (!strcmp(word, "func"))
		return conf_parse_function(parser, line);
	return conf_refuse(parser->source, "'%.16s' is none of program, task, func", word);
}

static bool conf_calls(const struct conf_op *op)
{
	const char *args = conf_forms[op->code].args;

	return args[0] == 'f';
}

static int conf_check(struct conf_source *source, const struct conf_program *program)
{
	u32 i;

	if (!program->nr_tasks)
		return conf_refuse(source, "program %u has no task", program->number);
	for (i = 0; i < program->nr_tasks; i++)
		if (program->main[i] >= program->nr_functions)
			return conf_refuse(source, "program %u has no function %u",
					   program->number, program->main[i]);
	for (i = 0; i < program->nr_ops; i++)
		if (conf_calls(&program->op[i]) &&
		    (u32)program->op[i].arg[0] >= program->nr_functions)
			return conf_refuse(source, "program %u has no function %d",
					   program->number, program->op[i].arg[0]);
	return 0;
}

/* Whether a line says anything. */
static bool conf_is_text(const char *line)
{
	line += strspn(line, " \t\r");
	return *line && *line != '#';
}

static bool conf_is_head(const char *line)
{
	line += strspn(line, " \t\r");
	return !strncmp(line, "program", 7) && strchr(" \t\r", line[7]);
}

/* The next line with something in it, its number in source->line; NULL at the end. */
static char *conf_next_line(struct conf_source *source)
{
	char *line = source->head;

	source->head = NULL;
	if (line)
		return line;
	while (source->next && *source->next) {
		line = strsep(&source->next, "\n");
		source->line++;
		if (conf_is_text(line))
			return line;
	}
	return NULL;
}

static int conf_parse_body(struct conf_parser *parser)
{
	struct conf_source *source = parser->source;
	char *line;
	int ret;

	while ((line = conf_next_line(source))) {
		if (conf_is_head(line)) {
			source->head = line;
			break;
		}
		ret = conf_parse_line(parser, line);
		if (ret)
			return ret;
	}
	return conf_check(source, parser->program);
}

/*
 * Reads the next program. Returns 1, or 0 at the end of the text, or -EINVAL with source->line and
 * source->reason set.
 */
int conf_parse(struct conf_source *source, struct conf_program *program)
{
	struct conf_parser parser = { .source = source, .program = program };
	char *line = conf_next_line(source);
	int ret;

	if (!line)
		return 0;
	program->nr_tasks = 0;
	program->nr_functions = 0;
	program->nr_ops = 0;
	ret = conf_parse_head(&parser, line) ?: conf_parse_body(&parser);
	return ret ?: 1;
}
