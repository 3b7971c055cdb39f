// SPDX-License-Identifier: GPL-2.0
/* Payload in LZ4's frame format. */
#include <lz4frame.h>
#include <string.h>
#include "proxy.h"

/* What is smaller fits into a packet as it is. */
#define WORTH_IT	256

size_t pack(const void *from, size_t len, void *to)
{
	LZ4F_preferences_t prefs = {
		.frameInfo.blockSizeID = LZ4F_max1MB,
		.frameInfo.contentSize = len,
	};
	/* It wants room for the worst case, which is not sent. */
	static __thread char out[MAXCOPYBUF + 1024];
	size_t n;

	if (len < WORTH_IT || LZ4F_compressFrameBound(len, &prefs) > sizeof(out))
		return 0;
	n = LZ4F_compressFrame(out, sizeof(out), from, len, &prefs);
	if (LZ4F_isError(n) || n >= len)
		return 0;
	memcpy(to, out, n);
	return n;
}

ssize_t unpack(const void *from, size_t len, void *to)
{
	static __thread LZ4F_dctx *ctx;
	size_t used = len, out = MAXCOPYBUF, left;

	/* Of the thread, which lives as long as the program. */
	if (!ctx && LZ4F_isError(LZ4F_createDecompressionContext(&ctx,
								 LZ4F_VERSION)))
		return -1;
	left = LZ4F_decompress(ctx, to, &out, from, &used, NULL);
	/* One frame, all of it, and no more than fits. */
	if (!left && used == len && out)
		return out;
	LZ4F_resetDecompressionContext(ctx);
	return -1;
}
