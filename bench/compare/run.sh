#!/usr/bin/env bash
# Measures PkiCore over HTTP beside what people use today, all with an answer for the same certificate. See bench/README.md.
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
PATH="$PATH:/usr/sbin"

usage() {
    cat <<'TEXT'
usage: bench/compare/run.sh [--quick] [--turns N] [--seconds S] [--force] [--save] [--json FILE]

Starts PkiCore, Kestrel with fixed bytes, nginx, cfssl ocspserve and openssl ocsp on processor 0, loads them one after the other from
processor 1, in turns (A B C ... A B C ...), and prints medians, ranges and ratios as Markdown tables:

  saturation   as many requests as the server takes (wrk), on connections that are kept and with one for each request; 1, 64 and 512 of them
  fixed        processor time per request at 20,000 requests/s, sent when they are due (PkiCore.LoadTest)
  half         latency at half of PkiCore's own maximum
  allocated    bytes of .NET's heap per request

Installs what is missing from Debian: nginx-light, golang-cfssl, openssl, wrk, curl, jq. Takes less than half an hour.

  --quick      1 turn of 1 s and a short warm-up, about two minutes: shows that it runs, not how fast anything is
  --turns N    default 5
  --seconds S  of each sample, default 2
  --force      measure although something else uses the processors
  --save       keep every sample in bench/results/compare-DATE.json, from which pages are made
  --json FILE  keep every sample in a file; PkiCore.LoadTest report --compare FILE prints the tables again
  --help       this text
TEXT
}

turns=5 seconds=2 warm_modes=(keep-alive close) most_warm_up=20 force='' save='' json='' quick=''
while (($# > 0)); do
    case $1 in
        --quick) quick=1 turns=1 seconds=1 warm_modes=(close) most_warm_up=1 warm_up=0 ;;
        --turns) turns=$(value "$@"); shift ;;
        --seconds) seconds=$(value "$@"); shift ;;
        --force) force=1 ;;
        --save) save=1 ;;
        --json) json=$(value "$@"); shift ;;
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
fixed_servers=("PkiCore GET" "PkiCore POST" "Kestrel GET" "Kestrel POST" "Kestrel as it comes GET" "nginx file GET" "nginx file, no sendfile GET" "nginx memory GET") # the others cannot
half_servers=("PkiCore GET" "nginx file GET" "nginx file, no sendfile GET" "nginx memory GET")
allocating_servers=("PkiCore GET" "PkiCore POST" "Kestrel GET" "Kestrel POST")

prepare() {
    local command
    (($(nproc) >= 2)) || die "two processors are needed: one for the server, one for the client"
    need_package wrk wrk "is the HTTP client that measures"
    need_package nginx nginx-light "is a server to compare with"
    need_package cfssl golang-cfssl "is a responder to compare with"
    need_package openssl openssl "is a responder to compare with, and checks answers"
    need_package curl curl "fetches the answer that the other servers repeat"
    need_package jq jq "writes the results as JSON"
    for command in wrk nginx cfssl openssl curl jq taskset; do
        find_command "$command" || die "$command is needed"
    done
    build src/PkiCore.Responder bench/PkiCore.LoadTest bench/compare/KestrelBaseline

    work=$(mktemp -d)
    trap finish EXIT
    trap 'exit 130' INT TERM # wrk ends well after Ctrl+C, and bash would go on
    chmod 711 "$work" # nginx's worker, another user, reads the answer
}

finish() {
    end_started
    rm -rf "$work"
}

# openssl ocsp speaks HTTP/1.0 and keeps no connection.
can() { [[ $2 == close || $1 != openssl* ]]; }

warm_all() {
    local server mode
    for server in "${servers[@]}"; do
        for mode in "${warm_modes[@]}"; do
            can "$server" "$mode" || continue
            say "warming up $server, $mode"
            warm "$server" "$mode" "$most_warm_up"
        done
    done
}

measure_saturation() {
    local turn mode count server
    for ((turn = 1; turn <= turns; turn++)); do
        for mode in keep-alive close; do
            for count in 1 64 512; do
                for server in "${servers[@]}"; do
                    can "$server" "$mode" || continue
                    saturate "$server" "$mode" "$count" "$seconds"
                    record saturation "$turn" "$server" "$mode" "$count"
                done
            done
        done
    done
}

# measure_rate KIND MEASURE RATE SERVER...: in turns, at a fixed rate.
measure_rate() {
    local kind=$1 measure=$2 rate=$3 turn server
    shift 3
    for ((turn = 1; turn <= turns; turn++)); do
        for server in "$@"; do
            "$measure" "$server" "$rate" "$seconds"
            record "$kind" "$turn" "$server" keep-alive "$connections"
        done
    done
}

half_of_maximum() {
    jq -s --argjson connections "$connections" '[.[] | select(.kind == "saturation" and .server == "PkiCore GET" and .mode == "keep-alive" and .connections == $connections)
        | .requestsPerSecond] | sort | (.[(length - 1) / 2 | floor] + .[length / 2 | floor]) / 4 | floor' "$work/samples.json"
}

prepare
start_all
refuse_beside_others
warm_all
measure_saturation
measure_rate fixed hold "$fixed_rate" "${fixed_servers[@]}"
measure_rate half hold "$(half_of_maximum)" "${half_servers[@]}"
measure_rate allocated hold_and_count_bytes "$fixed_rate" "${allocating_servers[@]}"
write_result compare "$turns" "$seconds"
"$load_test" report --compare "$work/compare.json"
