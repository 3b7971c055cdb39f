// SPDX-License-Identifier: GPL-2.0
/* JSON as it is, or as text for people. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tool.h"

void print_json(const json_t *value)
{
	json_dumpf(value, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
	putchar('\n');
	fflush(stdout);
}

void value_text(const json_t *value, char *buf, size_t size)
{
	size_t used = 0, i;
	json_t *item;

	switch (value ? json_typeof(value) : JSON_NULL) {
	case JSON_STRING:
		/* What an operator types is data here, not a terminal's commands. */
		snprintf(buf, size, "%s", *json_string_value(value) ?
					  json_string_value(value) : "-");
		for (char *c = buf; *c; c++)
			if ((unsigned char)*c < ' ' || *c == 0x7f)
				*c = '?';
		break;
	case JSON_INTEGER:
		snprintf(buf, size, "%" PRIdMAX, (intmax_t)json_integer_value(value));
		break;
	case JSON_REAL:
		snprintf(buf, size, "%.1f", json_real_value(value));
		break;
	case JSON_TRUE:
		snprintf(buf, size, "yes");
		break;
	case JSON_FALSE:
		snprintf(buf, size, "no");
		break;
	case JSON_ARRAY:
		snprintf(buf, size, "-");
		json_array_foreach(value, i, item) {
			char text[128];
			int n;

			value_text(item, text, sizeof(text));
			n = snprintf(buf + used, size - used, "%s%s", i ? "," : "", text);
			if (n < 0 || (size_t)n >= size - used)
				break;
			used += (size_t)n;
		}
		break;
	default:
		snprintf(buf, size, "-");
	}
}

void print_table(json_t *rows, const struct column *columns, size_t nr)
{
	int width[nr];
	char text[512];
	size_t i, r;
	json_t *row;

	if (opt_json) {
		print_json(rows);
		return;
	}

	for (i = 0; i < nr; i++)
		width[i] = (int)strlen(columns[i].title);
	json_array_foreach(rows, r, row) {
		for (i = 0; i < nr; i++) {
			int len;

			value_text(json_object_get(row, columns[i].key), text, sizeof(text));
			len = (int)strlen(text);
			if (len > width[i])
				width[i] = len;
		}
	}

	for (r = 0; r <= json_array_size(rows); r++) {
		row = r ? json_array_get(rows, r - 1) : NULL;
		for (i = 0; i < nr; i++) {
			/* No blanks at the end of a line. */
			int w = !columns[i].right && i == nr - 1 ? 0 : width[i];

			if (row)
				value_text(json_object_get(row, columns[i].key), text,
					   sizeof(text));
			printf("%s%*s", i ? "  " : "", columns[i].right ? w : -w,
			       row ? text : columns[i].title);
		}
		putchar('\n');
	}
	fflush(stdout);
}
