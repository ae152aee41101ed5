#!/usr/bin/env bash
# Starts Redis, three Stork servers and an official one of Node.js, and nginx in front of them, each a process of its own, with the page of
# samples/Chat. Ctrl+C ends them all. They listen on the loopback: nginx on the given port, the others on the five after it.
#   samples/Cluster/run.sh [port]      8080 if none is given
set -euo pipefail

port="${1:-8080}"
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
page="$(cd "$here/../Chat/Page" && pwd)"
configuration="${CONFIGURATION:-Release}"
PATH="$PATH:/usr/sbin:/usr/local/sbin"

missing=0
need() {
  command -v "$1" >/dev/null 2>&1 && return
  echo "$1 is missing: $2" >&2
  missing=1
}
need dotnet "install the SDK of .NET 10."
need node "install Node.js 20 or later, with npm."
need npm "install Node.js 20 or later, with npm."
need redis-server "apt-get install redis-server, or what your distribution calls it."
need nginx "apt-get install nginx-light, or what your distribution calls it."
[ "$missing" = 0 ] || exit 1

folder="$(mktemp -d "${TMPDIR:-/tmp}/stork-cluster-XXXXXX")"
pids=()
end() {
  trap - EXIT INT TERM
  kill "${pids[@]}" 2>/dev/null || true
  wait 2>/dev/null || true
  rm -rf "$folder"
}
trap end EXIT
trap 'exit 0' INT TERM

# start <name> <port> <program> [arguments]
start() {
  local name="$1" on="$2"
  shift 2
  "$@" >"$folder/$name.log" 2>&1 &
  pids+=("$!")
  for _ in $(seq 600); do
    if (exec 3<>"/dev/tcp/127.0.0.1/$on") 2>/dev/null; then
      printf '%-8s port %s, process %s\n' "$name" "$on" "${pids[-1]}"
      return
    fi
    kill -0 "${pids[-1]}" 2>/dev/null || break
    sleep 0.1
  done
  echo "$name does not run:" >&2
  cat "$folder/$name.log" >&2
  exit 1
}

[ -d "$here/node/node_modules/socket.io" ] || npm ci --prefix "$here/node" --no-audit --no-fund --loglevel=error
dotnet build "$here/Server" -c "$configuration" -v quiet >"$folder/build.log" || { cat "$folder/build.log" >&2; exit 1; }
server="$here/Server/bin/$configuration/net10.0/ClusterServer.dll"
redis=$((port + 5))
sed -e "s#@PAGE@#$page#" -e "s/@PORT@/$port/" -e "s/@STORK_1@/$((port + 1))/" -e "s/@STORK_2@/$((port + 2))/" \
  -e "s/@STORK_3@/$((port + 3))/" -e "s/@NODE@/$((port + 4))/" "$here/nginx.conf" >"$folder/nginx.conf"

start redis "$redis" redis-server --port "$redis" --bind 127.0.0.1 --dir "$folder" --save "" --appendonly no
for number in 1 2 3; do
  start "stork-$number" $((port + number)) dotnet "$server" \
    --urls "http://127.0.0.1:$((port + number))" --redis "127.0.0.1:$redis" --name "Stork $number"
done
start node $((port + 4)) node "$here/node/server.mjs" --port $((port + 4)) --redis "redis://127.0.0.1:$redis" --name "Node.js"
start nginx "$port" nginx -p "$folder" -c "$folder/nginx.conf" -e stderr

echo
echo "Open http://localhost:$port in several browsers, or private windows: the page says which server it is on."
echo "Then kill -9 a server, and see its pages go to another one. Logs are in $folder."
wait
