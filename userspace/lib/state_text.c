// SPDX-License-Identifier: LGPL-2.1-or-later
/* A step in words. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "state_switch.h"

struct text {
	char *buf;
	size_t size;
	size_t len;
};

__attribute__((format(printf, 2, 3)))
static void put(struct text *text, const char *fmt, ...)
{
	size_t left = text->len < text->size ? text->size - text->len : 0;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(left ? text->buf + text->len : NULL, left, fmt, ap);
	va_end(ap);
	if (n > 0)
		text->len += n;
}

static const char *addr(const struct nsfab_addr *a)
{
	static _Thread_local char buf[NSFAB_ADDR_STRLEN];

	return nsfab_addr_format(a, buf);
}

static const char *prefix(const struct nsfab_prefix *p)
{
	static _Thread_local char buf[NSFAB_PREFIX_STRLEN];

	return nsfab_prefix_format(p, buf);
}

static const char *mac(const uint8_t m[NSFAB_MAC_LEN])
{
	static _Thread_local char buf[NSFAB_MAC_STRLEN];

	return nsfab_mac_format(m, buf);
}

static const char *accounting(uint8_t value)
{
	static const char *const names[] = {
		[NSFAB_ACCOUNTING_OFF] = "off",
		[NSFAB_ACCOUNTING_BASIC] = "basic",
		[NSFAB_ACCOUNTING_RICH] = "rich",
	};

	return value <= NSFAB_ACCOUNTING_RICH ? names[value] : "?";
}

static void put_addrs(struct text *text, const struct nsfab_state_nic *nic)
{
	unsigned int i;

	if (!nic->n_addrs)
		put(text, "none");
	for (i = 0; i < nic->n_addrs; i++)
		put(text, "%s%s", i ? "," : "", addr(&nic->addr[i]));
}

/* Of addresses that are in no subnet, the lengths of their prefixes. */
static void put_lengths(struct text *text, const struct nsfab_state_nic *nic)
{
	if (nic->prefixlen[0])
		put(text, " /%u", nic->prefixlen[0]);
	if (nic->prefixlen[1])
		put(text, " ipv6 /%u", nic->prefixlen[1]);
}

static void put_subnets(struct text *text,
			const struct nsfab_state_network *network)
{
	unsigned int i;

	if (!network->n_subnets)
		put(text, "none");
	for (i = 0; i < network->n_subnets; i++) {
		put(text, "%s%s", i ? "," : "",
		    prefix(&network->subnet[i].prefix));
		if (network->subnet[i].gateway.len)
			put(text, " gateway %s",
			    addr(&network->subnet[i].gateway));
	}
}

static void put_line(struct text *text, const char *lines)
{
	if (!*lines)
		put(text, "none");
	for (; *lines; lines++)
		put(text, "%c", *lines == '\n' ? ',' : *lines);
}

static void put_cpus(struct text *text, uint32_t cpus)
{
	if (cpus)
		put(text, "%u.%03u", cpus / 1000, cpus % 1000);
	else
		put(text, "no limit");
}

static void put_memory(struct text *text, uint64_t memory)
{
	if (memory)
		put(text, "%llu", (unsigned long long)memory);
	else
		put(text, "no limit");
}

static void put_vteps(struct text *text, const struct nsfab_state_vteps *vteps)
{
	unsigned int i;

	for (i = 0; i < vteps->n; i++)
		put(text, "%s%s", i ? "," : " ", addr(&vteps->vtep[i]));
}

static void put_path(struct text *text, const struct nsfab_state_obj *obj)
{
	put(text, "%s ", nsfab_state_kind_name(obj->kind));
	if (obj->kind == NSFAB_STATE_HOST || obj->kind == NSFAB_STATE_TENANT)
		put(text, "%s", obj->name);
	else if (obj->kind == NSFAB_STATE_ROUTES)
		put(text, "%s", obj->tenant);
	else if (obj->kind == NSFAB_STATE_SCHEDULE)
		put(text, "of the lab");
	else
		put(text, "%s/%s", obj->tenant, obj->name);
	if (!strcmp(obj->host, NSFAB_STATE_UNDERLAY_HOST))
		put(text, " of the underlay");
	else if (*obj->host && obj->kind != NSFAB_STATE_HOST)
		put(text, " on %s", obj->host);
}

