# The commands a newcomer needs. `make run`, then http://localhost:8080; `make test` runs every test there is.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
NPM_CI := npm ci --no-audit --no-fund --loglevel=error
PAGES := cockpit/dist/index.html
PAGE_SOURCES := $(shell find cockpit/src -type f -not -path 'cockpit/src/gql/*') $(wildcard cockpit/*.html cockpit/*.ts cockpit/*.mjs cockpit/*.json) schema.graphql

.PHONY: help run test audit soak bench bench-instructions fmt schema postgres chromium python faketime

help: ## Say what there is
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/make \1\t\2/'

run: postgres $(PAGES) ## Build everything and serve it with demo data on http://localhost:8080
	@echo '── building the server (some minutes the first time)'
	cargo run -- serve --demo --simulate

test: postgres chromium python faketime $(PAGES) tests/node/node_modules/.installed ## Run every check and every test
	@echo '── checking formats, types and lints'
	cargo fmt --all --check
	cd cockpit && npm run --silent check && npm test --silent
	cargo clippy --workspace --all-targets -- -D warnings
	@echo '── building and running the tests'
	RUST_BACKTRACE=0 cargo test --workspace

audit: ## Ask whether anything that is built in has a known fault or a licence that will not do (needs cargo-deny, cargo-audit)
	@scripts/audit.sh

soak: postgres tests/node/node_modules/.installed ## Put the promises to the test for long, one after the other: make soak LASTING=600
	RPM_CHECKER_SECONDS=$(or $(LASTING),600) cargo test --test it no_subscriber_loses_an_event -- --nocapture
	RPM_FAULTS_SECONDS=$(or $(LASTING),600) cargo test --test it nothing_acknowledged_is_lost -- --nocapture
	RPM_CROWD_SECONDS=$(or $(LASTING),600) cargo test --test it a_hundred_clients_at_once -- --nocapture

bench: postgres chromium $(PAGES) bench/peers/node_modules/.installed tests/node/node_modules/.installed ## Measure beside floors and peers; one measurement: make bench BENCH="queries --workloads q1"
	cargo build --release --workspace
	@case '$(BENCH)' in *seaography*) cd bench/peers/seaography && cargo build --release;; esac
	@for each in $(if $(BENCH),'$(BENCH)',fanout commits files metrics queries tail paint); do target/release/rpm-bench $$each; done

bench-instructions: postgres $(PAGES) ## Compare the instructions of the hot queries with those in bench/instructions.json (needs valgrind)
	cargo build --release --workspace
	target/release/rpm-bench instructions

fmt: ## Format the code
	cargo fmt --all

schema: ## Write schema.graphql and docs/access.md anew
	cargo run --quiet -- schema > schema.graphql.new
	mv schema.graphql.new schema.graphql
	cargo run --quiet -- schema --access > docs/access.md.new
	mv docs/access.md.new docs/access.md

postgres:
	@scripts/postgres.sh

chromium:
	@scripts/chromium.sh

python:
	@scripts/python.sh

faketime:
	@scripts/faketime.sh

$(PAGES): cockpit/node_modules/.installed $(PAGE_SOURCES)
	@echo '── building the web pages'
	cd cockpit && npm run --silent build

%/node_modules/.installed: %/package-lock.json
	@echo '── installing the packages of $*'
	cd $* && $(NPM_CI)
	touch $@
