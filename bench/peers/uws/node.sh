#!/bin/sh
# Node.js with the C library of libc/ where prepare.sh had to fetch one, else as it is; takes this process' place.
folder=$(dirname "$0")/libc
[ -f "$folder/loader" ] || exec node "$@"
exec "$folder/loader" --library-path "$folder" "$(command -v node)" "$@"
