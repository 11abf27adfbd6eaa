// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * netctl: files that say what a link does.
 *
 * A distribution: numbers, rising, 8192 is one jitter, what follows a # is
 * skipped; so that tc-netem(8)'s files do.
 *
 * A trace of Mahimahi: a line for each opportunity to deliver a packet, the
 * millisecond when it is; the last one's is the period.
 *
 * A trace of TheaterQ: lines of values with commas between, which hold for the
 * first of them, KEEP, in microseconds. A line that does not begin with a
 * number may name the columns, others are skipped.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "link_values.h"
#include "netctl.h"

/* TheaterQ counts a queue in packets. */
#define PACKET_BYTES 1514

#define COLUMNS_MAX 16

/**
 * struct file - a file that is read
 * @v: where its errors go
 * @path: its name
 * @in: it
 * @line: number of the line
 * @text: the line
 * @size: memory of it
 */
struct file {
	struct link_values *v;
	char *path;
	FILE *in;
	unsigned long line;
	char *text;
	size_t size;
};

__attribute__((format(printf, 2, 3)))
static int refuse(struct file *f, const char *fmt, ...)
{
	struct link_values *v = f->v;
	va_list ap;
	int len;

	if (f->line)
		len = snprintf(v->why, sizeof(v->why), "%.200s:%lu: ", f->path,
			       f->line);
	else
		len = snprintf(v->why, sizeof(v->why), "%.200s: ", f->path);
	va_start(ap, fmt);
	vsnprintf(v->why + len, sizeof(v->why) - len, fmt, ap);
	va_end(ap);
	return -EINVAL;
}

static int file_open(struct file *f, struct link_values *v, const char *name)
{
	memset(f, 0, sizeof(*f));
	f->v = v;
	if (*name == '/' || !v->dir)
		f->path = strdup(name);
	else if (asprintf(&f->path, "%s/%s", v->dir, name) < 0)
		f->path = NULL;
	if (!f->path) {
		snprintf(v->why, sizeof(v->why), "%.200s: out of memory", name);
		return -EINVAL;
	}
	f->in = fopen(f->path, "re");
	return f->in ? 0 : refuse(f, "%s", strerror(errno));
}

static void file_close(struct file *f)
{
	if (f->in)
		fclose(f->in);
	free(f->path);
	free(f->text);
}

/* The next line, without blanks at its ends; NULL at the end of the file. */
static char *next_line(struct file *f)
{
	char *begin, *end;

	if (getline(&f->text, &f->size, f->in) < 0)
		return NULL;
	f->line++;
	begin = f->text + strspn(f->text, " \t");
	end = begin + strlen(begin);
	while (end > begin && strchr(" \t\r\n", end[-1]))
		*--end = '\0';
	return begin;
}

static int read_failure(struct file *f)
{
	if (!ferror(f->in))
		return 0;
	f->line = 0;
	return refuse(f, "cannot be read");
}

static int add_point(struct file *f, int32_t *table, size_t *n,
		     const char *word)
{
	char *end;
	long number = strtol(word, &end, 10);

	if (*end || number < -LINK_FILE_FAR || number > LINK_FILE_FAR)
		return refuse(f, "\"%.40s\" is not a number from %ld to %ld",
			      word, -LINK_FILE_FAR, LINK_FILE_FAR);
	number *= LINK_SCALE / LINK_FILE_SCALE;
	if (*n && number < table[*n - 1])
		return refuse(f, "%s is less than the number before: they must rise",
			      word);
	if (*n == NSFAB_LINK_TABLE_MAX)
		return refuse(f, "more than %d numbers", NSFAB_LINK_TABLE_MAX);
	table[(*n)++] = number;
	return 0;
}

static int read_points(struct file *f, int32_t *table, size_t *n)
{
	char *line, *word, *save;
	int ret = 0;

	while (!ret && (line = next_line(f))) {
		line[strcspn(line, "#")] = '\0';
		for (word = strtok_r(line, " \t,", &save); word && !ret;
		     word = strtok_r(NULL, " \t,", &save))
			ret = add_point(f, table, n, word);
	}
	if (!ret)
		ret = read_failure(f);
	if (!ret && *n < 2) {
		f->line = 0;
		ret = refuse(f, "has %zu numbers, a distribution needs 2 or more",
			     *n);
	}
	return ret;
}

