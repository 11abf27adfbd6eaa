// SPDX-License-Identifier: GPL-2.0-or-later
/* libFuzzer: from the bytes of a lab file to the steps that it asks for. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "lab_load.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct nsfab_state_diff diff;
	struct lab_file file;
	char text[256];
	size_t i;

	/* A short file that makes 100000 objects is right, but slow to fuzz. */
	if (!lab_file_parse(&file, "fuzz", data, size) &&
	    nsfab_state_count(file.state) < 5000 &&
	    !lab_file_resolve(&file, NULL) &&
	    !nsfab_state_diff(NULL, file.state, &diff)) {
		for (i = 0; i < diff.n; i++)
			nsfab_state_op_text(&diff.op[i], text, sizeof(text));
		nsfab_state_diff_free(&diff);
	}
	lab_file_free(&file);
	return 0;
}
