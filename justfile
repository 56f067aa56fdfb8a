# The one list of commands; `npm run <name>` calls it with the version of just that package.json names.

set positional-arguments := true

# BUN names another Bun to run; otherwise it is the one that package.json names, which npm fetches once and keeps.
bun := env("BUN", "npx --yes --prefer-offline bun@" + `node -p "require('./package.json').config.bun"`)
oxlint_versions := `node -p "const c = require('./package.json').config; '-p oxlint@' + c.oxlint + ' -p oxlint-tsgolint@' + c['oxlint-tsgolint']"`
remark_versions := `node -p "const c = require('./package.json').config; '-p remark-cli@' + c['remark-cli'] + ' -p remark-validate-links@' + c['remark-validate-links']"`
# A busy machine is no failure: of five seconds, which is what Bun gives a test, it takes some away.
patient := "--timeout=60000"
junit := if env("JUNIT_FILE", "") == "" { "" } else { "--reporter=junit --reporter-outfile=" + quote(env("JUNIT_FILE")) }
# One engine alone, in the version that ENGINES names of it.
vault := if env("ENGINES", "") =~ '^vault@[^ ,]+$' { env("ENGINES") } else { "vault" }
openbao := if env("ENGINES", "") =~ '^openbao@[^ ,]+$' { env("ENGINES") } else { "openbao" }

# What there is to call
[private]
default:
    @{{ just_executable() }} --list --unsorted

# Compile the plugin to dist/ and print its checksum; on Linux with the C library in it
[no-exit-message]
build *args: install proto
    @{{ bun }} run build/compile.ts "$@"

# The same as dist/vault-plugin-secrets-litellm-dynamic, without the C library: the file needs the glibc of its machine
[no-exit-message]
build-dynamic: install proto
    @{{ bun }} run build/compile.ts --dynamic

# A file for every kind of machine in dist/release/, with checksums and bills of materials
[no-exit-message]
build-all *args: install proto
    @{{ bun }} run build/build-all.ts "$@"

# An OCI image of the Linux files in dist/release/, as a layout in dist/image/: what OpenBao and Vault take from a registry
[no-exit-message]
image: install
    @{{ bun }} run build/image.ts

# Push dist/image/ to IMAGE_REPOSITORY, as REGISTRY_USER with REGISTRY_PASSWORD if they are set (Go builds what pushes, once)
[no-exit-message]
push-image: install
    @{{ bun }} run build/push-image.ts

# Make the machine code that starts a standalone file; with --check, only compare (fetches a compiler once)
[no-exit-message]
stub *args: install
    @{{ bun }} run build/standalone/stub/make.ts "$@"

# Everything: type check, lint, unit and protocol tests, the plugin in a real OpenBao and a real Vault
[no-exit-message]
test:
    @{{ bun }} run build/run-recipes.ts {{ quote(just_executable()) }} prepare build typecheck format-check lint unused links unit e2e-native

# What is about rates comes first: a LiteLLM without Redis forgets its counters once it has seen some hundred keys.

# The same lifecycle against the LiteLLM that E2E_LITELLM_URL and E2E_LITELLM_MASTER_KEY name, and the stand-in's cases
[no-exit-message]
test-litellm: build
    @{{ bun }} run build/run-recipes.ts {{ quote(just_executable()) }} litellm-cases e2e-lifecycle

# The files for every kind of machine, and the image: that they start, are the same each time and say what is in them
[no-exit-message]
test-release: build-all image
    @{{ bun }} run build/run-recipes.ts {{ quote(just_executable()) }} release stub-check

# The same for what `release-files` and `image` have left, which stays as it is
[no-exit-message]
test-release-files: install proto
    @{{ bun }} run build/run-recipes.ts {{ quote(just_executable()) }} release stub-check

# Whether the machine code in the tree is what its source gives
[no-exit-message]
test-stub: install
    @{{ bun }} run build/run-recipes.ts {{ quote(just_executable()) }} stub-check

[private]
release: install proto
    @{{ bun }} test {{ patient }} {{ junit }} ./build/release.test.ts

[private]
stub-check: (stub "--check")

