// SPDX-License-Identifier: GPL-2.0
/*
 * px_lz4 <px_id> <host>: a proxy that compresses payload, in the frame format of
 * LZ4 with blocks of 1 MB, and keeps it only if that makes it smaller. It prints
 * when it has compressed for the first time.
 */
#include "px.h"
#include <lz4frame.h>

static char packed[MAXCOPYBUF + 65536];

static const LZ4F_preferences_t prefs = {
	.frameInfo = { .blockSizeID = LZ4F_max1MB },
};

static void sender_loop(int sd)
{
	int rcode, first = TRUE;
	size_t n;
	void *data;

	for (;;) {
		rcode = dvk_get2rmt(&header, &payload);
		if (rcode == EDVSTIMEDOUT) {
			header.c_cmd = CMD_NONE;
			header.c_len = 0;
		} else if (rcode) {
			PX_EXIT("dvk_get2rmt", rcode);
		}
		data = payload.pay_data;
		if (header.c_len) {
			n = LZ4F_compressFrame(packed, sizeof(packed), data,
					       header.c_len, &prefs);
			if (!LZ4F_isError(n) && n < (size_t)header.c_len) {
				if (first)
					printf("LZ4 %d -> %zu\n", header.c_len, n);
				fflush(stdout);
				first = FALSE;
				SET_BIT(header.c_flags, FLAG_LZ4_BIT);
				header.c_len = n;
				data = packed;
			}
		}
		put_bytes(sd, &header, sizeof(proxy_hdr_t));
		if (header.c_len)
			put_bytes(sd, data, header.c_len);
	}
}

static void receiver_loop(int sd)
{
	LZ4F_dctx *ctx;
	size_t in, out, ret;
	int rcode;

	LZ4F_createDecompressionContext(&ctx, LZ4F_VERSION);
	for (;;) {
		get_bytes(sd, &header, sizeof(proxy_hdr_t));
		if (header.c_len)
			get_bytes(sd, TEST_BIT(header.c_flags, FLAG_LZ4_BIT) ?
				  (void *)packed : (void *)&payload, header.c_len);
		if (TEST_BIT(header.c_flags, FLAG_LZ4_BIT)) {
			in = header.c_len;
			out = sizeof(payload);
			ret = LZ4F_decompress(ctx, &payload, &out, packed, &in, NULL);
			if (ret || (int)out != header.c_vcopy.v_bytes)
				PX_EXIT("LZ4F_decompress", out);
			/* The bit stays set, and so does c_len. */
		}
		rcode = dvk_put2lcl(&header, &payload);
		if (rcode)
			PX_EXIT("dvk_put2lcl", rcode);
	}
}
