# SPDX-License-Identifier: GPL-2.0
#
# `make help` lists what can be done here.  Everything that is made lands in
# build/, the modules in one directory per kernel release.

SHELL := /bin/bash
MAKEFLAGS += --no-print-directory

PREFIX ?= /usr/local
BUILD := $(CURDIR)/build
export PREFIX DESTDIR BUILD V

# Which kernel.  KERNEL names a series of the distribution (6.1, 6.12) whose
# headers are installed; KDIR names a build directory.  With neither, the
# modules are built for the running kernel if its headers are here, else for
# the one that the virtual machines run.
VM_KERNEL := $(or $(KERNEL),6.1)
vm_kdir = $(shell scripts/vm-kernel --kdir $(VM_KERNEL) 2>/dev/null)
ifneq ($(KERNEL),)
  override KDIR := $(vm_kdir)
else ifndef KDIR
  KDIR := $(or $(wildcard /lib/modules/$(shell uname -r)/build),$(vm_kdir))
endif
# Not include/config/kernel.release: Debian's headers have another name there.
KREL := $(shell sed -n 's/^.define UTS_RELEASE "\(.*\)"/\1/p' \
	$(KDIR)/include/generated/utsrelease.h 2>/dev/null)
MODTREE := $(BUILD)/modules/$(KREL)
# Headers in a chroot are used there, with its compiler.
vm_suite = $(shell scripts/vm-kernel --suite $(VM_KERNEL) 2>/dev/null)
suite := $(if $(and $(KERNEL),$(findstring /chroot/,$(KDIR))),$(vm_suite))
kmake = $(if $(suite),scripts/chroot $(suite) -- make -C \
	/usr/src/$(notdir $(KDIR)),$(MAKE) -C $(KDIR))

# V=1 shows the commands.
ifeq ($(V),1)
  KBUILD_VERBOSE := V=1
else
  Q := @
endif
say = @printf '  %-7s %s\n' $(1) '$(2)'

# A directory that has no Makefile yet is left out.
sub = $(if $(wildcard $(1)/Makefile),+$(Q)$(MAKE) $(if $(Q),-s) -C $(1) $(2),@:)

