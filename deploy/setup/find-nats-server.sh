#!/bin/sh
# Prints the path of a nats-server that is new enough for Assay: the one named in ASSAY_NATS_SERVER, one on PATH,
# one fetched earlier, or one fetched now from the machine's own Debian or Ubuntu mirror. Needs no root.
#
#   find-nats-server.sh [--into FOLDER] [--os-release FILE]
#
# --into        where to look for and put a fetched one (a checkout's .tools, else the user's cache folder)
# --os-release  the file that says which system this is (/etc/os-release)
# Progress goes to stderr. Exit 3, with one line on stderr that starts with "Error: ", when there is none to be had.
set -eu

oldest_major=2
oldest_minor=12
oldest=$oldest_major.$oldest_minor
way_out="put nats-server $oldest or newer on PATH, or name it in ASSAY_NATS_SERVER, and start again"

main() {
  into='' os_release=/etc/os-release
  while [ $# -gt 0 ]; do
    case $1 in
      --into) into=$2; shift 2 ;;
      --os-release) os_release=$2; shift 2 ;;
      *) fail "$1 is not an option of find-nats-server.sh: it takes --into FOLDER and --os-release FILE." ;;
    esac
  done
  if [ -n "${ASSAY_NATS_SERVER:-}" ]; then
    new_enough "$ASSAY_NATS_SERVER" && answer "$ASSAY_NATS_SERVER"
    fail "ASSAY_NATS_SERVER names $ASSAY_NATS_SERVER, which $(fault "$ASSAY_NATS_SERVER"): name one of $oldest or newer, or unset it."
  fi
  search_path
  user_cache=${XDG_CACHE_HOME:-${HOME:-}/.cache}/assay
  [ -n "$into" ] || into=$(fetch_folder)
  for folder in "$into" "$user_cache"; do
    if new_enough "$folder/nats-server"; then answer "$folder/nats-server"; fi
  done
  fetch
  answer "$into/nats-server"
}

answer() { printf '%s\n' "$1"; exit 0; }
say() { printf '%s\n' "$1" >&2; }
fail() { say "Error: $1"; exit 3; }

# The version that the executable $1 prints ("nats-server: v2.15.1"), or nothing.
version_of() {
  [ -f "$1" ] && [ -x "$1" ] || return 0
  printed=$("$1" -v 2>/dev/null) || return 0
  printf '%s' "${printed#*: v}"
}

new_enough() {
  version=$(version_of "$1")
  major=${version%%.*}
  minor=${version#*.}
  minor=${minor%%.*}
  case $major.$minor in *[!0-9.]* | .* | *.) return 1 ;; esac
  [ "$major" -gt $oldest_major ] || { [ "$major" -eq $oldest_major ] && [ "$minor" -ge $oldest_minor ]; }
}

fault() {
  version=$(version_of "$1")
  if [ -n "$version" ]; then echo "is version $version"; else echo "is not a nats-server that runs here"; fi
}

