#!/usr/bin/env bash
# Installs what the tests need where it may, builds, runs every test, and ends with a line "N passed, N failed, N skipped".
# Missing parts that cannot be installed are named, and only the tests that need them are skipped.
#   ./test.sh                 everything
#   ./test.sh Stork.Tests     only the test projects whose name contains the word
set -uo pipefail
cd "$(dirname "$0")"

only="${1:-}"
configuration="${CONFIGURATION:-Release}"
results="artifacts/test-results"
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1
export npm_config_fund=false npm_config_audit=false npm_config_update_notifier=false

note() { printf '• %s\n' "$*"; }

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"
  elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then sudo -n "$@"
  else return 1
  fi
}

# Packages of the distribution, where it is one with apt and we may.
install_packages() {
  command -v apt-get >/dev/null 2>&1 || return 1
  note "installing $*"
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq update >/dev/null 2>&1
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "$@" >/dev/null 2>&1
}

has_chromium() { command -v chromium >/dev/null 2>&1 || command -v chromium-browser >/dev/null 2>&1 || command -v google-chrome >/dev/null 2>&1; }
has_python_client() { /usr/bin/python3 -c 'import socketio, aiohttp, requests, websocket' >/dev/null 2>&1; }
has_faketime() { [ -n "$(find /usr/lib /usr/lib64 -name libfaketimeMT.so.1 2>/dev/null | head -n 1)" ]; }

has_redis() { command -v redis-server >/dev/null 2>&1; }
has_nginx() { command -v nginx >/dev/null 2>&1 || [ -x /usr/sbin/nginx ]; }

command -v dotnet >/dev/null 2>&1 || { echo "The .NET 10 SDK is missing."; echo "0 passed, 1 failed"; exit 1; }
command -v npm >/dev/null 2>&1 || note "Node.js and npm are missing: the tests with JavaScript clients and the browser are skipped."
has_chromium || install_packages chromium || note "Chromium is missing and could not be installed: the browser tests are skipped."
has_python_client || install_packages python3-socketio python3-aiohttp python3-requests python3-websocket \
  || note "python3-socketio is missing and could not be installed: the tests with the Python client are skipped."
has_nginx || install_packages nginx-light || note "nginx is missing and could not be installed: the tests behind a proxy are skipped."
has_redis || install_packages redis-server || note "Redis is missing and could not be installed: the tests of several servers over Redis are skipped."
has_faketime || install_packages faketime || note "faketime is missing and could not be installed: the tests that move a process's wall clock are skipped."

note "building ($configuration)"
if ! dotnet build Stork.slnx -c "$configuration" -v quiet -clp:NoSummary; then
  echo "The build failed."
  echo "0 passed, 1 failed"
  exit 1
fi

rm -rf "$results"
failed_runs=0
for project in test/*.Tests/*.csproj; do
  name="$(basename "$project" .csproj)"
  case "$name" in *"$only"*) ;; *) continue ;; esac
  note "testing $name"
  # One project after the other: the machine may be small, and the tests measure silence as well as noise.
  timeout 1200 dotnet test "$project" -c "$configuration" --no-build --logger "trx;LogFileName=$name.trx" --logger "console;verbosity=minimal" --results-directory "$results" \
    || failed_runs=$((failed_runs + 1))
done

# The counters of all result files; a run that died before it wrote one counts as a failure.
sum() { grep -ho "<Counters [^>]*" "$results"/*.trx 2>/dev/null | grep -o " $1=\"[0-9]*\"" | grep -o '[0-9]*' | awk '{ total += $1 } END { print total + 0 }'; }
total="$(sum total)"
executed="$(sum executed)"
passed="$(sum passed)"
failed="$(sum failed)"
skipped=$((total - executed))
if [ "$failed" = 0 ] && [ "$failed_runs" != 0 ]; then failed=$failed_runs; fi
if [ "$total" = 0 ]; then failed=1; fi
if [ "$skipped" != 0 ]; then
  note "skipped, with the reasons:"
  grep -hA6 'outcome="NotExecuted"' "$results"/*.trx | grep -oE 'testName="[^"]*"|<Message>[^<]*' | sed -E 's/testName="([^"]*)"/  - \1/; s/<Message>/      /' | sort -u | head -60
fi

if [ "$skipped" = 0 ]; then echo "$passed passed, $failed failed"; else echo "$passed passed, $failed failed, $skipped skipped"; fi
[ "$failed" = 0 ]
