#!/bin/sh
# Builds the load tool and the servers it measures, then runs it: bench/run.sh [--quick] [...], see README.md.
set -eu
cd "$(dirname "$0")"

for tool in dotnet node npm taskset; do
    command -v "$tool" >/dev/null || { echo "bench/run.sh needs $tool" >&2; exit 1; }
done

# 10,000 connections are 10,000 descriptors on each side.
ulimit -n "$(ulimit -H -n)"

# A server that this machine cannot have is named and left out; the run goes on.
left_out=
prepare() {
    name=$1
    shift
    "$@" || { echo "$name is left out: it cannot be had on this machine (see above)" >&2; left_out=$left_out$name,; }
}

prepare node peers/npm.sh peers/node
prepare uws peers/uws/prepare.sh
prepare bun peers/npm.sh peers/bun
dotnet build -c Release -v q -clp:NoSummary Stork.Bench
dotnet build -c Release -v q -clp:NoSummary peers/stork
dotnet build -c Release -v q -clp:NoSummary peers/signalr
dotnet build -c Release -v q -clp:NoSummary peers/kestrel

exec dotnet Stork.Bench/bin/Release/net10.0/Stork.Bench.dll --without "$left_out" "$@"
