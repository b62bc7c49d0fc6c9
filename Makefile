# Everything that a person or a machine does with a checkout. `make` lists it.

# Node 24 comes with the npm packages; the machine's own may be older.
RUN = @PATH="$(CURDIR)/node_modules/.bin:$$PATH"

.DEFAULT_GOAL := help
.PHONY: help setup check test demo demo-chaos demo-rescue demo-preferences bench

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-16s %s\n", $$1, $$2 }' Makefile

setup: ## install what is needed: npm packages, Node 24, nats-server
	@sh deploy/setup/setup.sh

check: setup ## format, lint, types, boundaries between modules, unused code
	$(RUN) npm run -s check

test: setup ## all tests, or some: make test ARGS=test/datasets
	$(RUN) vitest run --config test/vitest.config.ts $(ARGS)

demo: setup ## re-annotate the example dataset, from nothing to the result
	$(RUN) node bench/demo.ts $(ARGS)

demo-chaos: setup ## the same while broker, dispatcher and coordinator are killed
	$(RUN) node bench/demo-chaos.ts $(ARGS)

demo-rescue: setup ## batches that another tool left are rescued, paid rows kept
	$(RUN) node bench/demo-rescue.ts $(ARGS)

demo-preferences: setup ## prompts, responses, judgements, preferences; verdicts compared
	$(RUN) node bench/demo-preferences.ts $(ARGS)

bench: setup ## measure, and print the tables
	$(RUN) node bench/main.ts $(ARGS)
