# SPDX-License-Identifier: Apache-2.0
# The front door. The build itself is CMake's (CMakePresets.json); this file only names what
# one wants done. "make help" lists the targets.

.DEFAULT_GOAL := build

PREFIX ?= /usr/local
DESTDIR ?=
FUZZ_SECONDS ?= 30
JOBS ?= $(shell nproc 2>/dev/null || echo 1)

# CMake runs a make of its own, which has its own number of jobs and is nobody's child.
unexport MAKEFLAGS MFLAGS
CMAKE := env -u MAKELEVEL cmake
NEED_CMAKE := command -v cmake >/dev/null || { \
	echo 'make: cmake is missing; "make run" installs what the build needs' >&2; exit 1; }

SAMPLE := tests/data/sample.scap

.PHONY: help
help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' Makefile
	@printf '\n%s\n' 'Variables: PREFIX=$(PREFIX) DESTDIR=$(DESTDIR) FUZZ_SECONDS=$(FUZZ_SECONDS) JOBS=$(JOBS)'
	@printf '%s\n' 'EYAS_SETUP=no keeps run, test and fuzz from installing packages.'

.PHONY: build
build: ## build/eyas and the libraries, optimised
	@$(NEED_CMAKE)
	@$(CMAKE) --preset release
	@$(CMAKE) --build --preset release -j $(JOBS)

.PHONY: run
run: ## install missing packages, build, watch this machine (or show the bundled capture)
	@packaging/setup build
	@$(MAKE) --no-print-directory build
	@packaging/demo build/eyas $(SAMPLE)

.PHONY: test
test: ## install missing packages, build and run all tests, plain and with the sanitizers
	@packaging/setup test
	@JOBS=$(JOBS) tests/run dev asan

.PHONY: fuzz
fuzz: ## run every fuzz target for FUZZ_SECONDS (needs clang)
	@packaging/setup test
	@JOBS=$(JOBS) FUZZ_SECONDS=$(FUZZ_SECONDS) tests/fuzz/run

.PHONY: bench
bench: build ## run the benchmarks
	@$(CMAKE) --build --preset release -j $(JOBS) --target bench

.PHONY: bench-live
bench-live: build ## what watching this machine costs (root)
	@$(CMAKE) --build --preset release -j $(JOBS) --target bench-live

.PHONY: install
install: ## install to $(DESTDIR)$(PREFIX)
	@$(NEED_CMAKE)
	@$(CMAKE) --preset release -DCMAKE_INSTALL_PREFIX=$(PREFIX)
	@$(CMAKE) --build --preset release -j $(JOBS)
	@DESTDIR=$(DESTDIR) $(CMAKE) --install build

.PHONY: format
format: ## clang-format all C sources in place
	find src include probe tests bench examples '(' -name '*.[ch]' -o -name '*.cc' -o -name '*.[ch]pp' -o -name '*.hh' ')' -exec clang-format -i {} +

.PHONY: clean
clean: ## remove everything that was built
	rm -rf build build-dev build-asan build-fuzz