static void put_nic(struct text *text, const struct nsfab_state_nic *nic)
{
	put(text, " nic %s ip ", nic->network);
	put_addrs(text, nic);
	put_lengths(text, nic);
	put(text, " mac %s", mac(nic->mac));
}

static void put_route(struct text *text, const struct nsfab_state_route *route)
{
	unsigned int i;

	put(text, "%s", prefix(&route->to));
	if (route->type != NSFAB_ROUTE_TYPE_UNICAST)
		put(text, " %s", route->type == NSFAB_ROUTE_TYPE_BLACKHOLE ?
		    "blackhole" : "unreachable");
	for (i = 0; i < route->n_hops; i++) {
		put(text, "%s%s", i ? "," : " via ", addr(&route->hop[i].via));
		if (route->hop[i].weight > 1)
			put(text, "*%u", route->hop[i].weight);
	}
}

static void put_link(struct text *text, const struct nsfab_state_link *old,
		     const struct nsfab_state_link *new)
{
	char words[2048];

	state_link_text(old, new, words, sizeof(words));
	put(text, "%s", words);
}

static void put_schedule(struct text *text,
			 const struct nsfab_state_schedule *schedule)
{
	put(text, " %u events", schedule->n);
	if (schedule->loop)
		put(text, " loop %.9gs", schedule->loop / 1e9);
}

static void put_routes(struct text *text,
		       const struct nsfab_state_routes *routes)
{
	unsigned int i;

	for (i = 0; i < routes->n; i++) {
		put(text, "%s ", i ? "," : "");
		put_route(text, &routes->route[i]);
	}
}

/* What is new has no old values: say what it will be. */
static void put_values(struct text *text, const struct nsfab_state_obj *obj)
{
	unsigned int i;

	switch (obj->kind) {
	case NSFAB_STATE_HOST:
		put(text, " local %s mtu %u", addr(&obj->as_host.local),
		    obj->as_host.mtu);
		break;
	case NSFAB_STATE_TENANT:
		put(text, " accounting %s",
		    accounting(obj->as_tenant.accounting));
		for (i = 0; i < NSFAB_STATE_LIMITS; i++)
			if (obj->as_tenant.limit[i] != NSFAB_STATE_AUTO)
				put(text, " %s %u", nsfab_state_limit_name(i),
				    obj->as_tenant.limit[i]);
		break;
	case NSFAB_STATE_NETWORK:
		put(text, " vni %u subnet ", obj->as_network.vni);
		put_subnets(text, &obj->as_network);
		break;
	case NSFAB_STATE_PORT:
		put(text, " remote %s", addr(&obj->as_port.remote));
		put_nic(text, &obj->as_port.nic);
		break;
	case NSFAB_STATE_VM:
		put(text, "%s", obj->as_vm.stub ? " stub" : "");
		for (i = 0; i < obj->as_vm.n_nics; i++)
			put_nic(text, &obj->as_vm.nic[i]);
		put(text, "%s%s%s", obj->as_vm.router ? " router" : "",
		    obj->as_vm.no_ipv6 ? " without-ipv6" : "",
		    obj->as_vm.routes.n ? " routes" : "");
		put_routes(text, &obj->as_vm.routes);
		break;
	case NSFAB_STATE_ROUTES:
		put_routes(text, &obj->as_routes);
		break;
	case NSFAB_STATE_PATCH:
		put(text, " networks %s and %s", obj->as_patch.network[0],
		    obj->as_patch.network[1]);
		break;
	case NSFAB_STATE_BOTTLENECK:
	case NSFAB_STATE_LINK:
		put_link(text, NULL, &obj->as_link);
		break;
	case NSFAB_STATE_SCHEDULE:
		put_schedule(text, &obj->as_schedule);
		break;
	case NSFAB_STATE_FORWARDING:
		put(text, " %u entries %u neighbours",
		    obj->as_forwarding.n_fdb, obj->as_forwarding.n_neigh);
		break;
	case NSFAB_STATE_VTEPS:
		put_vteps(text, &obj->as_vteps);
		break;
	default:
		break;
	}
}

