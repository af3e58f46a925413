# Takes samples: one server under one load. Source this file after peers.sh; what a sample found is in $result, by the names of the JSON.
# shellcheck shell=bash

connections=64 # where nothing else is said
warm_up=1      # seconds of a fixed rate that are not measured
load_test=artifacts/bin/PkiCore.LoadTest/release/PkiCore.LoadTest
declare -A result

# Busy and total ticks of one processor, without those that the machine below it took.
core() { awk -v cpu="cpu$1" '$1 == cpu { for (i = 2; i <= 8; i++) total += $i; print total - $5 - $6, total }' /proc/stat; }

# under_load SERVER CMD...: runs a load and notes how busy it kept both processors; the server's own ticks are in $server_ticks.
under_load() {
    local name=$1 pid=${pids[$1]} status=0 before server server_all client client_all server_end server_all_end client_end client_all_end
    shift
    result=([rateAsked]=null [p50]=null [p95]=null [p99]=null [p999]=null [ownLatenessP99]=null [bytesPerRequest]=null [startMilliseconds]=null)
    before=$(ticks "$pid") || die "$name has ended"
    read -r server server_all < <(core "$server_cpu")
    read -r client client_all < <(core "$client_cpu")
    taskset -c "$client_cpu" "$@" || status=$?
    read -r server_end server_all_end < <(core "$server_cpu")
    read -r client_end client_all_end < <(core "$client_cpu")
    server_ticks=$(ticks "$pid") || die "$name has ended"
    server_ticks=$((server_ticks - before))
    result[serverCorePercent]=$(((server_end - server) * 100 / (server_all_end - server_all)))
    result[clientCorePercent]=$(((client_end - client) * 100 / (client_all_end - client_all)))
    return "$status"
}

# microseconds_each REQUESTS: of processor time of the server.
microseconds_each() { awk -v ticks="$server_ticks" -v hz="$(getconf CLK_TCK)" -v n="$1" 'BEGIN { printf "%.2f", ticks * 1e6 / hz / n }'; }

# saturate SERVER keep-alive|close CONNECTIONS SECONDS: as many requests as the server takes, each for another certificate where it knows them.
saturate() {
    local server=$1 settings answered microseconds errors
    case $server in
        openssl*) settings=(REQUESTS="$work/request.der" LENGTH="$(stat -c %s "$work/request.der")") ;;
        *POST) settings=(REQUESTS="$work/many.der" LENGTH="$request_length") ;;
        *) settings=(REQUESTS="$work/many.targets") ;;
    esac
    [[ $2 == keep-alive ]] || settings+=(CLOSE=1)
    [[ $server != openssl* ]] || start_openssl
    under_load "$server" env "${settings[@]}" wrk -t 1 -c "$3" -d "$4s" -s bench/compare/wrk.lua "${bases[$server]}" >"$work/wrk.log" || die "wrk: $(<"$work/wrk.log")"
    [[ $server != openssl* ]] || end_openssl
    read -r _ answered microseconds errors < <(grep '^RESULT' "$work/wrk.log")
    ((answered > 0)) || die "$server: no request was answered, $errors failed"
    result[requestsPerSecond]=$((answered * 1000000 / microseconds)) result[errors]=$errors
    result[cpuMicrosecondsPerRequest]=$(microseconds_each "$answered")
}

# hold SERVER RATE SECONDS: so many requests per second, whatever the answers do, for certificates drawn at random.
hold() {
    local server=$1 get=0 figures
    [[ ${methods[$server]} == POST ]] || get=1
    rm -f "$work/run.json"
    # It fails when the rate was not achieved, which the figures tell as well.
    under_load "$server" "$load_test" run "${bases[$server]}" --issuer "$work/ca/ca.pem" --serials "$work/many.txt" --rate "$2" --get "$get" --verify-every 0 \
        --connections "$connections" --warm-up "$warm_up" --duration "$3" --json "$work/run.json" >"$work/run.log" 2>&1 || true
    [[ -s $work/run.json ]] || die "$server: $(tail -n 3 "$work/run.log")"
    figures=$(jq -r '[.achieved, .latency.p50, .latency.p95, .latency.p99, .latency.p999, .ownLateness.p99, ([.errors[]] | add // 0)] | join(" ")' "$work/run.json")
    read -r 'result[requestsPerSecond]' 'result[p50]' 'result[p95]' 'result[p99]' 'result[p999]' 'result[ownLatenessP99]' 'result[errors]' <<<"$figures"
    awk -v rate="${result[requestsPerSecond]}" 'BEGIN { exit !(rate > 0) }' || die "$server: no request was answered: $(tail -n 3 "$work/run.log")"
    result[requestsPerSecond]=$(printf '%.0f' "${result[requestsPerSecond]}")
    result[rateAsked]=$2
    answers=$((result[requestsPerSecond] * ($3 + warm_up))) # those of the warm-up are not counted, and came at the same rate
    result[cpuMicrosecondsPerRequest]=$(microseconds_each "$answers")
}

