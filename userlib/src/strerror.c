// SPDX-License-Identifier: LGPL-2.1
/* Result codes in words, from the one list the module uses too. */
#include "internal.h"

const char *dvk_strerror(long code)
{
#define TEXT(name, number, text)	\
	[number] = (text),
	static const char *const texts[] = {
		[OK] = "success",
		DVK_ERRNO_LIST(TEXT)
	};
#undef TEXT
	unsigned long n = code;

	if (code < 0)
		n = -n;
	return n < sizeof(texts) / sizeof(texts[0]) && texts[n] ?
	       texts[n] : "unknown result code";
}
