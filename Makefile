# The one door to the project: `make` lists what can be done.

export PATH := $(CURDIR)/node_modules/.bin:$(PATH)

DEMO_PORT ?= 8080
VERSION = $(shell node -p "require('./package.json').version")
SOURCES = $(shell find src -name '*.ts') src/tsconfig.json build/bundle.mjs build/compile.mjs build/check-bundle.mjs package.json

.PHONY: help
help: ## Show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 16

.PHONY: setup
setup: node_modules ## Get a Docker engine and nginx images ready (NGINX_IMAGES="…" to choose)
	@build/setup.sh

.PHONY: build
build: dist/auth_jwt.js ## Make dist/auth_jwt.js, the file that nginx imports

.PHONY: test
test: lint test-unit test-nginx ## Run every test: lint, types, unit, nginx

.PHONY: lint
lint: node_modules ## Check format, lint and types
	biome check --error-on-warnings .
	tsc -p src/tsconfig.json
	tsc -p tsconfig.json

.PHONY: format
format: node_modules ## Format the sources
	biome check --write .

.PHONY: test-unit
test-unit: build ## Run the unit tests and the vectors, in Node
	vitest run --project unit

.PHONY: test-nginx
test-nginx: setup build ## Run the tests in real nginx, on every runtime there is
	vitest run --project 'nginx*'

.PHONY: fuzz
fuzz: node_modules $(if $(NGINX),setup build) ## Compare with jose on random tokens: SECONDS (20) or CASES, SEED; NGINX=1, RUNTIME
ifdef NGINX
	@FUZZ_CASES=$(or $(CASES),2000) FUZZ_SEED=$(SEED) FUZZ_RUNTIME=$(RUNTIME) \
		vitest run --project nginx test/nginx/fuzz.test.ts
else
	@esbuild test/fuzz/run.ts --bundle --platform=node --format=esm --packages=external \
		--log-level=warning --outfile=dist/fuzz/run.mjs
	@FUZZ_SECONDS=$(SECONDS) FUZZ_CASES=$(CASES) FUZZ_SEED=$(SEED) node --expose-gc dist/fuzz/run.mjs
endif

.PHONY: mutate
mutate: node_modules ## Break the sources on purpose, and see that a unit test fails: FILES, SECONDS, RESUME=1
	@FILES="$(FILES)" SECONDS=$(SECONDS) RESUME=$(RESUME) node build/mutate/run.mjs

# The only step that asks the registry for anything but packages: not a part of `make test`, which must run without it.
.PHONY: audit
audit: ## Ask the npm registry for known faults of what builds and tests this: there is no runtime dependency
	npm audit

.PHONY: soak
soak: setup build ## Load nginx with all there is at once for MINUTES (3) on RUNTIME (forky-qjs)
	MINUTES=$(or $(MINUTES),3) RUNTIME=$(or $(RUNTIME),forky-qjs) vitest run --project nginx-load test/nginx/soak.test.ts

.PHONY: attack
attack: setup build ## Attack nginx: clients that hang up or wait for SECONDS (30) each, full zones, large bodies, costly tokens
	ATTACK_SECONDS=$(or $(SECONDS),30) vitest run --project 'nginx*' \
		$(foreach name,hang-ups waiting full-zones refusals limits key-source,test/nginx/$(name).test.ts)

.PHONY: demo
demo: setup build ## Run an example (EXAMPLE=microservices) on DEMO_PORT (8080) until Ctrl-C
	@DEMO_PORT=$(DEMO_PORT) node build/demo.mjs $(EXAMPLE)

.PHONY: demo-check
demo-check: setup build ## Play all examples, or EXAMPLE, and fail where an answer differs
	@DEMO_PORT=$(DEMO_PORT) node build/demo.mjs --check $(EXAMPLE)

.PHONY: bench
bench: setup build ## Compare with the alternatives, side by side (QUICK=1 for a first look)
	node bench/run.mjs

.PHONY: package
package: build ## Make dist/njs-auth-jwt-VERSION.tar.gz with its checksum: the same bytes for the same commit
	tar -cf - --sort=name --owner=0 --group=0 --numeric-owner --mode=go=rX,u+rw,a-s \
		--mtime="@$$(git log -1 --format=%ct)" --transform 's,^,njs-auth-jwt-$(VERSION)/,' \
		README.md LICENSE CHANGELOG.md SECURITY.md docs nginx \
		--transform 's,dist/,,' dist/auth_jwt.js dist/auth_jwt.js.sha256 | \
		gzip -9n >dist/njs-auth-jwt-$(VERSION).tar.gz
	cd dist && sha256sum njs-auth-jwt-$(VERSION).tar.gz >njs-auth-jwt-$(VERSION).tar.gz.sha256

.PHONY: clean
clean: ## Remove what was built, the Docker images too
	rm -rf dist
	-docker image rm -f $$(docker image ls -q --filter reference='njs-auth-jwt/*') 2>/dev/null

dist/auth_jwt.js: node_modules $(SOURCES)
	@node build/bundle.mjs

# npm does not touch the folder where nothing changed.
node_modules: package.json package-lock.json
	npm ci --no-audit --no-fund
	@touch node_modules
