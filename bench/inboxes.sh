#!/bin/sh
# Builds the benchmark of inboxes over sockets and runs it: bench/inboxes.sh [--quick] [...], see README.md.
set -eu
cd "$(dirname "$0")"

for tool in dotnet taskset timeout node npm; do
    command -v "$tool" >/dev/null || { echo "bench/inboxes.sh needs $tool" >&2; exit 1; }
done

# 10,000 connections are 10,000 descriptors on each side.
ulimit -n "$(ulimit -H -n)"

# Not "npm ci", which wants the optional native modules of all platforms.
(cd peers/fronted && npm ci --omit=optional --silent)
# Engines that this machine cannot have are left out; the report says so.
peers/npm.sh peers/bun || true
peers/uws/prepare.sh || true

dotnet build -c Release -v q -clp:NoSummary Stork.Messages.Bench
dotnet build -c Release -v q -clp:NoSummary peers/stork-messages

exec dotnet Stork.Messages.Bench/bin/Release/net10.0/Stork.Messages.Bench.dll inboxes "$@"
