// SPDX-License-Identifier: GPL-2.0-only
/* nsfab: a virtual overlay device with per-tenant tables and flow counters. */

#include <linux/module.h>
#include <linux/rcupdate.h>

#include "fabric.h"
#include "flow.h"
#include "forward.h"
#include "impair.h"
#include "lpm.h"
#include "netlink.h"
#include "port.h"
#include "tenant.h"
#include "transit.h"
#include "wheel.h"

#ifdef CONFIG_NSFAB_DEBUG
static int __init selftest(void)
{
	return nsfab_lpm_selftest() ?: nsfab_flow_selftest() ?:
	       nsfab_impair_selftest() ?: nsfab_wheel_selftest();
}
#else
static int __init selftest(void)
{
	return 0;
}
#endif

/* Netlink comes last, and goes first: no user reaches what is half made. */
static int __init nsfab_init(void)
{
	int err;

	err = nsfab_flow_init();
	if (err)
		return err;
	err = nsfab_tenant_init();
	if (err)
		goto err_tenant;
	err = selftest();
	if (err)
		goto err_selftest;
	nsfab_forward_init();
	err = nsfab_fabric_init();
	if (err)
		goto err_selftest;
	err = nsfab_port_init();
	if (err)
		goto err_port;
	err = nsfab_netlink_init();
	if (err)
		goto err_netlink;
	return 0;

err_netlink:
	nsfab_port_exit();
err_port:
	nsfab_fabric_exit();
	nsfab_transit_exit();
err_selftest:
	nsfab_tenant_exit();
err_tenant:
	nsfab_flow_exit();
	return err;
}

static void __exit nsfab_exit(void)
{
	nsfab_netlink_exit();
	nsfab_port_exit();
	nsfab_fabric_exit();
	nsfab_transit_exit();
	nsfab_tenant_exit();
	nsfab_flow_exit();
}

module_init(nsfab_init);
module_exit(nsfab_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Namespace-VM fabric");
MODULE_AUTHOR("The nsfab authors");
MODULE_ALIAS_GENL_FAMILY(NSFAB_FAMILY_NAME);
