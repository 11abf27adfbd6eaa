// SPDX-License-Identifier: LGPL-2.1-or-later
/* Errors, and the rules of names. */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <nsfab/nsfab.h>

/* Codes that are chosen for the text, not the other way round. */
static bool text_says_it(int code)
{
	return code == -EINVAL || code == -ENODEV || code == -ENOTUNIQ ||
	       code == -EBADMSG;
}

int nsfab_err_set(struct nsfab_err *err, int code, const char *fmt, ...)
{
	char buf[128];
	va_list ap;
	size_t len;

	if (!err)
		return code;

	memset(err, 0, sizeof(*err));
	err->code = code;
	err->index = -1;
	va_start(ap, fmt);
	vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
	len = strlen(err->text);
	if (!text_says_it(code))
		snprintf(err->text + len, sizeof(err->text) - len, "%s%s",
			 len ? ": " : "", strerror_r(-code, buf, sizeof(buf)));
	return code;
}

int nsfab_err_prefix(struct nsfab_err *err, const char *fmt, ...)
{
	char text[sizeof(err->text)];
	va_list ap;
	size_t len;

	if (!err)
		return 0;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	len = strlen(text);
	snprintf(text + len, sizeof(text) - len, ": %.*s",
		 (int)(sizeof(text) - 3), err->text);
	memcpy(err->text, text, sizeof(text));
	return err->code;
}

static bool name_valid(const char *name, size_t len)
{
	if (!len || len > NSFAB_NAME_MAX)
		return false;
	for (; len; name++, len--) {
		unsigned char c = *name;

		if (c >= 0x80 || (!isalnum(c) && c != '-' && c != '_'))
			return false;
	}
	return true;
}

bool nsfab_name_valid(const char *name)
{
	return name && name_valid(name, strlen(name));
}

int nsfab_path_split(const char *path, char tenant[NSFAB_NAME_MAX + 1],
		     const char **rest, struct nsfab_err *err)
{
	const char *slash = strchr(path, '/');
	const char *part, *end;

	if (!slash)
		return nsfab_err_set(err, -EINVAL,
				     "\"%s\" is no path, it needs a TENANT/ before it",
				     path);
	for (part = path; part; part = *end ? end + 1 : NULL) {
		end = part + strcspn(part, "/");
		if (!name_valid(part, end - part))
			return nsfab_err_set(err, -EINVAL,
					     "\"%.*s\" in \"%s\" is no valid name (1 to %d letters, digits, \"-\" and \"_\")",
					     (int)(end - part), part, path,
					     NSFAB_NAME_MAX);
	}
	memcpy(tenant, path, slash - path);
	tenant[slash - path] = '\0';
	*rest = slash + 1;
	return 0;
}

const char *nsfab_label_get(const char *labels, const char *key, size_t *len)
{
	size_t key_len = strlen(key);

	while (labels && *labels) {
		size_t line = strcspn(labels, "\n");

		if (line > key_len && labels[key_len] == '=' &&
		    !memcmp(labels, key, key_len)) {
			if (len)
				*len = line - key_len - 1;
			return labels + key_len + 1;
		}
		labels += line + !!labels[line];
	}
	return NULL;
}