# Show the whole life of a key in a real OpenBao: see --help
[no-exit-message]
demo *args:
    @JUST={{ quote(just_executable()) }} {{ bun }} run e2e/demo.ts "$@"

# Unit tests, and the protocol tests against dist/ (`just build` first)
unit *args: install proto
    @JUST={{ quote(just_executable()) }} {{ bun }} test {{ patient }} {{ junit }} ./tests "$@"

# The compiled plugin in a real OpenBao and a real Vault, in containers or else natively (`just build` first)
[no-exit-message]
e2e *args: install proto
    @E2E_WAY=${E2E_WAY:-auto} {{ bun }} run e2e/run.ts {{ junit }} "$@"

# The same in Vault alone
[no-exit-message]
e2e-vault *args: install proto
    @E2E_WAY=${E2E_WAY:-auto} ENGINES={{ vault }} {{ bun }} run e2e/run.ts {{ junit }} "$@"

# The same in OpenBao alone
[no-exit-message]
e2e-openbao *args: install proto
    @E2E_WAY=${E2E_WAY:-auto} ENGINES={{ openbao }} {{ bun }} run e2e/run.ts {{ junit }} "$@"

# Every suite natively, whether there is a Docker or not
[no-exit-message]
e2e-native *args: install proto
    @E2E_WAY=native {{ bun }} run e2e/run.ts {{ junit }} "$@"

# Every suite natively on every version that there is
[no-exit-message]
e2e-matrix *args: install proto
    @E2E_WAY=native ENGINES="${ENGINES:-openbao@2.6.1 openbao@2.6.2 openbao@2.7.0 openbao@2.7.2 vault@1.21.1}" {{ bun }} run e2e/run.ts {{ junit }} "$@"

# In containers or not at all
[no-exit-message]
e2e-containers *args: install proto
    @E2E_WAY=containers {{ bun }} run e2e/run.ts {{ junit }} "$@"

# The plugin built, and every suite in containers; ends with how many passed
[no-exit-message]
test-containers: build
    @{{ bun }} run build/run-recipes.ts {{ quote(just_executable()) }} e2e-containers

# Both engines with the plugin mounted and configured, and a LiteLLM: in containers until `just down`, or natively until Ctrl-C; says what to type first
[no-exit-message]
up: build
    @{{ bun }} run e2e/up.ts up

# Stop the containers that `up` started
[no-exit-message]
down: install
    @{{ bun }} run e2e/up.ts down

# Images with nothing but an engine's program, where the official ones cannot be pulled; prints what to set
images: install proto
    @{{ bun }} run e2e/containers/stand-in-images.ts

[private]
e2e-lifecycle: install proto
    @{{ bun }} test {{ junit }} ./e2e/roles.test.ts ./e2e/lifecycle.test.ts ./e2e/process.test.ts ./e2e/readme.test.ts ./e2e/upgrade.test.ts ./e2e/clients.test.ts ./e2e/connection.test.ts ./e2e/keys.test.ts ./e2e/static-roles.test.ts ./e2e/rotation-killed.test.ts ./e2e/examples/openai-apps.test.ts

# `test-litellm` on each of several versions, or those that LITELLM_VERSIONS names; ends with a table
[no-exit-message]
test-litellm-matrix: build
    @.ci/litellm-matrix

# Two LiteLLM instances on one database, with Redis and without: how long each accepts a key after its end (E2E_PAIR_TRIALS=400)
[no-exit-message]
test-litellm-pair: build
    @{{ bun }} run build/run-recipes.ts {{ quote(just_executable()) }} litellm-pair

[private]
litellm-pair: install proto
    @E2E_PAIR=yes E2E_WAY=native ENGINES="${ENGINES:-openbao}" {{ bun }} run e2e/run.ts {{ junit }} ./e2e/litellm-pair.test.ts

[private]
litellm-cases: install proto
    @{{ bun }} test {{ patient }} {{ junit }} ./tests/litellm/server-cases.test.ts

# Type check
typecheck: install proto
    @node_modules/.bin/tsc --project .

# Lint
lint: install proto
    @npx --yes --prefer-offline {{ oxlint_versions }} oxlint --type-aware --deny-warnings --report-unused-disable-directives

