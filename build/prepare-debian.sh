#!/bin/sh
# prepare-debian.sh [NAME]…: installs what is missing of what is named; without a name, what the recipes need beside Node.
set -eu

refuse() { echo "prepare-debian: $1" >&2 && exit 1; }
has() { command -v "$1" >/dev/null; }
is_installed() { [ "$(dpkg-query --show --showformat='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

[ $# -gt 0 ] || set -- python git go cross minisign
for name; do
  case $name in
  python | git | go | cross | minisign | redis | docker | compose) ;;
  *) refuse "$name is none of python, git, go, cross, minisign, redis, docker and compose." ;;
  esac
done

wanted=
for name; do
  case $name in
  python) has python3 && python3 -m pip --version >/dev/null 2>&1 || wanted="$wanted python3 python3-pip" ;;
  git) has git || wanted="$wanted git" ;;
  go) has go || wanted="$wanted golang-go" ;;
  minisign) has minisign || wanted="$wanted minisign" ;;
  redis) has redis-server || wanted="$wanted redis-server" ;;
  docker) has dockerd || wanted="$wanted docker.io" ;;
  compose) docker compose version >/dev/null 2>&1 || has docker-compose || wanted="$wanted docker-compose" ;;
  cross) # The other processor's C library, and what runs its programs.
    [ "$(uname -m)" = aarch64 ] && library=libc6-amd64-cross || library=libc6-arm64-cross
    is_installed "$library" || wanted="$wanted $library"
    # On Debian 12, qemu-user-static will do as well; from 13 on that package is empty.
    has qemu-aarch64 || has qemu-aarch64-static || wanted="$wanted qemu-user"
    ;;
  esac
done
[ -n "$wanted" ] || exit 0
has apt-get && has dpkg-query || refuse "this is no Debian; install by its own means: $*."
[ "$(id -u)" = 0 ] || refuse "only root can install$wanted."
# The lists of packages may be old, or there may be none yet.
apt-get install --yes --no-install-recommends $wanted 2>/dev/null ||
  { apt-get update && apt-get install --yes --no-install-recommends $wanted; }
