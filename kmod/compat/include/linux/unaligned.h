/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _NSFAB_COMPAT_LINUX_UNALIGNED_H
#define _NSFAB_COMPAT_LINUX_UNALIGNED_H

/* Moved here from asm/ in 6.12. */
#ifdef NSFAB_HAVE_LINUX_UNALIGNED
#include_next <linux/unaligned.h>
#else
#include <asm/unaligned.h>
#endif

#endif /* _NSFAB_COMPAT_LINUX_UNALIGNED_H */
