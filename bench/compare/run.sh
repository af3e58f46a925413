#!/usr/bin/env bash
# Measures PkiCore over HTTP beside Kestrel and nginx answering the same fixed bytes. See bench/README.md.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=tests/lib.sh
source tests/lib.sh
PATH="$PATH:/usr/sbin"

usage() {
    cat <<'TEXT'
usage: bench/compare/run.sh [--quick] [--turns N] [--seconds S] [--force] [--save]

Starts PkiCore, a Kestrel middleware and nginx on processor 0, loads them one after the other from processor 1 with wrk, in turns, and
prints medians, ranges and ratios as a Markdown table: requests/s with 64 keep-alive connections, and server CPU time per request at
20,000 requests/s.

  --quick      2 turns of 2 s and a short warm-up: shows that it runs, not how fast it is
  --turns N    default 5
  --seconds S  of each turn, default 5
  --force      measure although something else uses the processors
  --save       write bench/results/compare-DATE.json as well
  --help       this text
TEXT
}

turns=5 seconds=5 warm_up=10 force='' save=''
while (($# > 0)); do
    case $1 in
        --quick) turns=2 seconds=2 warm_up=3 ;;
        --turns) turns=${2:?}; shift ;;
        --seconds) seconds=${2:?}; shift ;;
        --force) force=1 ;;
        --save) save=1 ;;
        --help | -h) usage; exit 0 ;;
        *) usage >&2; exit 2 ;;
    esac
    shift
done

server_cpu=0 client_cpu=1 connections=64 paced_rate=20000
(($(nproc) >= 2)) || die "two processors are needed: one for the server, one for the client"
need_package wrk wrk "is the HTTP client that measures"
need_package nginx nginx-light "is the server to compare with"
need_package curl curl "fetches the answer that the other servers repeat"
need_package jq jq "writes the results as JSON"
for command in wrk nginx curl jq taskset; do
    find_command "$command" || die "$command is needed"
done

work=$(mktemp -d)
chmod 711 "$work" # nginx's worker, another user, reads the answer
finish() {
    end_started
    rm -rf "$work"
}

# launch NAME CMD...: starts a server on its processor; the process id is in $started. (lib.sh's pin would leave a shell in between, and the CPU
# time is read from this very process.)
launch() {
    local name=$1
    shift
    start "$work/$name.log" taskset -c "$server_cpu" "$@"
    trap finish EXIT
}

# Busy and total ticks of one processor.
core() { awk -v cpu="cpu$1" '$1 == cpu { for (i = 2; i <= 9; i++) total += $i; print total - $5 - $6, total }' /proc/stat; }

# Names the processes that use more than a tenth of a processor and are not ours; the first one belongs to the machine.
busy_processes() {
    local own=" ${started_pids[*]} "
    snapshot() { sed -n 's/^\([0-9]*\) (\(.*\)) \(.*\)/\1 \2 \3/p' /proc/[0-9]*/stat 2>/dev/null | awk '{ print $1, $2, $(NF - 37) + $(NF - 36) }' || true; }
    { snapshot; sleep 2; echo ---; snapshot; } | awk -v own="$own" -v limit=$(($(getconf CLK_TCK) * 2 / 10)) '
        /^---/ { later = 1; next }
        !later { before[$1] = $NF; next }
        $1 in before && $1 != 1 && $NF - before[$1] > limit && index(own, " " $1 " ") == 0 { print $2 " (" $1 ")" }'
}