int link_read_table(struct link_values *v, const char *name)
{
	struct file f;
	size_t n = 0;
	int ret;

	free(v->table);
	v->table = calloc(NSFAB_LINK_TABLE_MAX, sizeof(*v->table));
	ret = file_open(&f, v, name);
	if (!ret && !v->table)
		ret = refuse(&f, "out of memory");
	if (!ret)
		ret = read_points(&f, v->table, &n);
	file_close(&f);
	v->link.present |= NSFAB_LINK_HAS_TABLE;
	v->link.table = v->table;
	v->link.n_table = n;
	return ret;
}

static int read_opportunities(struct file *f, char *line)
{
	struct link_values *v = f->v;
	uint64_t number, last = 0;
	size_t n = 0, room = 0;
	uint32_t *more;

	for (; line; line = next_line(f)) {
		if (!*line)
			return refuse(f, "an empty line; each line is a millisecond");
		if (netctl_parse_u64(line, 0, UINT32_MAX, &number) ||
		    !strncasecmp(line, "0x", 2))
			return refuse(f, "\"%.40s\" is not a millisecond from 0 to %u",
				      line, UINT32_MAX);
		if (number < last)
			return refuse(f, "%" PRIu64 " goes back behind %" PRIu64 " of the line before",
				      number, last);
		if (n == NSFAB_LINK_TRACE_MAX)
			return refuse(f, "more than %d lines",
				      NSFAB_LINK_TRACE_MAX);
		if (n == room) {
			room = room ? room * 2 : 4096;
			more = reallocarray(v->trace, room, sizeof(*more));
			if (!more)
				return refuse(f, "out of memory");
			v->trace = more;
		}
		last = number;
		v->trace[n++] = number;
	}
	/* As Mahimahi does: it begins again with the last one. */
	if (!last)
		return refuse(f, "the last line is 0, it must be when the trace begins again");
	v->link.present |= NSFAB_LINK_HAS_TRACE;
	v->link.trace = v->trace;
	v->link.n_trace = n;
	v->link.trace_period = last;
	return read_failure(f);
}

enum column {
	COLUMN_KEEP,
	COLUMN_LATENCY,
	COLUMN_JITTER,
	COLUMN_RATE,
	COLUMN_LOSS,
	COLUMN_LIMIT,
	COLUMN_DUP_PROB,
	COLUMN_DUP_DELAY,
	COLUMN_ROUTE_ID,
	COLUMN_QUEUE_ID,
	N_COLUMNS
};

static const char *const columns[] = {
	"KEEP", "LATENCY", "JITTER", "RATE", "LOSS", "LIMIT", "DUP_PROB",
	"DUP_DELAY", "ROUTE_ID", "QUEUE_ID",
};

static const enum column simple[] = {
	COLUMN_KEEP, COLUMN_LATENCY, COLUMN_RATE, COLUMN_LOSS, COLUMN_LIMIT,
};

/**
 * struct sheet - a file of columns
 * @column: what each is
 * @n: how many there are, 0 before the first line
 * @at: nanoseconds from the begin
 * @same: of columns that cannot change, the first line's value
 */
struct sheet {
	enum column column[COLUMNS_MAX];
	size_t n;
	uint64_t at;
	int64_t same[N_COLUMNS];
};

