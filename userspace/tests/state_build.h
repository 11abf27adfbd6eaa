/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * States of a few words for the tests of the desired-state engine. What fails
 * here fails the test.
 */
#ifndef NSFAB_TESTS_STATE_BUILD_H
#define NSFAB_TESTS_STATE_BUILD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nsfab/state.h>

static inline struct nsfab_addr addr(const char *text)
{
	struct nsfab_addr a;

	assert_int_equal(nsfab_addr_parse(&a, text), 0);
	return a;
}

static inline struct nsfab_subnet subnet(const char *prefix,
					 const char *gateway)
{
	struct nsfab_subnet s = { 0 };

	assert_int_equal(nsfab_prefix_parse(&s.prefix, prefix), 0);
	if (gateway)
		s.gateway = addr(gateway);
	return s;
}

/* Each object's origin is the number of its adding. */
struct build {
	struct nsfab_state *state;
	uint32_t origin;
};

static inline void add(struct build *b, struct nsfab_state_obj obj)
{
	struct nsfab_err err = { 0 };

	obj.origin = ++b->origin;
	if (nsfab_state_add(b->state, &obj, &err))
		fail_msg("%s", err.text);
}

static inline void add_host(struct build *b, const char *name,
			    const char *local)
{
	add(b, (struct nsfab_state_obj){
		.kind = NSFAB_STATE_HOST, .name = name,
		.as_host = { .local = addr(local), .encap = NSFAB_ENCAP_VXLAN,
			     .mtu = 1500 } });
}

static inline struct nsfab_state_obj tenant(const char *name)
{
	struct nsfab_state_obj obj = {
		.kind = NSFAB_STATE_TENANT, .tenant = name, .name = name,
		.as_tenant.accounting = NSFAB_ACCOUNTING_BASIC,
	};

	memset(obj.as_tenant.limit, 0xff, sizeof(obj.as_tenant.limit));
	return obj;
}

static inline void add_net(struct build *b, const char *t, const char *name,
			   uint32_t vni, const char *prefix, const char *gateway)
{
	struct nsfab_subnet s;
	struct nsfab_state_obj obj = {
		.kind = NSFAB_STATE_NETWORK, .tenant = t, .name = name,
		.as_network = { .vni = vni, .mtu = NSFAB_STATE_AUTO,
				.subnet = &s, .n_subnets = !!prefix },
	};

	if (prefix)
		s = subnet(prefix, gateway);
	add(b, obj);
}

static inline void add_vm(struct build *b, const char *host, const char *t,
			  const char *name, const char *net, const char *ip)
{
	struct nsfab_addr a;
	struct nsfab_state_nic nic = {
		.network = net, .auto_mac = true, .auto_addrs = !ip,
		.addr = &a, .n_addrs = ip ? 1 : 0,
	};

	if (ip)
		a = addr(ip);
	add(b, (struct nsfab_state_obj){
		.kind = NSFAB_STATE_VM, .host = host, .tenant = t, .name = name,
		.as_vm = { .nic = &nic, .n_nics = 1 } });
}

static inline struct build begin(void)
{
	struct build b = { .state = nsfab_state_new("shop") };

	assert_non_null(b.state);
	return b;
}

/* Tenant acme with network web, 10.0.1.0/24 gateway .1. */
static inline struct build begin_acme(void)
{
	struct build b = begin();

	add(&b, tenant("acme"));
	add_net(&b, "acme", "web", NSFAB_STATE_AUTO, "10.0.1.0/24", "10.0.1.1");
	return b;
}

struct heard {
	unsigned int n;
	uint32_t origin;
	uint32_t other;
	char text[512];
};

static inline void hear(void *arg, uint32_t origin, uint32_t other,
			const char *text)
{
	struct heard *heard = arg;

	heard->n++;
	heard->origin = origin;
	heard->other = other;
	snprintf(heard->text, sizeof(heard->text), "%s", text);
}

static inline void resolve(struct build *b, const struct nsfab_state *running)
{
	struct heard heard = { 0 };
	int ret = nsfab_state_resolve(b->state, running, hear, &heard);

	if (ret)
		fail_msg("%s", heard.text);
}

#endif
