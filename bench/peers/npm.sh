#!/bin/sh
# npm.sh <folder>: the packages of a peer, exactly as its lock file has them; does nothing when they are there already.
set -eu
cd "$1"
[ node_modules/.package-lock.json -nt package-lock.json ] || npm ci --no-audit --no-fund --loglevel=error >/dev/null
