#!/usr/bin/env bash
# Measures what each step between Kestrel as it comes and the responder as it ships gives. See bench/README.md.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=tests/lib.sh
source tests/lib.sh
# shellcheck source=bench/compare/machine.sh
source bench/compare/machine.sh
# shellcheck source=bench/compare/peers.sh
source bench/compare/peers.sh
# shellcheck source=bench/compare/measure.sh
source bench/compare/measure.sh

usage() {
    cat <<'TEXT'
usage: bench/compare/steps.sh [--quick] [--turns N] [--seconds S] [--save]

Starts Kestrel with fixed bytes and PkiCore, each with one setting more or less, on processor 0, loads them one after the other from processor 1,
in turns, and prints a table: requests/s on 64 connections that are kept, and on 64 of which each has one request; processor time per request at
20,000 requests/s.
bench/compare/run.sh installs what it needs.

  --quick      1 turn of 1 s: shows that it runs
  --turns N    default 5
  --seconds S  of each sample, default 2
  --save       keep every sample in bench/results/steps-DATE.json
  --help       this text
TEXT
}

turns=5 seconds=2 most_warm_up=20 save='' quick=''
while (($# > 0)); do
    case $1 in
        --quick) quick=1 turns=1 seconds=1 most_warm_up=1 ;;
        --turns) turns=${2:?}; shift ;;
        --seconds) seconds=${2:?}; shift ;;
        --save) save=1 ;;
        --help | -h) usage; exit 0 ;;
        *) usage >&2; exit 2 ;;
    esac
    shift
done
if [[ -n $quick && -n $save ]]; then
    say "--quick measures nothing that is worth keeping: leave out --quick or --save"
    exit 2
fi

server_cpu=0 client_cpu=1 fixed_rate=20000
for command in wrk curl jq openssl taskset; do
    find_command "$command" || die "$command is needed: bench/compare/run.sh installs it"
done
for project in src/PkiCore.Responder bench/PkiCore.LoadTest bench/compare/KestrelBaseline; do
    dotnet build "$project" -c Release --nologo -v quiet >&2 || die "the build failed"
done

work=$(mktemp -d)
finish() {
    end_started
    rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT TERM

# kestrel NAME FLAVOUR [VARIABLE=VALUE...]
kestrel() {
    local name=$1 flavour=$2 port
    shift 2
    port=$(free_port)
    launch "${#servers[@]}" env "$@" artifacts/bin/KestrelBaseline/release/KestrelBaseline "http://127.0.0.1:$port" "$work/answer.der" ${flavour:+"$flavour"}
    add_server "$name" "http://127.0.0.1:$port/" "$started"
    methods[$name]=GET
    wait_port 127.0.0.1 "$port" 10 || fail_start "${#servers[@]}"
}

# pkicore NAME MANAGEMENT [VARIABLE=VALUE...]: on the files of the first one.
pkicore() {
    local name=$1 management=$2 port log=${#servers[@]}
    shift 2
    port=$(free_port)
    launch "$log" env "$@" artifacts/bin/PkiCore.Responder/release/PkiCore.Responder serve --CA "$work/ca/ca.pem" --index "$work/ca/index.txt" \
        --rsigner "$work/ca/ocsp.pem" --rkey "$work/ca/private/ocsp.key" --port "$port" --management "$management"
    add_server "$name" "http://127.0.0.1:$port/" "$started"
    methods[$name]=GET
    until_true 20 ask "$name" "$work/reply" 2>/dev/null || fail_start "$log"
}

start_pkicore
servers=() # that one is there for its answer
inline=DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS pool=DOTNET_ThreadPool_UnfairSemaphoreSpinLimit
kestrel "Kestrel as it comes" as-it-comes
kestrel "... requests continued on the thread that read them (UnsafePreferInlineScheduling)" scheduling
kestrel "... sockets continued on the thread that watches them ($inline)" completions
kestrel "both, and the host's limits" ""
kestrel "... threads of the pool sleep at once ($pool=0)" "" "$pool=0"
pkicore "PkiCore as it ships" http://127.0.0.1:0
pkicore "... without health and metrics" ""
pkicore "... threads of the pool sleep at once ($pool=0)" http://127.0.0.1:0 "$pool=0"
pkicore "... no concurrent collection (DOTNET_gcConcurrent=0)" http://127.0.0.1:0 DOTNET_gcConcurrent=0
pkicore "... server garbage collection (DOTNET_gcServer=1)" http://127.0.0.1:0 DOTNET_gcServer=1
pkicore "... no profile (DOTNET_TieredPGO=0)" http://127.0.0.1:0 DOTNET_TieredPGO=0
pkicore "... compiled once (DOTNET_TieredCompilation=0)" http://127.0.0.1:0 DOTNET_TieredCompilation=0

busy=$(busy_processes | paste -sd, -)
for server in "${servers[@]}"; do
    say "warming up $server"
    warm "$server" keep-alive "$most_warm_up"
    warm "$server" close "$most_warm_up"
done
for ((turn = 1; turn <= turns; turn++)); do
    for server in "${servers[@]}"; do
        for mode in keep-alive close; do
            saturate "$server" "$mode" "$connections" "$seconds"
            record saturation "$turn" "$server" "$mode" "$connections"
        done
        hold "$server" "$fixed_rate" "$seconds"
        record fixed "$turn" "$server" keep-alive "$connections"
    done
done
write_result steps "$turns" "$seconds"
"$load_test" report --steps "$work/steps.json"
