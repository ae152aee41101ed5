#!/bin/sh
# Builds the micro-benchmarks and runs those whose names contain a word: bench/micro.sh [word] [--long], see README.md.
set -eu
cd "$(dirname "$0")"

dotnet build -c Release -v q -clp:NoSummary Stork.MicroBenchmarks

exec dotnet Stork.MicroBenchmarks/bin/Release/net10.0/Stork.MicroBenchmarks.dll "$@"