static void put_nic_change(struct text *text, const struct nsfab_state_nic *old,
			   const struct nsfab_state_nic *new, int number)
{
	uint32_t what = state_nic_diff(old, new);
	char name[16] = "";

	if (number >= 0)
		snprintf(name, sizeof(name), "eth%d ", number);
	if (what & STATE_NIC_MAC) {
		put(text, " %smac %s ->", name, mac(old->mac));
		put(text, " %s", mac(new->mac));
	}
	if (what & STATE_NIC_ADDRS) {
		put(text, " %sip ", name);
		put_addrs(text, old);
		put(text, " -> ");
		put_addrs(text, new);
	}
	if (what & STATE_NIC_PREFIX) {
		put(text, " %sprefix", name);
		put_lengths(text, old);
		put(text, " ->");
		put_lengths(text, new);
	}
	if (what & STATE_NIC_ALLOWED)
		put(text, " %sallowed changed", name);
	if (what & STATE_NIC_GUARD)
		put(text, " %sguard %s -> %s", name,
		    old->unguarded ? "off" : "on",
		    new->unguarded ? "off" : "on");
}

static void put_limits(struct text *text, const struct nsfab_state_tenant *old,
		       const struct nsfab_state_tenant *new)
{
	unsigned int i;

	for (i = 0; i < NSFAB_STATE_LIMITS; i++)
		if (new->limit[i] != NSFAB_STATE_AUTO &&
		    new->limit[i] != old->limit[i])
			put(text, " %s %u -> %u", nsfab_state_limit_name(i),
			    old->limit[i], new->limit[i]);
}

static const struct nsfab_state_route *
route_to(const struct nsfab_state_routes *routes,
	 const struct nsfab_prefix *to)
{
	unsigned int i;

	for (i = 0; i < routes->n; i++)
		if (!nsfab_addr_cmp(&routes->route[i].to.addr, &to->addr) &&
		    routes->route[i].to.len == to->len)
			return &routes->route[i];
	return NULL;
}

static void put_routes_change(struct text *text,
			      const struct nsfab_state_routes *old,
			      const struct nsfab_state_routes *new)
{
	unsigned int i;

	for (i = 0; i < old->n; i++)
		if (!route_to(new, &old->route[i].to)) {
			put(text, " -");
			put_route(text, &old->route[i]);
		}
	for (i = 0; i < new->n; i++) {
		const struct nsfab_state_route *was;
		struct nsfab_state_routes a, b;

		was = route_to(old, &new->route[i].to);
		a = (struct nsfab_state_routes){ 1, (void *)was };
		b = (struct nsfab_state_routes){ 1, &new->route[i] };
		if (was) {
			struct nsfab_state_obj x = { .kind = NSFAB_STATE_ROUTES,
						     .labels = "" };
			struct nsfab_state_obj y = x;

			x.as_routes = a;
			y.as_routes = b;
			if (!state_obj_diff(&x, &y))
				continue;
			put(text, " ");
			put_route(text, was);
			put(text, " -> ");
		} else {
			put(text, " +");
		}
		put_route(text, &new->route[i]);
	}
}

static void put_forwarding_change(struct text *text,
				  const struct nsfab_state_forwarding *old,
				  const struct nsfab_state_forwarding *new)
{
	struct state_forwarding_diff diff;

	if (state_forwarding_diff(old, new, &diff))
		return;
	put(text, " entries -%zu +%zu neighbours -%zu +%zu", diff.n_gone_fdb,
	    diff.n_new_fdb, diff.n_gone_neigh, diff.n_new_neigh);
	state_forwarding_diff_free(&diff);
}

static void put_run(struct text *text, const struct nsfab_state_vm *vm)
{
	unsigned int i;

	put(text, "[");
	for (i = 0; i < vm->n_run; i++)
		put(text, "%s%s", i ? " " : "", vm->run[i]);
	put(text, "]");
}

