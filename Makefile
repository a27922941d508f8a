# The two commands of a new machine are `make demo` and `make test`; both set the machine up first.
.PHONY: demo test build bench mutants fuzz lint wheel clean setup

BUILD := build/release

setup:
	@bash scripts/setup.sh

build: setup
	@cmake --preset release > /dev/null
	@cmake --build --preset release

demo: build
	@bash scripts/demo.sh $(BUILD)/bin/tieout

# The tests open the pages in Debian's browser.
test: build
	@bash scripts/setup.sh chromium
	@ctest --preset release

bench: setup
	@cmake --preset bench > /dev/null
	@cmake --build --preset bench
	@bash scripts/bench.sh build/bench/bench

# The whole mutation campaign: every seeded mutant must get the verdict that it must have; exits 1 on an escape.
mutants: setup
	@cmake --preset release > /dev/null
	@cmake --build --preset release --target tieout_recon_mutants
	@$(BUILD)/bin/tieout_recon_mutants 10000

# Each fuzzer for FUZZ_SECONDS; a crash is kept in its corpus, where the tests replay it.
FUZZ_SECONDS ?= 60
fuzz:
	@bash scripts/setup.sh clang libclang-rt-14-dev
	@bash scripts/fuzz.sh $(FUZZ_SECONDS)

# The Python package as a wheel for Debian's interpreter, in build/release/wheel.
wheel: build
	@bash scripts/setup.sh python3-setuptools python3-wheel
	@bash scripts/wheel.sh $(BUILD)

lint: setup
	@bash scripts/lint.sh

clean:
	rm -rf build
