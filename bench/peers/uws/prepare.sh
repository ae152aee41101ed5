#!/bin/sh
# Fetches the packages of this peer, and a newer C library where the machine's is too old for the prebuilt uWebSockets.js:
# Debian 13's, unpacked into libc/ beside this script; nothing is installed. Fails where that cannot be had.
set -eu
cd "$(dirname "$0")"
../npm.sh .

works() {
    ./node.sh -e 'require("@btc-vision/uwebsockets.js")' 2>/dev/null
}

give_up() {
    echo "uWebSockets.js does not load with this machine's C library, and $1" >&2
    exit 1
}

works && exit
command -v apt-get >/dev/null || give_up "there is no apt-get to fetch a newer one"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/lists/partial" "$work/cache/archives/partial" "$work/debs"
touch "$work/status"

# The mirror is the one this machine has Debian from, whichever way its sources are written.
mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | grep '/debian/$' | head -n 1)
[ -n "$mirror" ] || give_up "Debian 13's cannot be had here"
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror trixie main" >"$work/trixie.list"

# Lists, cache and status of its own, so that apt's view of this machine stays what it is.
apt() {
    apt-get -qq -o Dir::Etc::SourceList="$work/trixie.list" -o Dir::Etc::SourceParts=/dev/null -o Dir::State::Lists="$work/lists" \
        -o Dir::Cache="$work/cache" -o Dir::State::Status="$work/status" -o APT::Sandbox::User="$(id -un)" \
        -o Acquire::Languages=none "$@"
}

apt update
(cd "$work/debs" && apt download libc6 libstdc++6 libgcc-s1)
for package in "$work"/debs/*.deb; do
    dpkg-deb -x "$package" "$work/root"
done

rm -rf libc
mv "$(dirname "$(find "$work/root" -name libc.so.6)")" libc
ln -s "$(cd libc && echo ld-linux-*)" libc/loader
works || give_up "not with Debian 13's either"
