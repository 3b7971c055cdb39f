/* SPDX-License-Identifier: GPL-2.0 */
/* /dev/dvk */
#ifndef _DVK_UAPI_H
#define _DVK_UAPI_H

int dvk_uapi_register(void);
void dvk_uapi_unregister(void);

#endif /* _DVK_UAPI_H */