static void put_vm_change(struct text *text, uint32_t what,
			  const struct nsfab_state_vm *old,
			  const struct nsfab_state_vm *new)
{
	unsigned int i;

	for (i = 0; i < old->n_nics && i < new->n_nics; i++)
		put_nic_change(text, &old->nic[i], &new->nic[i], i);
	if (what & STATE_DIFF_RUN) {
		put(text, " run ");
		put_run(text, old);
		put(text, " -> ");
		put_run(text, new);
	}
	if (old->cpus != new->cpus) {
		put(text, " cpus ");
		put_cpus(text, old->cpus);
		put(text, " -> ");
		put_cpus(text, new->cpus);
	}
	if (old->memory != new->memory) {
		put(text, " memory ");
		put_memory(text, old->memory);
		put(text, " -> ");
		put_memory(text, new->memory);
	}
	if (what & STATE_DIFF_ROUTER)
		put(text, " router %s -> %s", old->router ? "on" : "off",
		    new->router ? "on" : "off");
	if (what & STATE_DIFF_IPV6)
		put(text, " ipv6 %s -> %s", old->no_ipv6 ? "off" : "on",
		    new->no_ipv6 ? "off" : "on");
	if (what & STATE_DIFF_ROUTES) {
		put(text, " routes");
		put_routes_change(text, &old->routes, &new->routes);
	}
	if (what & STATE_DIFF_WORDS)
		put(text, " flavour or image changed");
}

static void put_network_change(struct text *text, uint32_t what,
			       const struct nsfab_state_network *old,
			       const struct nsfab_state_network *new)
{
	if (what & STATE_DIFF_VNI)
		put(text, " vni %u -> %u", old->vni, new->vni);
	if (what & STATE_DIFF_MTU)
		put(text, " mtu %u -> %u", old->mtu, new->mtu);
	if (what & STATE_DIFF_LEARNING)
		put(text, " learning %s -> %s", old->learning ? "on" : "off",
		    new->learning ? "on" : "off");
	if (what & STATE_DIFF_SUBNETS) {
		put(text, " subnet ");
		put_subnets(text, old);
		put(text, " -> ");
		put_subnets(text, new);
	}
}

static void put_changes(struct text *text, const struct nsfab_state_obj *old,
			const struct nsfab_state_obj *new)
{
	uint32_t what = state_obj_diff(old, new);

	switch (new->kind) {
	case NSFAB_STATE_HOST:
		put(text, " mtu %u -> %u", old->as_host.mtu, new->as_host.mtu);
		break;
	case NSFAB_STATE_TENANT:
		if (what & STATE_DIFF_ACCOUNTING)
			put(text, " accounting %s -> %s",
			    accounting(old->as_tenant.accounting),
			    accounting(new->as_tenant.accounting));
		put_limits(text, &old->as_tenant, &new->as_tenant);
		break;
	case NSFAB_STATE_NETWORK:
		put_network_change(text, what, &old->as_network,
				   &new->as_network);
		break;
	case NSFAB_STATE_PORT:
		if (what & STATE_DIFF_REMOTE) {
			put(text, " remote %s", addr(&old->as_port.remote));
			put(text, " -> %s", addr(&new->as_port.remote));
		}
		put_nic_change(text, &old->as_port.nic, &new->as_port.nic, -1);
		break;
	case NSFAB_STATE_VM:
		put_vm_change(text, what, &old->as_vm, &new->as_vm);
		break;
	case NSFAB_STATE_ROUTES:
		put_routes_change(text, &old->as_routes, &new->as_routes);
		break;
	case NSFAB_STATE_BOTTLENECK:
	case NSFAB_STATE_LINK:
		put_link(text, &old->as_link, &new->as_link);
		break;
	case NSFAB_STATE_SCHEDULE:
		put_schedule(text, &new->as_schedule);
		put(text, ", started again");
		break;
	case NSFAB_STATE_FORWARDING:
		put_forwarding_change(text, &old->as_forwarding,
				      &new->as_forwarding);
		break;
	case NSFAB_STATE_VTEPS:
		put_vteps(text, &old->as_vteps);
		put(text, " ->");
		put_vteps(text, &new->as_vteps);
		break;
	default:
		break;
	}
	if (what & STATE_DIFF_LABELS) {
		put(text, " labels ");
		put_line(text, old->labels);
		put(text, " -> ");
		put_line(text, new->labels);
	}
}

int nsfab_state_op_text(const struct nsfab_state_op *op, char *buf, size_t size)
{
	struct text text = { .buf = buf, .size = size };

	if (size)
		*buf = '\0';
	put_path(&text, op->new ? op->new : op->old);
	if (op->verb == NSFAB_STATE_CREATE)
		put_values(&text, op->new);
	else if (op->verb == NSFAB_STATE_SET)
		put_changes(&text, op->old, op->new);
	return text.len;
}