# sample TARGET SECONDS CONNECTIONS [DELAY]: loads a target; rate, server_busy, client_busy (%) and cpu (us/request) are set.
sample() {
    local url=${urls[$1]} pid=${pids[$1]} body=${bodies[$1]} result requests duration errors
    local s0 s1 st0 st1 c0 c1 ct0 ct1 p0 p1 settings=()
    [[ -z $body ]] || settings+=("BODY=$body")
    [[ -z ${4:-} ]] || settings+=("DELAY=$4")
    p0=$(ticks "$pid")
    read -r s0 st0 < <(core "$server_cpu")
    read -r c0 ct0 < <(core "$client_cpu")
    result=$(env "${settings[@]}" taskset -c "$client_cpu" wrk -t 1 -c "$3" -d "$2s" -s bench/compare/wrk.lua "$url" | grep ^RESULT) || die "wrk failed on $1"
    read -r s1 st1 < <(core "$server_cpu")
    read -r c1 ct1 < <(core "$client_cpu")
    p1=$(ticks "$pid")
    read -r _ requests duration errors _ <<<"$result"
    ((errors == 0)) || die "$1: $errors of $requests requests failed"
    rate=$((requests * 1000000 / duration))
    server_busy=$(((s1 - s0) * 100 / (st1 - st0)))
    client_busy=$(((c1 - c0) * 100 / (ct1 - ct0)))
    cpu=$(awk -v t=$((p1 - p0)) -v hz="$(getconf CLK_TCK)" -v n="$requests" 'BEGIN { printf "%.2f", t * 1e6 / hz / n }')
}

# Until three samples in a row differ by less than 3 %: the runtime compiles what is hot a second time.
warm() {
    local target=$1 i a=0 b=0 low high
    for ((i = 0; i < warm_up; i++)); do
        sample "$target" 2 "$connections"
        low=$(printf '%s\n' "$a" "$b" "$rate" | sort -n | head -1) high=$(printf '%s\n' "$a" "$b" "$rate" | sort -n | tail -1)
        if ((low > 0 && (high - low) * 100 < 3 * high)); then
            return
        fi
        a=$b b=$rate
    done
    ((warm_up < 10)) || say "$target was not steady after $((2 * warm_up)) s"
}

# Makes the fixed rate: so many connections, each pausing 3 ms after a reply. Corrected after every turn.
sample_paced() {
    local target=$1 length=$2 n=${paced_connections[$1]:-$connections}
    sample "$target" "$length" "$n" 3
    paced_connections[$target]=$((n * paced_rate / rate))
}

# The servers ---------------------------------------------------------------------------------------------------------------------
dotnet build PkiCore.sln -c Release --nologo -v quiet >&2 || die "the build failed"
declare -A urls pids bodies paced_connections
targets=()
add() { targets+=("$1") urls[$1]=$2 pids[$1]=$3 bodies[$1]=${4:-}; }

launch pkicore artifacts/bin/PkiCore.Responder/release/PkiCore.Responder demo --directory "$work/ca" --port 0 --management http://127.0.0.1:0
pkicore=$started
for _ in {1..200}; do
    get=$(sed -n 's/.*answer.der \(http:.*\)/\1/p' "$work/pkicore.log" 2>/dev/null || true)
    [[ -z $get ]] || break
    sleep 0.1
