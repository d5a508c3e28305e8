#!/usr/bin/env bash
# Makes sure that there is libfaketime for the test of clocks that jump: the one that is installed, else Debian's package, unpacked into
# .cache/faketime. `--find` prints its path and fails when there is none. The test is skipped without it.
set -euo pipefail
cd "$(dirname "$0")/.."
copy=.cache/faketime

find_library() {
	local path
	for path in "$PWD/$copy"/usr/lib/*/faketime/libfaketime.so.1 /usr/lib/*/faketime/libfaketime.so.1; do
		if [ -e "$path" ]; then echo "$path"; return 0; fi
	done
	return 1
}

if [ "${1:-}" = --find ]; then find_library; exit; fi
if find_library >/dev/null || ! command -v apt-get >/dev/null; then exit 0; fi

echo '── fetching libfaketime with apt-get'
mkdir -p "$copy"
(
	cd "$copy"
	# Unpacked and not installed, so that it needs no root.
	{ apt-get download -qq libfaketime || { [ "$(id -u)" = 0 ] && apt-get update -qq && apt-get download -qq libfaketime; }; } >/dev/null 2>&1 &&
		dpkg -x libfaketime_*.deb . && rm -f libfaketime_*.deb
) || echo '── apt-get could not; clocks do not jump in the tests' >&2
