#!/bin/sh
# Builds the queue benchmark and compares Stork's store with brokers and databases: bench/queues.sh [--rounds 3] [...], see README.md.
set -eu
cd "$(dirname "$0")"

for tool in dotnet timeout; do
    command -v "$tool" >/dev/null || { echo "bench/queues.sh needs $tool" >&2; exit 1; }
done

dotnet build -c Release -v q -clp:NoSummary Stork.Queues.Bench

exec dotnet Stork.Queues.Bench/bin/Release/net10.0/Stork.Queues.Bench.dll compare --results results "$@"