static int read_head(struct file *f, struct sheet *sheet, char *line)
{
	char *word, *save = NULL;
	unsigned int i;

	if (f->v->n_events)
		return 0;
	line += strspn(line, "#<");
	sheet->n = 0;
	for (word = strtok_r(line, ",", &save); word;
	     word = strtok_r(NULL, ",", &save)) {
		word += strspn(word, " \t<");
		word[strcspn(word, " \t>")] = '\0';
		for (i = 0; i < N_COLUMNS; i++)
			if (!strcasecmp(word, columns[i]))
				break;
		/* A remark, unless what is before is of columns. */
		if (i == N_COLUMNS && !sheet->n)
			return 0;
		if (i == N_COLUMNS)
			return refuse(f, "unknown column \"%.40s\", known are KEEP, LATENCY, JITTER, RATE, LOSS, LIMIT, DUP_PROB, DUP_DELAY, ROUTE_ID, QUEUE_ID",
				      word);
		if (sheet->n == COLUMNS_MAX)
			return refuse(f, "more than %d columns", COLUMNS_MAX);
		sheet->column[sheet->n++] = i;
	}
	return 0;
}

/* Without a head, by their number. */
static int guess_columns(struct file *f, struct sheet *sheet, size_t n)
{
	unsigned int i;

	if (n == sizeof(simple) / sizeof(simple[0])) {
		memcpy(sheet->column, simple, sizeof(simple));
	} else if (n == N_COLUMNS) {
		for (i = 0; i < N_COLUMNS; i++)
			sheet->column[i] = i;
	} else {
		return refuse(f, "has %zu values: 5 (KEEP,LATENCY,RATE,LOSS,LIMIT), 10, or a line that names the columns are allowed",
			      n);
	}
	sheet->n = n;
	return 0;
}

static int take_value(struct file *f, struct sheet *sheet, enum column column,
		      int64_t value, struct nsfab_link *set, uint64_t *keep)
{
	static const int64_t most[] = {
		[COLUMN_KEEP] = 1000000000000,
		[COLUMN_LATENCY] = NSFAB_LINK_TIME_MAX,
		[COLUMN_JITTER] = NSFAB_LINK_TIME_MAX,
		[COLUMN_RATE] = NSFAB_LINK_RATE_MAX,
		[COLUMN_LOSS] = UINT32_MAX,
		[COLUMN_LIMIT] = UINT32_MAX,
		[COLUMN_DUP_PROB] = UINT32_MAX,
		[COLUMN_DUP_DELAY] = 0,
		[COLUMN_ROUTE_ID] = UINT32_MAX,
		[COLUMN_QUEUE_ID] = UINT32_MAX,
	};
	int64_t least = column == COLUMN_KEEP ? 1 :
			column == COLUMN_RATE ? -1 : 0;

	if (value < least || value > most[column])
		return refuse(f, "%s %" PRId64 " is not from %" PRId64 " to %" PRId64,
			      columns[column], value, least, most[column]);
	switch (column) {
	case COLUMN_KEEP:
		*keep = value * 1000;
		return 0;
	case COLUMN_LATENCY:
		set->delay = value;
		set->present |= NSFAB_LINK_HAS_DELAY;
		return 0;
	case COLUMN_JITTER:
		set->jitter = value;
		set->present |= NSFAB_LINK_HAS_JITTER | NSFAB_LINK_HAS_DIST;
		set->dist = NSFAB_LINK_DIST_NORMAL;
		return 0;
	case COLUMN_RATE:
		/* -1 is no limit; what is less than a link can do stops it. */
		set->rate = value < 0 ? 0 : value;
		set->present |= NSFAB_LINK_HAS_RATE | NSFAB_LINK_HAS_FLAGS;
		if (value < 0 || value >= NSFAB_LINK_RATE_MIN)
			return 0;
		set->rate = NSFAB_LINK_RATE_MIN;
		set->flags = NSFAB_LINK_FLAG_DOWN;
		return 0;
	case COLUMN_LOSS:
		set->loss[0] = value;
		set->loss_model = value ? NSFAB_LINK_LOSS_MODEL_RANDOM :
					  NSFAB_LINK_LOSS_MODEL_NONE;
		set->present |= NSFAB_LINK_HAS_LOSS;
		return 0;
	case COLUMN_LIMIT:
		set->queue_bytes = (value ? value : 1) * PACKET_BYTES;
		set->present |= NSFAB_LINK_HAS_QUEUE;
		return 0;
	case COLUMN_DUP_PROB:
		set->duplicate = value;
		set->present |= NSFAB_LINK_HAS_DUPLICATE;
		return 0;
	default:
		break;
	}
	/* Routes and queues that change have no like here. */
	if (!f->v->n_events)
		sheet->same[column] = value;
	if (value != sheet->same[column])
		return refuse(f, "%s changes from %" PRId64 " to %" PRId64 ", which a link cannot do",
			      columns[column], sheet->same[column], value);
	return 0;
}

