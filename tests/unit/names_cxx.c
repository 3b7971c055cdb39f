// SPDX-License-Identifier: GPL-2.0
/* The same names in C++: the Makefile gives this file to that compiler. */
#include "names.c"
