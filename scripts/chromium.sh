#!/usr/bin/env bash
# Makes sure that there is a Chromium for the tests of the pages: the one that is installed, else the distribution's package
# (as root), else the one inside npm's @sparticuz/chromium. `--find` prints its path and fails when there is none.
set -euo pipefail
cd "$(dirname "$0")/.."
copy=.cache/chromium/chromium

find_chromium() {
	local name
	for name in "${CHROMIUM:-}" chromium chromium-browser google-chrome; do
		if [ -n "$name" ] && command -v "$name" 2>/dev/null; then return 0; fi
	done
	[ -x "$copy" ] && echo "$PWD/$copy"
}

if [ "${1:-}" = --find ]; then find_chromium; exit; fi
if find_chromium >/dev/null; then exit 0; fi

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
	echo '── installing Chromium with apt-get'
	if { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium; } >/dev/null; then
		exit 0
	fi
	echo '── apt-get could not; trying npm' >&2
fi

echo '── fetching Chromium from npm'
mkdir -p .cache/chromium
(
	cd .cache/chromium
	[ -f package.json ] || echo '{"private": true}' >package.json
	npm install --no-audit --no-fund --loglevel=error --ignore-scripts @sparticuz/chromium@153.0.0
	# It unpacks itself into the folder for temporary files: ours, so that it stays.
	TMPDIR=$PWD node --input-type=module -e 'import chromium from "@sparticuz/chromium"; await chromium.executablePath();'
)
find_chromium >/dev/null || { echo 'There is no Chromium: install one, or set CHROMIUM to its path.' >&2; exit 1; }
