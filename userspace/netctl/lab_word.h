/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Words in a lab file that is written. */
#ifndef NETCTL_LAB_WORD_H
#define NETCTL_LAB_WORD_H

#include <stdio.h>

/** lab_put_word() - a text as it is where every YAML takes that, else quoted */
void lab_put_word(FILE *out, const char *text);

#endif