done
[[ -n $get ]] || die "PkiCore did not start: $(<"$work/pkicore.log")"
path=/${get#http://*/} url=${get%"$path"}/
base64=$(printf '%b' "${path//%/\\x}")
base64 -d <<<"${base64#/}" >"$work/request.der"
until curl -fsS -D "$work/headers" -o "$work/answer.der" "$get" && grep -qi '^cache-control: max-age' "$work/headers"; do
    sleep 0.2
done
length=$(stat -c %s "$work/answer.der")
chmod 644 "$work/answer.der"

baseline=artifacts/bin/KestrelBaseline/release/KestrelBaseline
kestrel_port=$(free_port)
launch kestrel "$baseline" "http://127.0.0.1:$kestrel_port" "$work/answer.der"
kestrel=$started
headers_port=$(free_port)
launch kestrel-headers "$baseline" "http://127.0.0.1:$headers_port" "$work/answer.der" cache-headers
kestrel_headers=$started

file_port=$(free_port) memory_port=$(free_port)
cat >"$work/nginx.conf" <<CONF
daemon off; worker_processes 1; pid $work/nginx.pid; error_log $work/nginx-error.log;
events { worker_connections 4096; }
http {
    client_body_temp_path $work/t1; proxy_temp_path $work/t2; fastcgi_temp_path $work/t3; uwsgi_temp_path $work/t4; scgi_temp_path $work/t5;
    access_log off; server_tokens off; keepalive_requests 1000000000; keepalive_timeout 75; merge_slashes off;
    sendfile on; tcp_nopush on; tcp_nodelay on; open_file_cache max=1000 inactive=1h; open_file_cache_valid 1h; open_file_cache_min_uses 1;
    types { } default_type application/ocsp-response;
    server { listen 127.0.0.1:$file_port; location = "$base64" { alias "$work/answer.der"; } }
    server { listen 127.0.0.1:$memory_port; location = "$base64" { return 200 "$(head -c "$length" /dev/zero | tr '\0' x)"; } }
}
CONF
launch nginx nginx -c "$work/nginx.conf"
nginx=$started
for port in "$kestrel_port" "$headers_port" "$file_port" "$memory_port"; do
    wait_port 127.0.0.1 "$port" 10 || die "a server did not start: $(tail -n 3 "$work"/*.log)"
done

add "PkiCore GET" "$get" "$pkicore"
add "PkiCore POST" "$url" "$pkicore" "$work/request.der"
add "Kestrel GET" "http://127.0.0.1:$kestrel_port$path" "$kestrel"
add "Kestrel GET, cache headers" "http://127.0.0.1:$headers_port$path" "$kestrel_headers"
add "Kestrel POST" "http://127.0.0.1:$kestrel_port/" "$kestrel" "$work/request.der"
add "nginx file GET" "http://127.0.0.1:$file_port$path" "$nginx"
add "nginx memory GET" "http://127.0.0.1:$memory_port$path" "$nginx"
for target in "${targets[@]}"; do
    [[ -n ${bodies[$target]} || $target == "nginx memory GET" ]] || curl -fsS "${urls[$target]}" | cmp - "$work/answer.der" || die "$target answers something else"
done

# Measuring -----------------------------------------------------------------------------------------------------------------------
busy=$(busy_processes | paste -sd, -)
if [[ -n $busy ]]; then
    say "something else uses the processors: $busy"
    [[ -n $force ]] || die "end that first, or say --force"
fi
for target in "${targets[@]}"; do
    say "warming up: $target"
    warm "$target"
    for _ in 1 2 3; do
        sample_paced "$target" 1
    done
done
for kind in full paced; do
    for ((turn = 1; turn <= turns; turn++)); do
        say "$kind load, turn $turn of $turns"
        for target in "${targets[@]}"; do
            if [[ $kind == full ]]; then
                sample "$target" "$seconds" "$connections"
            else
                sample_paced "$target" "$seconds"
            fi
            printf '%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "$kind" "$turn" "$target" "$rate" "$server_busy" "$client_busy" "$cpu" >>"$work/samples.tsv"
        done
    done
done

machine="$(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -1), $(nproc) processors, Linux $(uname -r), .NET $(dotnet --version) SDK, $(nginx -v 2>&1 | sed 's/.*: //')"
cat <<TEXT
$machine; $(date -u +%F). Server on processor $server_cpu, wrk on $client_cpu, $connections keep-alive connections; medians of $turns turns of $seconds s${busy:+; other processes were busy: $busy}.
The reply has $length bytes. nginx memory: text of that length, as its configuration cannot hold DER. limit: how busy the server's and the client's processor were.

TEXT
awk -f bench/compare/table.awk "$work/samples.tsv"

if [[ -n $save ]]; then
    mkdir -p bench/results
    result=bench/results/compare-$(date -u +%Y-%m-%d).json
    jq -Rn --arg machine "$machine" --arg busy "$busy" --arg date "$(date -u +%FT%TZ)" --argjson length "$length" --argjson seconds "$seconds" '
        {date: $date, machine: $machine, otherProcesses: $busy, replyBytes: $length, secondsPerTurn: $seconds, samples: [inputs / "\t" | {kind: .[0],
         turn: (.[1] | tonumber), target: .[2], requestsPerSecond: (.[3] | tonumber), serverCorePercent: (.[4] | tonumber),
         clientCorePercent: (.[5] | tonumber), cpuMicrosecondsPerRequest: (.[6] | tonumber)}]}' "$work/samples.tsv" >"$result"
    say "wrote $result"
fi
