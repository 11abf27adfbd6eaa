// SPDX-License-Identifier: GPL-2.0-or-later
#include <ctype.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "lab_word.h"

/* Words that are no text in one version of YAML or another. */
static bool is_special(const char *text)
{
	static const char *const special[] = {
		"null", "true", "false", "yes", "no", "on", "off", "y", "n",
	};
	size_t i;

	for (i = 0; i < sizeof(special) / sizeof(special[0]); i++)
		if (!strcasecmp(special[i], text))
			return true;
	return false;
}

void lab_put_word(FILE *out, const char *text)
{
	const char *p = text;

	if (isalpha((unsigned char)*p) && !is_special(text)) {
		while (isalnum((unsigned char)*p) || *p == '-' || *p == '_')
			p++;
		if (!*p) {
			fputs(text, out);
			return;
		}
	}
	putc('"', out);
	for (p = text; *p; p++) {
		if (*p == '"' || *p == '\\')
			fprintf(out, "\\%c", *p);
		else if (*p == '\n')
			fputs("\\n", out);
		else if ((unsigned char)*p < 0x20 || *p == 0x7f)
			fprintf(out, "\\x%02x", (unsigned char)*p);
		else
			putc(*p, out);
	}
	putc('"', out);
}