# Look for files, exports and dependencies that nobody uses
unused: install proto
    @npx --yes --prefer-offline knip@`node -p "require('./package.json').config.knip"`

# Look for links in README.md, CONTRIBUTING.md, docs/ and examples/ that lead to no file or heading
links:
    @npx --yes --prefer-offline {{ remark_versions }} -c 'remark --no-config --no-stdout --quiet --frail --use "$(dirname "$(command -v remark)")/../remark-validate-links/index.js=repository:false" README.md CONTRIBUTING.md docs examples build/standalone/README.md'

# Format every file
fmt: install
    @node_modules/.bin/prettier --write --log-level=warn .

# Write the tables of paths and fields into docs/, from their declarations
[no-exit-message]
docs: install proto
    @{{ bun }} run build/docs/write.ts

# Run the demo and draw what it prints into docs/session.svg
[no-exit-message]
session: install
    @{{ quote(just_executable()) }} demo | {{ bun }} run build/docs/session.ts

# Check the format of every file
format-check: install
    @node_modules/.bin/prettier --check .

# Speed, memory and size beside a plugin in Go, to docs/performance.md (`just build` first; see --help)
[no-exit-message]
bench *args: install proto
    @{{ bun }} run bench/bench.ts "$@"

# A CPU profile of 20,000 reads (or as many as are named), and a read's time part by part
[no-exit-message]
profile *args: install proto
    @{{ bun }} run bench/profile.ts "$@"

# Clients issue, renew and revoke while everything around the plugin fails; no key may outlive its lease (`just build` first; see --help)
[no-exit-message]
soak *args: install proto
    @{{ bun }} run e2e/soak.ts "$@"

# pre-commit's hooks on every file (Python needed)
[no-exit-message]
pre-commit: install proto
    @{{ bun }} run build/python-tool.ts pre-commit pre_commit run --all-files --show-diff-on-failure --color=never

# The pipelines, those of the examples too, and the compose file against their schemas (Python needed)
[no-exit-message]
schemas: install
    @{{ bun }} run build/python-tool.ts check-jsonschema check_jsonschema --builtin-schema vendor.woodpecker-ci .woodpecker/*.yaml examples/ci/woodpecker.yaml
    @{{ bun }} run build/python-tool.ts check-jsonschema check_jsonschema --builtin-schema vendor.github-workflows examples/ci/github.yaml
    @{{ bun }} run build/python-tool.ts check-jsonschema check_jsonschema --builtin-schema vendor.compose-spec compose.yaml

# pre-commit's hooks and the schemas
[no-exit-message]
check: install
    @{{ bun }} run build/run-recipes.ts {{ quote(just_executable()) }} pre-commit schemas

# Tag the next version on a clean main: 0.0.1 after 0.0.0
[no-exit-message]
patch: install
    @{{ bun }} run build/tag.ts patch

# Tag the next version on a clean main: 0.1.0 after 0.0.1
[no-exit-message]
minor: install
    @{{ bun }} run build/tag.ts minor

# Tag the next version on a clean main: 1.0.0 after 0.1.0
[no-exit-message]
major: install
    @{{ bun }} run build/tag.ts major

# Whether HEAD has a tag of a version on main to make a release of: the one that started the pipeline, where one did
[no-exit-message]
release-check: install
    @{{ bun }} run build/release-check.ts

# The files of that tag in dist/release/, with notes
[no-exit-message]
release-files *args: install proto
    @{{ bun }} run build/release-files.ts "$@"

# Sign the checksums in dist/release/ with the secret key in MINISIGN_KEY, whose public key is minisign.pub
[no-exit-message]
sign-release: install
    @{{ bun }} run build/sign-release.ts

# On a Debian machine as root: install what the recipes need beside Node, or only what is named of: python git go cross minisign
[no-exit-message]
prepare-debian *names:
    @build/prepare-debian.sh "$@"

# Remove what was built and installed, and first the containers that `up` has started
clean:
    @if [ -e dist/up ]; then {{ quote(just_executable()) }} down || echo 'Removing it all the same.'; fi
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
