# Everything a newcomer, a colleague and CI need. `make up` and `make test` set up what is missing by themselves.
SWIFT ?= swift
# Overlapping access is looked for while tests run; released programs do without (docs/decisions/connect-engine.md).
RELEASE := -c release --static-swift-stdlib -Xswiftc -enforce-exclusivity=unchecked

.PHONY: up build release test fmt check integration bench clean

up: release
	.build/release/periplus demo

# The programs as they are installed: the Swift runtime inside, so that they run where there is no toolchain.
release:
	@deploy/prepare build
	$(SWIFT) build $(RELEASE) --product periplus
	$(SWIFT) build $(RELEASE) --product periplus-agent

build:
	@deploy/prepare build
	$(SWIFT) build --product periplus
	$(SWIFT) build --product periplus-agent

test:
	@deploy/prepare build
	$(SWIFT) build --build-tests
	$(SWIFT) test --skip-build --disable-xctest

fmt:
	$(SWIFT) format --in-place --recursive Sources Tests Benchmarks/FleetLoad Package.swift

check:
	$(SWIFT) format lint --strict --recursive Sources Tests Benchmarks/FleetLoad Package.swift

# Against real counterparts (nmap, ss, lsof, nft), in network namespaces that the tests make; needs root.
integration: build
	@deploy/prepare integration
	@deploy/prepare-python
	PERIPLUS_BIN=$(CURDIR)/.build/debug python3 Tests/integration.py
	$(SWIFT) build $(RELEASE) --product periplus-agent
	deploy/check-agent .build/release/periplus-agent
	shellcheck deploy/prepare deploy/prepare-python deploy/install deploy/check-agent .ci/run
	deploy/check-units

bench: release
	@deploy/prepare integration
	PERIPLUS_BIN=$(CURDIR)/.build/release python3 Benchmarks/grammar.py
	PERIPLUS_BIN=$(CURDIR)/.build/release python3 Benchmarks/engine.py
	PERIPLUS_BIN=$(CURDIR)/.build/release python3 Benchmarks/identification.py

clean:
	rm -rf .build
