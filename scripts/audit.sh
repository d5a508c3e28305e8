#!/usr/bin/env bash
# Known faults and licences of what is built in: cargo deny (deny.toml), cargo audit, npm audit.
#
#   cargo install --locked cargo-deny cargo-audit
#   scripts/audit.sh                       with the lists of faults as they are now, from the network
#   ADVISORY_DB=FOLDER scripts/audit.sh    with a copy of the RustSec list (github.com/rustsec/advisory-db)
set -uo pipefail
cd "$(dirname "$0")/.."
failed=()

check() {
    local name=$1
    shift
    printf '── %s\n' "$name"
    "$@" || failed+=("$name")
}

# What deny.toml explains, cargo audit need not tell again.
mapfile -t explained < <(grep -o 'RUSTSEC-[0-9-]*[0-9]' deny.toml | sort -u)
ignored=("${explained[@]/#/--ignore=}")
database=()
[ -z "${ADVISORY_DB:-}" ] || database=(--db "$ADVISORY_DB" --no-fetch --stale)

check 'licences, sources, unwanted crates' cargo deny --locked check --hide-inclusion-graph licenses bans sources
for lock in Cargo.lock bench/peers/seaography/Cargo.lock; do
    check "faults of crates: $lock" cargo audit --file "$lock" "${database[@]}" "${ignored[@]}"
done
for folder in cockpit tests/node bench/peers; do
    check "faults of packages: $folder" npm audit --prefix "$folder" --package-lock-only
done

if [ ${#failed[@]} != 0 ]; then
    printf 'not clean, or not asked:\n'
    printf '  %s\n' "${failed[@]}"
    exit 1
fi
