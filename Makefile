# Everything a person types. `make` alone lists the targets: each is told by the words after its ##.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help run flask test check env env-dev front-end front-end-dev browser lint lint-openapi proof-quota proof-bytes \
	proof-revoke proof-contract proof-days proof-feedback proof-three-noes proof-answers proof-pages proof-bad-days proof-import drill bench

# The machine's own Python, used once to make .venv. Name another with PYTHON=/path/to/python3.11.
PYTHON ?= $(shell for p in python3.11 python3 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' >/dev/null 2>&1 && echo $$p && break; done)
PY := .venv/bin/python
TESTS ?=
# How many test processes, each with servers of its own; one where TESTS names some.
TEST_PROCESSES ?= 2
BENCH ?=

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: env front-end ## the whole system on this machine, until Ctrl-C (PORT, SANDBOX_PORT, VAR_DIR, DATABASE_URL, REDIS_URL)
	@$(PY) -m supervisor run --end-with-parent

flask: ## an operator's command on the running system (CMD="feedback reconcile", CMD="--help")
	@set -a; . "$${VAR_DIR:-var}/run.env"; set +a; $(PY) -m flask --app wsgi $(CMD)

test: env-dev front-end-dev browser ## all tests on the real servers (TESTS="tests/ground -k lock" for some)
	@BROWSER="$${BROWSER:-$$($(PY) -m supervisor browser)}" $(PY) -m pytest \
		$(or $(TESTS),-n $(TEST_PROCESSES) --dist loadfile --no-loadscope-reorder)

check: env-dev lint lint-openapi ## style, types, the ladder of imports, the OpenAPI document

bench: env-dev front-end ## CPU and SQL of verify, claim, redeem against a bare floor; memory; feedback (BENCH="--rounds 3")
	@$(PY) -m bench $(BENCH)

proof-quota: env-dev front-end ## 10,000 claims on 1,000 places while web workers are killed; 20 tills on one code, 50 times
	@PROOF=full $(PY) -m pytest tests/proofs/test_quota.py --timeout 1800 -s

proof-bytes: env-dev front-end ## 200 citizens through every route, then no byte of them anywhere at rest
	@PROOF=full $(PY) -m pytest tests/proofs/test_bytes.py --timeout 1800 -s

proof-revoke: env-dev front-end ## 1,000 withdrawals while grades are asked for: no query after any of them
	@PROOF=full $(PY) -m pytest tests/credit/test_revoking.py --timeout 3600 -s

proof-contract: env-dev front-end ## 12,000 calls made up from /openapi.json, each time others (CONTRACT_SEED=n repeats some)
	@PROOF=full $(PY) -m pytest tests/contract/test_generated.py --timeout 3600 -s --show-capture=no

proof-feedback: env-dev front-end ## 100,000 uses drained, reconciled, lost and told again in flat memory; every fault on 4.5 and 4.6
	@PROOF=full $(PY) -m pytest tests/feedback/test_hundred_thousand.py tests/feedback/test_sending.py \
		tests/feedback/test_batching.py tests/feedback/test_reconciling.py tests/feedback/test_away.py \
		--timeout 1800 -s --show-capture=no

proof-three-noes: env-dev front-end ## 2,000 noes of each kind at each of the merchants' doors: one body, one status, one time
	@PROOF=full $(PY) -m pytest tests/adversary/test_three_noes.py --timeout 7200 -s --show-capture=no

proof-pages: env-dev front-end browser ## every page of the console at both widths in a browser: axe (CONSOLE_IMAGES=docs/images)
	@PROOF=full BROWSER="$${BROWSER:-$$($(PY) -m supervisor browser)}" $(PY) -m pytest \
		tests/console/test_every_page_in_a_browser.py tests/console/league/test_in_a_browser.py --timeout 1800 -s --show-capture=no

proof-answers: env-dev front-end ## 10,000 answers to a merchant, pages and notifications too: no grade, name, reason, number, phone
	@PROOF=full $(PY) -m pytest tests/adversary/test_answers.py --timeout 7200 -s --show-capture=no

proof-import: env-dev front-end ## 500 hostile spreadsheets; imports killed at 20 moments; 100,000 rows against reading and COPYing alone
	@PROOF=full $(PY) -m pytest tests/volunteers/test_hostile_sheets.py tests/volunteers/test_import_kills.py \
		tests/volunteers/test_importing_much.py --timeout 1800 -s --show-capture=no

proof-days: env-dev front-end ## every fault of the platform on initiatives and the red list: first, on the retry, after the effect
	@PROOF=full $(PY) -m pytest tests/feedback/test_initiatives.py tests/feedback/test_feeding_back.py \
		tests/volunteers/test_red_list.py --timeout 1800

proof-bad-days: env-dev front-end ## every fault of the sandbox × every call × first, during the retry, after it took effect
	@PROOF=full $(PY) -m pytest tests/bad_days --timeout 3600

drill: env-dev front-end ## 10 minutes of a province with faults and kills, then proofs that all adds up (DRILL_SECONDS, DRILL_SEED)
	@$(PY) -m tests.drill

env: ## .venv with what a run needs; nothing to do where it has it
	@if [ -z "$(PYTHON)" ]; then echo "Python 3.11 is needed as python3.11, python3 or python; found:" \
		"$$(python3 --version 2>&1 || echo none). Install it, or name it: make PYTHON=/path/to/python3.11" >&2; exit 1; fi
	@$(PYTHON) -I supervisor/installing.py

env-dev: env ## .venv with what tests and checks need, too
	@$(PYTHON) -I supervisor/installing.py --dev

front-end: env ## the libraries that the pages use, from package-lock.json to app/static/vendor
	@$(PY) -m supervisor front-end

front-end-dev: env
	@$(PY) -m supervisor front-end --dev

browser: env-dev ## find or bring the browser that the tests drive
	@$(PY) -m supervisor browser >/dev/null

lint: env-dev
	$(PY) -m ruff check .
	$(PY) -m mypy app config supervisor sandbox scenarios
	.venv/bin/lint-imports

OPENAPI := var/openapi.json
NODE_BIN := PATH="$(CURDIR)/.venv/bin:$$PATH" REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true node_modules/.bin

lint-openapi: env-dev front-end-dev ## redocly and spectral over a fresh OpenAPI document
	@$(PY) -m supervisor openapi $(OPENAPI)
	$(NODE_BIN)/redocly lint --config deploy/redocly.yaml $(OPENAPI)
	$(NODE_BIN)/spectral lint --ruleset deploy/spectral.yaml --fail-severity error $(OPENAPI)