# hold_and_count_bytes SERVER RATE SECONDS: the same, and the bytes that the server has allocated for it.
hold_and_count_bytes() {
    local before after
    before=$(allocated "$1")
    hold "$@"
    after=$(allocated "$1")
    result[bytesPerRequest]=$(awk -v bytes=$((after - before)) -v n="$answers" 'BEGIN { printf "%.1f", bytes / n }')
}

# allocated SERVER: by .NET, since its start.
allocated() {
    local lines
    if [[ $1 == PkiCore* ]]; then
        metric dotnet_gc_heap_total_allocated_bytes_total
        return
    fi
    lines=$(wc -l <"$work/kestrel.log")
    kill -CONT "${pids[$1]}"
    until_true 10 has_more_lines "$work/kestrel.log" "$lines" || die "$1 does not say what it has allocated"
    tail -n 1 "$work/kestrel.log"
}

has_more_lines() { (($(wc -l <"$1") > $2)); }

# warm SERVER keep-alive|close MOST: samples of a second until five in a row are within 3 %. The runtime compiles what is hot a second time.
warm() {
    local rates=() lowest highest
    while ((${#rates[@]} < $3)); do
        saturate "$1" "$2" "$connections" 1
        rates+=("${result[requestsPerSecond]}")
        if ((${#rates[@]} >= 5)); then
            read -r lowest highest < <(printf '%s\n' "${rates[@]: -5}" | sort -n | sed -n '1p; $p' | paste -sd ' ')
            (((highest - lowest) * 100 >= 3 * highest)) || return 0
        fi
    done
    ((${#rates[@]} < 5)) || say "not steady after $3 samples: $1, $2, the last ones ${rates[*]: -5} requests/s"
}

# record KIND TURN SERVER MODE CONNECTIONS: keeps the sample, and says how it went.
record() {
    local kind=$1 turn=$2 server=$3 mode=$4 asked=${result[rateAsked]} name
    printf '{"kind":"%s","turn":%s,"server":"%s","mode":"%s","connections":%s' "$kind" "$turn" "$server" "$mode" "$5" >>"$work/samples.json"
    for name in rateAsked requestsPerSecond errors serverCorePercent clientCorePercent cpuMicrosecondsPerRequest p50 p95 p99 p999 ownLatenessP99 bytesPerRequest startMilliseconds; do
        printf ',"%s":%s' "$name" "${result[$name]}"
    done >>"$work/samples.json"
    printf '}\n' >>"$work/samples.json"

    if [[ $kind == start ]]; then
        say "turn $turn of $turns, $server, first answer after ${result[startMilliseconds]} ms"
        return
    fi
    [[ $asked == null ]] && asked='' || asked=" of $(grouped "$asked")"
    say "turn $turn of $turns, $server, $mode, $5: $(grouped "${result[requestsPerSecond]}")/s$asked$( ((result[errors] == 0)) || echo ", ${result[errors]} failed")"
}

grouped() { sed ':more; s/\B[0-9]\{3\}\>/,&/; t more' <<<"$1"; }

# write_result NAME TURNS SECONDS: all samples and what they were taken on go to $work/NAME.json, and where $json and $save say.
write_result() {
    local saved
    saved=bench/results/$1-$(date -u +%F).json
    note_who_came_later
    jq -s --arg date "$(date -u +%FT%TZ)" --arg machine "$(describe_machine)" --arg busy "$busy" --argjson length "$length" --argjson turns "$2" \
        --argjson seconds "$3" '{date: $date, machine: $machine, otherProcesses: $busy, replyBytes: $length, turns: $turns, secondsPerTurn: $seconds, samples: .}' \
        "$work/samples.json" >"$work/$1.json"
    [[ -z $json ]] || cp "$work/$1.json" "$json"
    [[ -n $save ]] || return 0
    mkdir -p bench/results
    cp "$work/$1.json" "$saved"
    say "wrote $saved"
}