# Every nats-server on PATH, then in the folders where system packages put it and which a user's PATH may lack.
search_path() {
  folders=$PATH:/usr/local/sbin:/usr/sbin:
  seen=:
  while [ -n "$folders" ]; do
    folder=${folders%%:*}
    folders=${folders#*:}
    candidate=$folder/nats-server
    case $seen in *":$folder:"*) continue ;; esac
    seen=$seen$folder:
    case $folder in /*) [ -x "$candidate" ] || continue ;; *) continue ;; esac
    if new_enough "$candidate"; then answer "$candidate"; fi
    say "$candidate $(fault "$candidate") and is passed over: Assay needs nats-server $oldest or newer."
  done
}

# A checkout keeps its own; an installed package, whose folder npm may replace or own, uses the user's cache.
fetch_folder() {
  root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd -P)
  if [ -f "$root/package-lock.json" ] && [ -w "$root" ]; then echo "$root/.tools"; else echo "$user_cache"; fi
}

# ---- fetching from the mirror that this machine's apt uses already; nothing on the system is changed -------------

fetch() {
  ID='' ID_LIKE='' VERSION_CODENAME='' UBUNTU_CODENAME=''
  # A name without a slash would be looked for on PATH by the shell.
  case $os_release in */*) ;; *) os_release=./$os_release ;; esac
  # shellcheck disable=SC1090
  [ ! -r "$os_release" ] || . "$os_release"
  case " $ID $ID_LIKE " in
    *" ubuntu "*) family=ubuntu suites=devel component=universe codename=${UBUNTU_CODENAME:-$VERSION_CODENAME} ;;
    *" debian "*) family=debian suites='forky sid' component=main codename=$VERSION_CODENAME ;;
    *) fail "nats-server was not found, and it can be fetched on Debian and Ubuntu only: $way_out." ;;
  esac
  for tool in apt-get dpkg dpkg-deb; do
    command -v $tool >/dev/null || fail "nats-server was not found, and it cannot be fetched without $tool: $way_out."
  done
  mkdir -p "$into" 2>/dev/null || :
  [ -w "$into" ] ||
    fail "nats-server was not found, and the folder $into, where it would be fetched to, is not writable: $way_out."

  work=$(mktemp -d "${TMPDIR:-/tmp}/assay-fetch.XXXXXX")
  trap 'rm -rf "$work"' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP
  mkdir -p "$work/lists/partial" "$work/archives/partial" "$work/unpacked"
  : >"$work/status"
  write_sources
  say "Fetching nats-server from this machine's $family mirror ($(echo "$suites" | tr ' ' '/')) into $into ..."
  {
    # A suite that the mirror lacks fails the update as a whole; what counts is whether the package can be had.
    private_apt update || true
    (cd "$work" && private_apt download nats-server) &&
      dpkg-deb -x "$work"/nats-server_*.deb "$work/unpacked"
  } >"$work/log" 2>&1 || fetch_failed
  install_fetched
}

private_apt() {
  apt-get -q \
    -o Dir::State="$work" -o Dir::State::lists="$work/lists" -o Dir::State::status="$work/status" \
    -o Dir::Cache="$work" -o Dir::Cache::archives="$work/archives" -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= \
    -o Dir::Etc::sourcelist="$work/sources.list" -o Dir::Etc::sourceparts=/dev/null \
    -o Dir::Etc::preferences=/dev/null -o Dir::Etc::preferencesparts=/dev/null \
    -o APT::Default-Release= -o APT::Sandbox::User=root \
    -o Acquire::Languages=none -o Acquire::Retries=1 -o Acquire::http::Timeout=20 -o Acquire::https::Timeout=20 "$@"
}

# The mirrors that the machine's own sources name, with the suites that carry a nats-server new enough.
write_sources() {
  options="arch=$(dpkg --print-architecture)"
  keyring=/usr/share/keyrings/$family-archive-keyring.gpg
  [ ! -r "$keyring" ] || options="$options signed-by=$keyring"
  # Without release info apt answers from the sources alone: on a bare machine no list was ever downloaded.
  # shellcheck disable=SC2016
  mirrors=$(apt-get indextargets --no-release-info --format '$(RELEASE) $(COMPONENT) $(REPO_URI)' \
    'Created-By: Packages' 2>/dev/null |
    awk -v known="$codename $suites stable oldstable testing unstable" '
      BEGIN { split(known, names, " "); for (i in names) wanted[names[i]] = 1 }
      wanted[$1] && $2 == "main" && !seen[$3]++ { print $3 }')
  [ -n "$mirrors" ] ||
    fail "nats-server was not found, and this machine's apt sources name no $family mirror to fetch it from: $way_out."
  for mirror in $mirrors; do
    for suite in $suites; do echo "deb [$options] $mirror $suite $component"; done
  done >"$work/sources.list"
}

fetch_failed() {
  reason=$(grep -m 1 -E '^(E|Err|dpkg-deb)' "$work/log" || tail -n 1 "$work/log")
  fail "nats-server could not be fetched from this machine's $family mirror (${reason:-no reason given}): $way_out."
}

# Moved into place in one step, so that two fetches at once, or a killed one, leave a whole file or none.
install_fetched() {
  fetched=$(find "$work/unpacked" -type f -name nats-server -path '*bin/*' | head -n 1)
  new_enough "$fetched" ||
    fail "the nats-server of this machine's $family mirror $(fault "$fetched"), and Assay needs $oldest or newer: $way_out."
  cp "$fetched" "$into/.nats-server.$$"
  chmod 755 "$into/.nats-server.$$"
  mv "$into/.nats-server.$$" "$into/nats-server"
}

main "$@"
