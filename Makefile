# SPDX-License-Identifier: GPL-2.0-only
# nsfab: "make help" says what there is to make.

VERSION	:= 0.1.0
PREFIX	?= /usr/local
DESTDIR	?=

# What the module is built against: the running kernel's headers, else the
# newest installed, else those of the default guest.
newest	 = $(shell ls -d /lib/modules/*/build /usr/src/linux-headers-*-amd64 \
		2>/dev/null | sort -V | while read -r d; do \
		[ -f $$d/Makefile ] && echo $$d; done | tail -n 1)
KDIR	?= $(or $(wildcard /lib/modules/$(shell uname -r)/build),$(newest),\
		$(shell scripts/kernel debian-6.1)/build)

kdir	 = $(strip $(KDIR))
release	 = $(shell sed -n 's/.*UTS_RELEASE "\(.*\)"/\1/p' \
		"$(kdir)/include/generated/utsrelease.h")
pages	 = $(wildcard Documentation/man/*.[1-9])
dkms	 = /usr/src/nsfab-$(VERSION)

kernels	:= uml debug debian-6.1 debian-6.12
vm	:= selftests/vm/run

.PHONY: all
all: module userspace

## all (default): the module, the library and netctl
.PHONY: module
module: ## nsfab.ko for KDIR (default: the running or newest kernel's headers)
	@scripts/module "$(kdir)"

.PHONY: $(kernels:%=module-%)
$(kernels:%=module-%): module-%:
	@scripts/module $*

.PHONY: userspace
userspace: ## libnsfab, netctl and iproute2's plugin
	@$(MAKE) -s -C userspace

.PHONY: uapi
uapi: ## include/uapi/linux/nsfab.h from the netlink spec
	@mkdir -p build
	@scripts/uapi-gen >build/uapi.h
	@mv build/uapi.h include/uapi/linux/nsfab.h

.PHONY: kernels $(kernels:%=kernel-%)
kernels: $(kernels:%=kernel-%) ## all test kernels, or kernel-NAME: kept in the cache
$(kernels:%=kernel-%): kernel-%:
	@scripts/deps demo
	@scripts/kernel $*

.PHONY: deps
deps: ## install the Debian packages that are missing
	@scripts/deps

.PHONY: demo
demo: ## build all, boot a guest, and show a lab in it; leaves out/demo
	@scripts/deps demo
	@$(MAKE) -s userspace
	@mkdir -p out/demo
	@$(vm) -- selftests/demo/run

.PHONY: check
check: ## lint, unit tests, self-tests in a guest with Debian's kernel
	@scripts/deps check
	@scripts/check lint unit debian-6.1

.PHONY: check-all
check-all: ## check, and the self-tests on all kernels, debug ones included
	@scripts/deps check
	@scripts/check --reuse lint unit debian-6.1 uml debug debian-6.12 time

.PHONY: lint
lint: ## the style and static checks alone
	@scripts/deps check
	@scripts/check lint

.PHONY: bench
bench: userspace ## measure, in the guest without emulation
	@$(vm) -k uml -t 3600 -- selftests/bench/run

.PHONY: bench-links
bench-links: userspace ## likewise, what links cost and how true they are
	@scripts/deps bench
	@scripts/module --no-links uml >/dev/null
	@$(vm) -k uml -t 3600 -- selftests/bench/links

.PHONY: bench-fidelity
bench-fidelity: userspace ## 4,000 links on Debian's kernel, emulated, in virtual time
	@NSFAB_LINKS_FIDELITY=4000 NSFAB_LINKS_ROUNDS=1 \
		$(vm) -k debian-6.1 --virtual-time -t 3000 -- \
		selftests/bench/links fidelity

.PHONY: bench-topologies
bench-topologies: userspace ## likewise, how long it takes to set them up
	@$(vm) -k uml -m 12G -t 3600 -- selftests/bench/topologies

.PHONY: install
install: all ## module, netctl, library and pages, below DESTDIR
	@$(MAKE) -s -C "$(kdir)" M=$(CURDIR)/build/module modules_install \
		INSTALL_MOD_PATH=$(DESTDIR) INSTALL_MOD_DIR=updates \
		CONFIG_MODULE_SIG_ALL= DEPMOD=true 2>/dev/null
	@[ -n "$(DESTDIR)" ] || depmod $(release)
	@$(MAKE) -s -C userspace install PREFIX=$(PREFIX) DESTDIR=$(DESTDIR)
	@install -D -m 644 include/uapi/linux/nsfab.h \
		$(DESTDIR)$(PREFIX)/include/linux/nsfab.h
	@for page in $(pages); do \
		install -D -m 644 $$page \
		$(DESTDIR)$(PREFIX)/share/man/man$${page##*.}/$${page##*/}; \
	done

.PHONY: uninstall
uninstall: ## what install and dkms put there
	@for ko in $(DESTDIR)/lib/modules/*/updates/nsfab.ko; do \
		[ -f $$ko ] || continue; \
		rm $$ko; \
		release=$${ko%/updates/*}; \
		[ -n "$(DESTDIR)" ] || depmod $${release##*/}; \
	done
	@[ -n "$(DESTDIR)" ] || [ ! -d $(dkms) ] || \
		dkms remove nsfab/$(VERSION) --all >/dev/null
	@[ -n "$(DESTDIR)" ] || rm -rf $(dkms)
	@$(MAKE) -s -C userspace uninstall PREFIX=$(PREFIX) DESTDIR=$(DESTDIR)
	@rm -f $(DESTDIR)$(PREFIX)/include/linux/nsfab.h
	@for page in $(pages); do \
		rm -f $(DESTDIR)$(PREFIX)/share/man/man$${page##*.}/$${page##*/}; \
	done

.PHONY: dkms
dkms: ## give the module's sources to dkms, which builds and installs it for KDIR
	@[ ! -d $(dkms) ] || dkms remove nsfab/$(VERSION) --all >/dev/null || :
	@rm -rf $(dkms)
	@mkdir $(dkms)
	@cp -r Kbuild kmod include COPYING LICENSES $(dkms)
	@sed 's/@VERSION@/$(VERSION)/' scripts/dkms.conf >$(dkms)/dkms.conf
	@dkms install nsfab/$(VERSION) -k $(release) --kernelsourcedir "$(kdir)"

.PHONY: clean
clean: ## remove build/ and out/; the cache of kernels stays
	@[ ! -f userspace/Makefile ] || $(MAKE) -s -C userspace clean
	@rm -rf build out

.PHONY: help
help:
	@sed -n 's/^## \(.*\)/  \1/p; s/^\([a-z-]*\):.*## /  \1: /p' $(MAKEFILE_LIST)
