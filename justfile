# The one list of commands; `npm run <name>` calls it with the version of just that package.json names.

set positional-arguments := true

# BUN names another Bun to run; otherwise it is the one that package.json names, which npm fetches once and keeps.
bun := env("BUN", "npx --yes bun@" + `node -p "require('./package.json').config.bun"`)
oxlint_versions := `node -p "const c = require('./package.json').config; '-p oxlint@' + c.oxlint + ' -p oxlint-tsgolint@' + c['oxlint-tsgolint']"`
junit := if env("JUNIT_FILE", "") == "" { "" } else { "--reporter=junit --reporter-outfile=" + quote(env("JUNIT_FILE")) }

# What there is to call
[private]
default:
    @{{ just_executable() }} --list --unsorted

# Compile the plugin to dist/ and print its checksum; on Linux with the C library in it
build *args: install proto
    @{{ bun }} run build/compile.ts "$@"

# The same without the C library: the file needs the glibc of its machine
build-dynamic: install proto
    @{{ bun }} run build/compile.ts --dynamic

# A file for every kind of machine in dist/release/, with checksums and bills of materials
build-all *args: install proto
    @{{ bun }} run build/release.ts "$@"

# Make the machine code that starts a standalone file; with --check, only compare (fetches a compiler once)
stub *args: install
    @{{ bun }} run build/standalone/stub/make.ts "$@"

# Everything: type check, lint, unit and protocol tests, the plugin in a real OpenBao and a real Vault
[no-exit-message]
test:
    @{{ bun }} run build/test.ts {{ quote(just_executable()) }} prepare build typecheck format-check lint unused unit e2e

# The same lifecycle against the LiteLLM that E2E_LITELLM_URL and E2E_LITELLM_MASTER_KEY name, and the stand-in's cases
[no-exit-message]
test-litellm: build
    @{{ bun }} run build/test.ts {{ quote(just_executable()) }} e2e-lifecycle litellm-cases

# The files for every kind of machine: that they start, are the same each time and say what is in them
[no-exit-message]
test-release: build-all
    @{{ bun }} run build/test.ts {{ quote(just_executable()) }} release stub-check

[private]
release: install proto
    @{{ bun }} test {{ junit }} ./build/release.test.ts

[private]
stub-check: (stub "--check")

# Show the whole life of a key in a real OpenBao: see --help
[no-exit-message]
demo *args:
    @JUST={{ quote(just_executable()) }} {{ bun }} run e2e/demo.ts "$@"

# Unit tests, and the protocol tests against dist/ (`just build` first)
unit *args: install proto
    @{{ bun }} test {{ junit }} ./tests "$@"

# The compiled plugin in a real OpenBao and a real Vault, or in what ENGINES names (`just build` first)
[no-exit-message]
e2e *args: install proto
    @{{ bun }} run e2e/run.ts {{ junit }} "$@"

# The same in Vault alone
[no-exit-message]
e2e-vault *args: install proto
    @ENGINES=vault {{ bun }} run e2e/run.ts {{ junit }} "$@"

# The same in OpenBao alone
[no-exit-message]
e2e-openbao *args: install proto
    @ENGINES=openbao {{ bun }} run e2e/run.ts {{ junit }} "$@"

[private]
e2e-lifecycle: install proto
    @{{ bun }} test {{ junit }} ./e2e/lifecycle.test.ts ./e2e/readme.test.ts ./e2e/clients.test.ts

[private]
litellm-cases: install proto
    @{{ bun }} test {{ junit }} ./tests/litellm/server-cases.test.ts

# Type check
typecheck: install proto
    @node_modules/.bin/tsc --project .

# Lint
lint: install proto
    @npx --yes {{ oxlint_versions }} oxlint --type-aware --deny-warnings --report-unused-disable-directives

# Look for files, exports and dependencies that nobody uses
unused: install proto
    @npx --yes knip@`node -p "require('./package.json').config.knip"`

# Format every file
fmt: install
    @node_modules/.bin/prettier --write --log-level=warn .

# Check the format of every file
format-check: install
    @node_modules/.bin/prettier --check .

# Speed and size, measured; `just build` first
bench *args: install proto
    @{{ bun }} run bench/bench.ts "$@"

# Remove what was built and installed
clean:
    rm -rf dist src/sdk/pb node_modules

# Dependencies and generated sources
[private]
prepare: install proto

# Quick when package.json and bun.lock are as they were
[private]
install:
    @if [ node_modules/.installed -nt bun.lock ] && [ node_modules/.installed -nt package.json ]; then exit 0; fi; \
        echo "Installing dependencies (the first time also fetches Bun)" && {{ bun }} install --frozen-lockfile && touch node_modules/.installed

# Quick when proto/ is as it was
[private]
proto: install
    @if [ -e src/sdk/pb/services.ts ] && [ -z "$(find proto build/proto.ts bun.lock -newer src/sdk/pb/services.ts)" ]; then exit 0; fi; \
        echo "Generating src/sdk/pb" && {{ bun }} run build/proto.ts