.PHONY: all
all: modules lib tool bench-build $(if $(wildcard \
	/usr/src/linux-source-*.tar.xz $(BUILD)/kselftest/*.h),tests-build)

##@ Build

.PHONY: modules
modules: modtree ## build the kernel modules for KDIR or KERNEL
	$(Q)$(kmake) M=$(MODTREE) W=1 TESTS=$(TESTS) FORCE=$(FORCE) PROBES=$(PROBES) \
		$(if $(LLVM),LLVM=$(LLVM)) $(KBUILD_VERBOSE) modules 2>&1 | \
		sed '/^Skipping BTF generation/d'; exit $${PIPESTATUS[0]}

# Kbuild puts objects beside the sources.  A tree of links per kernel release
# keeps those of different kernels apart, and the source tree clean.
no_headers = $(strip $(if $(KERNEL),No headers of Linux $(KERNEL) are here: \
	"scripts/setup build --kernel $(KERNEL)" installs those of 6.1 or 6.12; \
	KDIR names the directory of another.,$(if $(filter command line \
	environment,$(origin KDIR)),KDIR=$(KDIR) is no directory of kernel headers.,No \
	kernel headers found; install them with "scripts/setup build" or set KDIR.)))

.PHONY: modtree
modtree:
	@[[ '$(KREL)' ]] || { echo '$(no_headers)' >&2; exit 1; }
	@scripts/link-tree $(MODTREE) Kbuild include dvk-core kproxy-tcp \
		kproxy-tipc samples probes tests/kmod

# Linux as a program, and what is built for it.
BENCH ?= qemu
uml_kernel = $(shell scripts/uml-kernel --dir $(1))
build_for_uml = @$(MAKE) modules lib tool bench-build tests-build KERNEL= TESTS=1 \
	ARCH=um KDIR=$(call uml_kernel,$(1))/obj

.PHONY: uml
uml: ## build the kernel and the modules that scripts/uml runs
	@scripts/setup uml
	@scripts/uml-kernel >/dev/null
	$(call build_for_uml,uml)

.PHONY: uml-debug
uml-debug:
	@scripts/setup uml
	@scripts/uml-kernel uml-debug >/dev/null
	$(call build_for_uml,uml-debug) CFLAGS_MODULE=-g1

.PHONY: lib
lib: ## build libdvk, shared and static, and its manual pages
	$(call sub,userlib,lib examples man)

.PHONY: tool
tool: lib ## build the dvk command and the proxies in user space
	$(call sub,userlib,tool)

.PHONY: bench-build
bench-build: lib ## build the benchmarks
	$(call sub,bench,all)

.PHONY: tests-build
tests-build: tool kernel-source ## build the tests
	$(call sub,tests,all)

# Files of the kernel's source package that are used as they are: the harness
# of the tests and the style checker.
.PHONY: kernel-source
kernel-source: $(BUILD)/kselftest/kselftest_harness.h
$(BUILD)/kselftest/kselftest_harness.h:
	$(call say,EXTRACT,$(@:$(CURDIR)/%=%))
	$(Q)scripts/kernel-source $(BUILD)

##@ Run

# BENCH=uml has rules of its own below.
ifneq ($(BENCH),uml)
.PHONY: run
run: ## two nodes in a virtual machine: demonstration and table of figures
	@scripts/setup run --kernel $(VM_KERNEL)
	@$(MAKE) modules lib tool bench-build KERNEL=$(VM_KERNEL)
	@scripts/run --kernel $(VM_KERNEL) $(if $(TRANSPORT),--transport $(TRANSPORT))

.PHONY: test
test: ## the whole test suite; T=regex picks programs, KERNEL=6.12 a kernel
	@scripts/setup test --kernel $(VM_KERNEL)
	@$(MAKE) modules lib tool bench-build tests-build KERNEL=$(VM_KERNEL) TESTS=1
	@tests/run --kernel $(VM_KERNEL) $(if $(T),--filter '$(T)')

# Built by the same compiler flags as that kernel; -g1 adds line numbers.
debug_kernel = $(shell scripts/kernel-debug --dir)
kcsan_kernel = $(shell scripts/kernel-debug --dir kcsan)
.PHONY: test-debug
test-debug: ## the same in a kernel that looks for faults: KASAN, lockdep, kmemleak
	@scripts/setup debug
	@scripts/kernel-debug >/dev/null
	@$(MAKE) modules lib tool bench-build tests-build KERNEL= TESTS=1 \
		KDIR=$(debug_kernel)/obj CFLAGS_MODULE=-g1
	@tests/run --debug $(debug_kernel) $(if $(T),--filter '$(T)')

else # BENCH=uml

.PHONY: run
run: uml
	@scripts/run --uml $(if $(TRANSPORT),--transport $(TRANSPORT))

.PHONY: test
test: uml
	@tests/run --bench uml $(if $(T),--filter '$(T)')

.PHONY: test-debug
test-debug: uml-debug
	@tests/run --bench uml --debug $(call uml_kernel,uml-debug) \
		$(if $(T),--filter '$(T)')
endif

# All calls, within a node and between nodes.
quick := ^(abi|bind|dc|dvs|ipc|notify|relay|thread|vcopy|vcopy_remote|wait_bind)$$
.PHONY: quick
quick: uml ## all calls, within a node and between nodes, in a minute
	@tests/run --bench uml --filter '$(quick)'

# What runs at the same time, and against each other.
races := ^(ipc|ipc_death|ipc_wait|kernel|migrate|notify|peer_loss|stress)$$
races := $(races)|^(thread|vcopy|vcopy_remote|wait_bind|soak|fuzz_ioctl)$$
.PHONY: test-kcsan
test-kcsan: ## tests of concurrency in a kernel that looks for data races
	@scripts/setup debug
	@scripts/kernel-debug kcsan >/dev/null
	@$(MAKE) modules lib tool bench-build tests-build KERNEL= TESTS=1 \
		KDIR=$(kcsan_kernel)/obj CFLAGS_MODULE=-g1
	@tests/run --debug $(kcsan_kernel) --filter '$(or $(T),$(races))'

.PHONY: soak
soak: ## all operations and faults mixed for DURATION=600 seconds, over each transport
	@scripts/setup test --kernel $(VM_KERNEL)
	@$(MAKE) modules lib tool bench-build tests-build KERNEL=$(VM_KERNEL) TESTS=1
	@DVK_SOAK_SECONDS=$(or $(DURATION),600) tests/run --kernel $(VM_KERNEL) \
		--filter '$(or $(T),soak$$)'

.PHONY: fuzz
fuzz: ## feed the frame decoder and the handshake with garbage; DURATION=60 seconds
	@scripts/setup fuzz
	$(Q)$(MAKE) $(if $(Q),-s) -C tests/fuzz all
	@$(MAKE) -s -C tests/fuzz run DURATION=$(or $(DURATION),60)

.PHONY: bench
bench: ## the benchmarks, their baselines and goals; MODE=icount is repeatable
	@scripts/setup bench --kernel $(VM_KERNEL)
	@$(MAKE) modules lib tool bench-build KERNEL=$(VM_KERNEL)
	@scripts/bench --kernel $(VM_KERNEL) $(if $(MODE),--mode $(MODE)) \
		$(if $(TRANSPORT),--transport $(TRANSPORT))

.PHONY: check
check: ## style and static analysis: checkpatch, sparse, clang-tidy, cppcheck
	@scripts/setup check --kernel $(VM_KERNEL)
	@$(MAKE) modtree kernel-source KERNEL=$(VM_KERNEL)
	@scripts/check --kernel $(VM_KERNEL)

# Each probe against headers from before and after the change it asks for.
probes_kernels ?= 6.1 6.12 newest
.PHONY: probes-check
probes-check: ## every probe against the headers of several kernels
	@for k in $(probes_kernels); do \
		scripts/setup build --kernel $$k && \
		$(MAKE) modules KERNEL=$$k PROBES=1 BUILD=$(BUILD)/probes FORCE=1 \
			>/dev/null || exit; \
	done
	@probes/check.sh $(BUILD)/probes/modules/*/probes/probed.h

.PHONY: model
model: ## the protocol as a Spin model: no deadlock, every request ends; M=regex
	@scripts/setup model
	@scripts/model $(if $(M),'$(M)')

##@ Install

.PHONY: install
install: install-modules install-user ## modules, library, headers, tool, man pages

# Modules go below $(DESTDIR)$(INSTALL_MOD_PATH)/lib/modules.  There is no key
# to sign them with, and depmod can only run where the kernel's own modules are.
MODROOT := $(DESTDIR)$(INSTALL_MOD_PATH)
.PHONY: install-modules
install-modules: modules
	$(Q)$(MAKE) -C $(KDIR) M=$(MODTREE) INSTALL_MOD_PATH=$(MODROOT) \
		CONFIG_MODULE_SIG_ALL= modules_install 2>&1 | \
		sed "/missing 'System.map'/d; /DEPMOD/d"; exit $${PIPESTATUS[0]}
	$(depmod)
depmod = $(Q)[[ ! -e $(MODROOT)/lib/modules/$(KREL)/modules.order ]] || \
	depmod -b $(MODROOT)/ $(KREL)

.PHONY: install-user
install-user: lib tool
	$(call sub,userlib,install)

##@ Packages

# The committed state; the same commit gives the same bytes.
VERSION := $(shell scripts/version)
DIST := $(BUILD)/dist/dvk-$(VERSION).tar.xz
.PHONY: dist
dist: ## a source archive of the last commit
	$(Q)mkdir -p $(dir $(DIST))
	$(Q)git archive --format=tar --prefix=dvk-$(VERSION)/ HEAD | \
		xz -6 -T1 >$(DIST)
	$(call say,DIST,$(DIST:$(CURDIR)/%=%))

.PHONY: deb
deb: dist ## Debian packages of the last commit, in build/deb
	@scripts/setup deb
	$(Q)scripts/deb $(DIST) $(BUILD)/deb

.PHONY: uninstall
uninstall: ## remove what install has put there
	$(Q)[[ ! -d $(MODROOT)/lib/modules/$(KREL) ]] || \
		find $(MODROOT)/lib/modules/$(KREL) \( -name 'dvk.ko*' -o \
			-name 'kproxy_t*.ko*' -o -name 'dvk_echo.ko*' \) -delete
	$(depmod)
	$(call sub,userlib,uninstall)

##@ Clean

.PHONY: clean
clean: ## remove what was built, but keep the kernels for the virtual machine
	$(call sub,userlib,clean)
	$(call sub,bench,clean)
	$(call sub,tests,clean)
	$(Q)rm -rf $(BUILD)/modules
	$(Q)find . -path ./build -prune -o \( -name '*.ko' -o -name '*.o' \
		-o -name '*.mod' -o -name '*.mod.c' -o -name '.*.cmd' \
		-o -name Module.symvers -o -name modules.order \
		-o -path './probes/*.log' -o -name probed.h \) -type f \
		-exec rm -f {} +

.PHONY: distclean
distclean: clean ## remove build/ as well: the next run fetches kernels again
	$(Q)rm -rf $(BUILD)

.PHONY: help
help: ## this list
	@awk 'BEGIN { FS = ":.*## " } \
		/^##@/ { printf "\n%s\n", substr($$0, 5) } \
		/^[a-z-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' Makefile
	@echo
	@echo 'Variables: V=1 shows commands; KDIR=dir or KERNEL=6.1|6.12 picks the kernel;'
	@echo 'BENCH=uml with run, test, test-debug: in Linux as a program, quicker;'
	@echo 'FORCE=1 builds for a kernel outside the tested range;'
	@echo 'DESTDIR, PREFIX ($(PREFIX)) and INSTALL_MOD_PATH say where to install.'
