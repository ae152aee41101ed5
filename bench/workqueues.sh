#!/bin/sh
# Builds the benchmark of work queues and runs it: bench/workqueues.sh [--quick] [...], see README.md.
set -eu
cd "$(dirname "$0")"

for tool in dotnet taskset timeout node npm; do
    command -v "$tool" >/dev/null || { echo "bench/workqueues.sh needs $tool" >&2; exit 1; }
done

# 10,000 connections are 10,000 descriptors on each side.
ulimit -n "$(ulimit -H -n)"

# Not "npm ci", which wants the optional native modules of all platforms.
for peer in bullmq fronted; do (cd "peers/$peer" && npm ci --omit=optional --silent); done

dotnet build -c Release -v q -clp:NoSummary Stork.Messages.Bench
dotnet build -c Release -v q -clp:NoSummary peers/stork-messages

exec dotnet Stork.Messages.Bench/bin/Release/net10.0/Stork.Messages.Bench.dll workqueues "$@"
