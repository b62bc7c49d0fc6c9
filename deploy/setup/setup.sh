#!/bin/sh
# Makes a fresh checkout ready: npm packages (with Node 24 among them), the assay command for npx, nats-server.
# Safe to run again at any time; when there is nothing to do it takes a few hundredths of a second.
set -eu
cd -- "$(dirname -- "$0")/../.."

main() {
  # A target of another project's node_modules, or ours while npm replaces it, must not run npm.
  PATH=$(printf '%s' "$PATH" | tr ':' '\n' | grep -v '/node_modules/\.bin/*$' | paste -s -d : -)
  installed || install
  [ -L node_modules/.bin/assay ] || ln -sf ../../cli/assay node_modules/.bin/assay
  sh deploy/setup/find-nats-server.sh >/dev/null
}

fail() { printf 'Error: %s\n' "$1" >&2; exit 3; }

# The lock file's checksum is kept beside the packages it describes. Packages that someone installed by hand after
# the lock file was written count as well.
installed() {
  [ -f node_modules/.package-lock.json ] || return 1
  lock=$(cksum <package-lock.json)
  if [ -f node_modules/.assay-lock ]; then
    read -r kept <node_modules/.assay-lock
    [ "$kept" = "$lock" ] && return 0
  fi
  # shellcheck disable=SC3013 # dash, bash and busybox know -nt
  [ node_modules/.package-lock.json -nt package-lock.json ] || return 1
  printf '%s\n' "$lock" >node_modules/.assay-lock
}

install() {
  command -v npm >/dev/null || fail "npm was not found: install Node 20 or newer with npm, and run make setup again."
  version=$(node -p process.versions.node) || fail "node does not run: install Node 20 or newer, and run make setup again."
  [ "${version%%.*}" -ge 20 ] ||
    fail "Node $version is too old to install with: install Node 20 or newer, and run make setup again."
  echo "Installing npm packages ..." >&2
  # Warnings off: under Node 20 or 22 npm names every package that wants the newer Node which comes with them.
  npm ci --no-audit --no-fund --no-progress --loglevel=error >/dev/null ||
    fail "the npm packages could not be installed (npm's reason is above): put that right, and run make setup again."
  [ -x node_modules/.bin/node ] || [ "${version%%.*}" -ge 24 ] ||
    fail "npm has no Node 24 for this platform and the machine has $version: install Node 24 or newer, and run make setup again."
  cksum <package-lock.json >node_modules/.assay-lock
}

main
