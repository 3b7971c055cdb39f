// SPDX-License-Identifier: LGPL-2.1
/* Result codes in words, from the one list the module uses too. */
#include "internal.h"

const char *dvk_strerror(long code)
{
	if (code < 0)
		code = -code;

	switch (code) {
	case OK:
		return "success";
#define CASE(name, number, text)	\
	case number:			\
		return text;
	DVK_ERRNO_LIST(CASE)
#undef CASE
	default:
		return "unknown result code";
	}
}
