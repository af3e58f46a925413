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
usage: bench/compare/steps.sh [--quick] [--turns N] [--seconds S] [--force] [--save] [--json FILE]

Starts Kestrel with fixed bytes and PkiCore, each with one setting more or less, on processor 0, loads them one after the other from processor 1,
in turns, and prints a table: requests/s on 64 connections that are kept, and on 64 of which each has one request; processor time per request at
20,000 requests/s; how long PkiCore's first answer takes from its start.
bench/compare/run.sh installs what it needs.

  --quick      1 turn of 1 s: shows that it runs
  --turns N    default 5
  --seconds S  of each sample, default 2
  --force      measure although something else uses the processors
  --save       keep every sample in bench/results/steps-DATE.json, from which a page is made
  --json FILE  keep every sample in a file; PkiCore.LoadTest report --steps FILE prints the table again
  --help       this text
TEXT
}

turns=5 seconds=2 most_warm_up=20 force='' save='' json='' quick=''
while (($# > 0)); do
    case $1 in
        --quick) quick=1 turns=1 seconds=1 most_warm_up=1 ;;
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
for command in wrk curl jq openssl taskset; do
    find_command "$command" || die "$command is needed: bench/compare/run.sh installs it"
done
build src/PkiCore.Responder bench/PkiCore.LoadTest bench/compare/KestrelBaseline

work=$(mktemp -d)
dotnet publish src/PkiCore.Responder -c Release -r "linux-$(uname -m | sed 's/x86_64/x64/; s/aarch64/arm64/')" --no-self-contained -p:PublishReadyToRun=true \
    --artifacts-path "$work/build" -o "$work/ready" --nologo -v quiet -clp:NoSummary >&2 || die "the ReadyToRun build failed"
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
    launch "${#servers[@]}" env "$@" artifacts/bin/KestrelBaseline/release/KestrelBaseline "http://127.0.0.1:$port" "$work/answer.der" "$work/answer.head" ${flavour:+"$flavour"}
    add_server "$name" "http://127.0.0.1:$port/" "$started"
    methods[$name]=GET
    wait_port 127.0.0.1 "$port" 10 || fail_start "${#servers[@]}"
}

# pkicore NAME MANAGEMENT [VARIABLE=VALUE...]: on the files of the first one.
declare -A environments programs managements
responder=artifacts/bin/PkiCore.Responder/release/PkiCore.Responder
pkicore() {
    local name=$1 log=${#servers[@]}
    managements[$name]=$2 programs[$name]=$responder
    shift 2
    environments[$name]=$*
    serve "$name" "$log"
    add_server "$name" "http://127.0.0.1:$port/" "$started"
    methods[$name]=GET
    until_true 20 ask "$name" "$work/reply" 2>/dev/null || fail_start "$log"
}

# serve NAME LOG: another one, on $port.
serve() {
    local environment
    read -ra environment <<<"${environments[$1]}"
    port=$(free_port)
    launch "$2" env "${environment[@]}" "${programs[$1]}" serve --CA "$work/ca/ca.pem" --index "$work/ca/index.txt" --rsigner "$work/ca/ocsp.pem" \
        --rkey "$work/ca/private/ocsp.key" --port "$port" --management "${managements[$1]}"
}

# time_start NAME: from the start of another one to its first answer, in milliseconds.
time_start() {
    local from=${EPOCHREALTIME/./} to=0
    result=([rateAsked]=null [p50]=null [p95]=null [p99]=null [p999]=null [ownLatenessP99]=null [bytesPerRequest]=null [requestsPerSecond]=null [errors]=0
        [serverCorePercent]=null [clientCorePercent]=null [cpuMicrosecondsPerRequest]=null)
    serve "$1" start
    while ((to < from + 20000000)); do
        # An error of OCSP has five octets.
        if taskset -c "$client_cpu" curl -fs --max-time 5 -o "$work/reply" "http://127.0.0.1:$port$path" && (($(stat -c %s "$work/reply") > 5)); then
            to=${EPOCHREALTIME/./}
            end_pid "$started"
            unset 'started_pids[-1]'
            result[startMilliseconds]=$(((to - from) / 1000))
            return
        fi
        to=${EPOCHREALTIME/./}
        sleep 0.01
    done
    fail_start start
}

start_pkicore
servers=() # that one is there for its answer
inline=DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS pool=DOTNET_ThreadPool_UnfairSemaphoreSpinLimit
kestrel "Kestrel as it comes" as-it-comes
kestrel "... requests continued on the thread that read them (UnsafePreferInlineScheduling)" scheduling
kestrel "... sockets continued on the thread that watches them ($inline)" completions
kestrel "... threads of the pool sleep at once ($pool=0)" as-it-comes "$pool=0"
kestrel "all three, and the host's limits" "" "$pool=0"
kestrel "... without ASP.NET Core's hosting (IHttpApplication)" application "$pool=0"
pkicore "PkiCore as it ships" http://127.0.0.1:0
pkicore "... without health and metrics" ""
pkicore "... threads of the pool look for more work before they sleep, as .NET has it ($pool=0x46)" http://127.0.0.1:0 "$pool=0x46"
pkicore "... no concurrent collection (DOTNET_gcConcurrent=0)" http://127.0.0.1:0 DOTNET_gcConcurrent=0
pkicore "... server garbage collection (DOTNET_gcServer=1)" http://127.0.0.1:0 DOTNET_gcServer=1
pkicore "... no profile (DOTNET_TieredPGO=0)" http://127.0.0.1:0 DOTNET_TieredPGO=0
pkicore "... compiled once (DOTNET_TieredCompilation=0)" http://127.0.0.1:0 DOTNET_TieredCompilation=0
responder=$work/ready/PkiCore.Responder
pkicore "... compiled before it is started (PublishReadyToRun)" http://127.0.0.1:0

refuse_beside_others
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
        if [[ -n ${programs[$server]:-} ]]; then
            time_start "$server"
            record start "$turn" "$server" keep-alive 1
        fi
    done
done
write_result steps "$turns" "$seconds"
"$load_test" report --steps "$work/steps.json"