static int read_values(struct file *f, struct sheet *sheet, char *line,
		       struct nsfab_link *set, uint64_t *keep)
{
	int64_t value[COLUMNS_MAX];
	char *word, *save = NULL, *end;
	size_t n = 0, i;
	int ret = 0;

	for (word = strtok_r(line, ",", &save); word;
	     word = strtok_r(NULL, ",", &save)) {
		if (n == COLUMNS_MAX)
			return refuse(f, "more than %d values", COLUMNS_MAX);
		errno = 0;
		value[n] = strtoll(word, &end, 10);
		end += strspn(end, " \t");
		if (errno || end == word || *end)
			return refuse(f, "\"%.40s\" is not a whole number",
				      word);
		n++;
	}
	if (!sheet->n)
		ret = guess_columns(f, sheet, n);
	if (!ret && n != sheet->n)
		ret = refuse(f, "has %zu values where there are %zu columns", n,
			     sheet->n);
	for (i = 0; i < n && !ret; i++)
		ret = take_value(f, sheet, sheet->column[i], value[i], set,
				 keep);
	/* Bytes of a queue need a rate. */
	if (!ret && set->present & NSFAB_LINK_HAS_RATE && !set->rate)
		set->queue_bytes = 0;
	if (!ret && set->delay + set->jitter > NSFAB_LINK_TIME_MAX)
		ret = refuse(f, "LATENCY and JITTER are more than 16s in all");
	return ret;
}

static int read_row(struct file *f, struct sheet *sheet, char *line)
{
	struct nsfab_schedule_event *more;
	struct link_values *v = f->v;
	struct nsfab_link set = { 0 };
	uint64_t keep = 0;
	int ret;

	ret = read_values(f, sheet, line, &set, &keep);
	if (ret)
		return ret;
	if (!keep)
		return refuse(f, "there is no column KEEP");
	if (v->n_events == NSFAB_SCHEDULE_MAX)
		return refuse(f, "more than %d lines", NSFAB_SCHEDULE_MAX);
	if (!(v->n_events & (v->n_events - 1))) {
		more = reallocarray(v->events,
				    v->n_events ? v->n_events * 2 : 1,
				    sizeof(*more));
		if (!more)
			return refuse(f, "out of memory");
		v->events = more;
	}
	v->events[v->n_events].at = sheet->at;
	v->events[v->n_events].link = 0;
	v->events[v->n_events++].set = set;
	sheet->at += keep;
	return 0;
}

static int read_sheet(struct file *f, char *line)
{
	struct sheet sheet = { 0 };
	int ret = 0;

	for (; line && !ret; line = next_line(f)) {
		if (!*line)
			continue;
		ret = strchr("0123456789-", *line) ?
		      read_row(f, &sheet, line) : read_head(f, &sheet, line);
	}
	if (!ret)
		ret = read_failure(f);
	if (!ret && !f->v->n_events) {
		f->line = 0;
		ret = refuse(f, "has no line of values");
	}
	f->v->loop = sheet.at;
	return ret;
}

int link_read_trace(struct link_values *v, const char *name)
{
	struct file f;
	char *line = NULL;
	int ret;

	ret = file_open(&f, v, name);
	if (!ret) {
		line = next_line(&f);
		ret = read_failure(&f);
	}
	if (!ret && !line)
		ret = refuse(&f, "is empty");
	if (!ret)
		ret = strchr(line, ',') || !strchr("0123456789", *line) ?
		      read_sheet(&f, line) : read_opportunities(&f, line);
	file_close(&f);
	return ret;
}
