#!/usr/bin/env bash
# Rehearses recovery to a point in time on PostgreSQL, as AlloyDB offers it (docs/operations.md): a base backup, the log kept aside
# as it is written, an accident, and a second PostgreSQL that is the first one as it was a moment before.
#
#   scripts/rehearse-recovery.sh target/debug/rpm-api
#
# Takes some seconds; everything is in a folder of its own, and gone afterwards.
set -euo pipefail

rpm_api=$(readlink -f "$1")
project=$(cd "$(dirname "$0")/.." && pwd)
programs=$("$project/scripts/postgres.sh" --find)

# A client program: beside the server, else the distribution's newest, else on the PATH.
client() {
    local found
    for found in "$programs/$1" $(ls -d /usr/lib/postgresql/*/bin/"$1" 2>/dev/null | sort -t / -k 5,5nr) "$(command -v "$1" || :)"; do
        [ -x "$found" ] && echo "$found" && return
    done
    echo "there is no $1: install PostgreSQL with its client programs" >&2
    return 1
}
psql=$(client psql)
pg_basebackup=$(client pg_basebackup)

home=$(mktemp -d)
chmod 755 "$home"
pids=()
cleanup() {
    for pid in "${pids[@]}"; do kill -INT "$pid" 2>/dev/null && wait "$pid" 2>/dev/null || :; done
    rm -rf "$home"
}
trap cleanup EXIT

# PostgreSQL does not run as root.
as=()
if [ "$(id -u)" = 0 ]; then
    for account in postgres nobody; do id "$account" >/dev/null 2>&1 && break; done
    as=(setpriv "--reuid=$(id -u "$account")" "--regid=$(id -g "$account")" --clear-groups)
    chown "$account" "$home"
fi
export LC_ALL=C
cd /
unset "${!PG@}" "${!RPM_@}" DATABASE_URL

url() { echo "postgres://rpm@localhost:5432/postgres?host=$home/$1"; }
sql() { "$psql" --no-psqlrc --quiet --tuples-only --no-align --set=ON_ERROR_STOP=1 --dbname="$(url "$1")" --command="$2"; }

# Starts a PostgreSQL in a folder, and waits until it takes changes.
start() {
    local name=$1
    shift
    mkdir -p "$home/$name"
    [ ${#as[@]} = 0 ] || chown "$account" "$home/$name"
    "${as[@]}" "$programs/postgres" -D "$home/$name.data" -k "$home/$name" -c listen_addresses= "$@" 2>"$home/$name.log" &
    pids+=($!)
    for _ in $(seq 300); do
        [ "$(sql "$name" 'SELECT pg_is_in_recovery()' 2>/dev/null)" = f ] && return
        kill -0 "${pids[-1]}" 2>/dev/null || break
        sleep 0.1
    done
    echo "PostgreSQL did not start:" >&2
    cat "$home/$name.log" >&2
    exit 1
}

"${as[@]}" "$programs/initdb" --pgdata="$home/first.data" --username=rpm --auth=trust --no-sync --encoding=UTF8 >/dev/null
"${as[@]}" mkdir "$home/archive"
start first -c wal_level=replica -c archive_mode=on -c archive_command="cp %p $home/archive/%f" -c max_wal_senders=4

rpm() { DATABASE_URL=$(url first) RPM_LOG=error "$rpm_api" "$@"; }
rpm migrate >/dev/null
echo "a base backup, while the database is at work"
"${as[@]}" "$pg_basebackup" --dbname="$(url first)" --pgdata="$home/second.data" --checkpoint=fast --no-sync
rpm ingest "$project/tests/fixtures/works/RPM-WORKS-001-Warehouse-Labels-20260301.md" >/dev/null
before=$(sql first 'SELECT count(*) FROM rpm_action_items')
events=$(sql first 'SELECT max(id) FROM events')
moment=$(sql first 'SELECT clock_timestamp()')
# A transaction of its own after the moment: recovery ends at the first that is later.
rpm member add later@example.com vip >/dev/null
echo "the accident, after $moment"
sql first 'DELETE FROM rpm_weekly_plans' >/dev/null
[ "$(sql first 'SELECT count(*) FROM rpm_action_items')" = 0 ]
# The rest of the log goes aside when its file is full, or now.
last=$(sql first 'SELECT pg_walfile_name(pg_switch_wal())')
for _ in $(seq 300); do
    [ -e "$home/archive/$last" ] && break
    sleep 0.1
done
[ -e "$home/archive/$last" ] || { echo "the log was not kept aside" >&2; exit 1; }

echo "a second database, as it was at that moment"
"${as[@]}" touch "$home/second.data/recovery.signal"
start second -c archive_mode=off -c restore_command="cp $home/archive/%f %p" \
    -c recovery_target_time="$moment" -c recovery_target_action=promote

[ "$(sql second 'SELECT count(*) FROM rpm_action_items')" = "$before" ] || { echo "actions are missing" >&2; exit 1; }
[ "$(sql second 'SELECT max(id) FROM events')" = "$events" ] || { echo "the event log ends elsewhere" >&2; exit 1; }
[ "$(sql second "SELECT count(*) FROM members WHERE email = 'later@example.com'")" = 0 ] || { echo "something is of later" >&2; exit 1; }
# It is a database to work on: the schema is whole, and changes are taken.
DATABASE_URL=$(url second) JWT_SECRET="of the rehearsal, longer than 32 bytes" RPM_HOME="$home" RPM_LOG=error "$rpm_api" doctor --port 0
DATABASE_URL=$(url second) RPM_LOG=error "$rpm_api" member add after@example.com vip >/dev/null
echo "recovered: the plan is there, and what was deleted is back"
