// SPDX-License-Identifier: GPL-2.0
/*
 * The tracepoints themselves; see trace.h. They alone look into the objects of
 * floors above.
 */
#include "link/link.h"
#include "node.h"
#include "object/dc.h"
#include "object/endpoint.h"

#define CREATE_TRACE_POINTS
#include "trace.h"
