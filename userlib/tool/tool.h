/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The dvk command. Each command is one file, cmd-NAME.c, which gathers what it
 * has to tell into JSON; out.c prints that as it is or as text.
 */
#ifndef _DVK_TOOL_H
#define _DVK_TOOL_H

#include <argp.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <jansson.h>

#define DVK_STRICT_POINTERS
#include <dvk/dvk.h>

#define EXIT_BAD_USAGE	2

/* ---- Options all commands have ---- */

extern bool opt_json;

/* -j and --help, to be the first child of every command's parser. */
extern const struct argp common_argp;
#define COMMON_CHILDREN \
	(const struct argp_child[]){ { &common_argp, 0, NULL, 0 }, { NULL, 0, NULL, 0 } }

/* ---- The commands: argv[0] is the name, "dvk node" ---- */

int cmd_node(int argc, char **argv);
int cmd_dc(int argc, char **argv);
int cmd_peer(int argc, char **argv);
int cmd_ps(int argc, char **argv);
int cmd_stat(int argc, char **argv);
int cmd_ping(int argc, char **argv);
int cmd_monitor(int argc, char **argv);
int cmd_rmtbind(int argc, char **argv);
int cmd_unbind(int argc, char **argv);
int cmd_run(int argc, char **argv);
int cmd_migrate(int argc, char **argv);

/* ---- Errors: what went wrong, and what to do about it ---- */

void die(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));
void warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* A call of the library returned the error @code: ends the command. */
void die_call(long code, const char *fmt, ...)
	__attribute__((format(printf, 2, 3), noreturn));

/* The advice for a result code, or "". */
const char *advice(long code);

/* ---- Arguments ---- */

/* A decimal number within bounds, or a usage error that names @what. */
int number(const struct argp_state *state, const char *what, const char *arg,
	   long min, long max);
double seconds(const struct argp_state *state, const char *what, const char *arg);

/* ---- Endpoints ---- */

#define UNSET		INT_MIN		/* no endpoint, node or pid is given */

#define OPTION_DC	{ "dc", 'd', "ID", 0, "The DC (default 0)", 0 }
#define OPTION_EP	{ "ep", 'e', "ENDPOINT", 0, "The endpoint", 0 }

/* --dc, --ep and --node, of commands that have these options. */
error_t parse_target(int key, const char *arg, const struct argp_state *state,
		     int *dc, int *ep, int *node);

/* Binds this process, or ends the command. */
void bind_self(int dc, int ep);

/*
 * The id of this node, -1 if it is none of a DVS; ends the command, which could
 * not do @what, if it cannot be known.
 */
long this_node(const char *what);
/* An empty table is not all there is to say then. */
void warn_no_dvs(void);

/* An endpoint takes the name that its process has when it is bound. */
void take_name(const char *program);

/* Runs a program in place of this one. Returns, with a status, if it cannot. */
int run_program(char **command, const char *advice_text);

/* ---- Time ---- */

double now(void);		/* seconds of the monotonic clock */
void pause_for(double s);	/* a signal ends it early */

/* Ctrl-C, kill and the end of the terminal only set the flag, for commands that
 * tidy up or sum up.
 */
extern volatile sig_atomic_t stopped;
void catch_stop(void);

/* ---- sysfs ---- */

#define ATTR_LEN	4096

/*
 * Paths are relative to /sys/class/dvk/dvk0 and made by a format. Reading
 * returns a malloc'ed string without the newline, NULL if there is no such
 * attribute.
 */
char *attr_read(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Writes @value; 0 or a negative errno. */
int attr_write(const char *value, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Ends the command unless the module is there and sysfs shows our node. */
void sysfs_check(void);

/*
 * Adds an attribute to @obj under its name, as a number if it is one. Those
 * that do not exist are left out.
 */
void attr_get(json_t *obj, const char *dir, const char *name);

/* The numbered subdirectories of "dcs" or "peers", ascending; end is -1. */
int *numbered(const char *dir);

/* Why a write failed and what to do, for errors common to all attributes. */
const char *write_advice(int err);

/* ---- Output ---- */

/**
 * struct column - one column of a table
 * @title: as printed above it
 * @key: key of the rows' objects; NULL values print as "-"
 * @right: align to the right
 */
struct column {
	const char *title;
	const char *key;
	bool right;
};

/* A list of objects: as JSON, or one line each below a line of titles. */
void print_table(json_t *rows, const struct column *columns, size_t nr);

/* The text of a value: strings without quotes, numbers, lists as 1,2,3. */
void value_text(const json_t *value, char *buf, size_t size);

void print_json(const json_t *value);

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

#endif /* _DVK_TOOL_H */
