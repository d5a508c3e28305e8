#!/usr/bin/env bash
# Installs what the tests need of Python into .cache/python, once for each list of packages.
set -euo pipefail
cd "$(dirname "$0")/.."

list=tests/python/requirements.txt
home=.cache/python
stamp="$home/$(sha256sum "$list" | cut -c1-16)"
[ -e "$stamp" ] && exit 0

echo '── installing the Python packages of the tests'
rm -rf "$home"
mkdir -p .cache
if ! python3 -m venv "$home" 2>/dev/null; then
    # Debian keeps what a virtual environment needs in a package of its own.
    rm -rf "$home"
    if [ "$(id -u)" != 0 ]; then
        echo 'python3 cannot make a virtual environment: install the package python3-venv' >&2
        exit 1
    fi
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends python3-venv >/dev/null
    python3 -m venv "$home"
fi
"$home/bin/pip" install --quiet --disable-pip-version-check --requirement "$list"
touch "$stamp"
