// SPDX-License-Identifier: GPL-2.0-or-later
#include "lab_schema.h"

/* Made from Documentation/nsfab-lab.schema.json when building. */
static const char text[] =
#include "nsfab-lab.schema.inc"
;

const char *lab_schema_text(void)
{
	return text;
}
