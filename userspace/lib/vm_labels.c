// SPDX-License-Identifier: LGPL-2.1-or-later
/* The labels that the ports of a VM get. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "vm_inet.h"

int vm_labels_fill(const struct vm_attrs *attrs, const char *own,
		   const struct vm_inet *inet, char **labels, size_t n,
		   struct nsfab_err *err)
{
	char (*buf)[NSFAB_LABELS_MAX + 1] = calloc(n, sizeof(*buf));
	int ret = buf ? 0 : -ENOMEM;
	size_t i;

	memset(labels, 0, n * sizeof(*labels));
	if (!ret)
		ret = vm_labels_join(buf[0], own, attrs, err);
	if (!ret)
		ret = vm_inet_put(inet, n, buf, err);
	for (i = 0; i < n && !ret; i++) {
		labels[i] = strdup(buf[i]);
		if (!labels[i])
			ret = -ENOMEM;
	}
	if (ret == -ENOMEM)
		nsfab_err_set(err, ret, "no memory");
	for (i = 0; i < n && ret; i++) {
		free(labels[i]);
		labels[i] = NULL;
	}
	free(buf);
	return ret;
}

int vm_labels_of_spec(const struct nsfab_vm_spec *spec, char **labels,
		      struct nsfab_err *err)
{
	struct vm_attrs attrs = {
		.cpus = spec->cpus,
		.memory = spec->memory,
	};
	struct vm_inet inet = {
		.router = spec->router,
		.no_ipv6 = spec->no_ipv6,
		.routes = spec->routes,
		.n_routes = spec->n_routes,
	};
	char run[NSFAB_LABELS_MAX + 1];
	const char *which;
	size_t i;

	if (vm_label_reserved(spec->labels, &which))
		return nsfab_err_set(err, -EINVAL,
				     "label \"%s\" is taken by the VM's attribute of this name",
				     which);
	if (spec->stub && (spec->n_run || spec->cpus || spec->memory))
		return nsfab_err_set(err, -EINVAL,
				     "a stub runs nothing and has no limits");
	if (spec->stub && (spec->router || spec->n_routes))
		return nsfab_err_set(err, -EINVAL, "a stub does not route");
	if (spec->stub && spec->no_ipv6)
		return nsfab_err_set(err, -EINVAL,
				     "a stub has no stack without IPv6");
	if (spec->n_run) {
		if (nsfab_vm_run_join(run, sizeof(run), spec->run,
				      spec->n_run) < 0)
			return vm_err(err, -E2BIG, "the command is too long");
		attrs.run = run;
	}
	for (i = 0; i < spec->n_nics; i++)
		memcpy(inet.prefixlen[i], spec->nics[i].prefixlen,
		       sizeof(inet.prefixlen[i]));
	return vm_labels_fill(&attrs, spec->labels, &inet, labels,
			      spec->n_nics, err);
}
