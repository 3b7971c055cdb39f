// SPDX-License-Identifier: GPL-2.0
/*
 * 6.18: the pages of a buffer lie beside each other in the memory map as well, and
 * nth_page() has gone.
 */
#include <linux/mm.h>

#ifdef nth_page
#error "nth_page() is there"
#endif
