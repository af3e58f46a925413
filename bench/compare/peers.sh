# Starts the servers that are compared, all on one processor and with an answer for the same certificate. Source this file after tests/lib.sh;
# it needs $work, a folder that nginx's worker may enter, and $server_cpu.
# shellcheck shell=bash

# What is known of each server, by its name: where it answers, how it is asked and the process that works.
declare -A bases methods pids
servers=()
add_server() { servers+=("$1") methods[$1]=${1##* } bases[$1]=$2 pids[$1]=$3; }

many=10000 # other certificates that PkiCore answers for

# start_all: one after the other, and makes sure that they answer. $path is the target of the GET for the one certificate that all servers know, $length
# the length of its answer.
start_all() {
    start_pkicore
    start_kestrel
    start_nginx
    start_cfssl
    openssl_port=$(free_port)
    add_server "openssl ocsp POST" "http://127.0.0.1:$openssl_port/" none
    check_answers
}

# launch NAME CMD...: starts a server on its processor; the process id is in $started. (lib.sh's pin would leave a shell in between, and the CPU
# time is read from this very process.)
launch() {
    local name=$1
    shift
    start "$work/$name.log" taskset -c "$server_cpu" "$@"
    trap finish EXIT # start has set its own
}

fail_start() { die "$1 did not start: $(tail -n 3 "$work/$1.log")"; }

# until_true SECONDS CMD...: tries until it succeeds.
until_true() {
    local end=$((SECONDS + $1))
    shift
    until "$@"; do
        ((SECONDS < end)) || return 1
        sleep 0.1
    done
}

start_pkicore() {
    local get pkicore
    launch pkicore artifacts/bin/PkiCore.Responder/release/PkiCore.Responder demo --directory "$work/ca" --port 0 --management http://127.0.0.1:0
    pkicore=$started
    until_true 20 grep -qs '^Health and metrics' "$work/pkicore.log" || fail_start pkicore
    get=$(sed -n 's/.*answer.der \(http:.*\)/\1/p' "$work/pkicore.log")
    metrics=$(sed -n 's/^Health and metrics: .* and //p' "$work/pkicore.log")
    path=/${get#http://*/}
    add_server "PkiCore GET" "${get%"$path"}/" "$pkicore"
    add_server "PkiCore POST" "${get%"$path"}/" "$pkicore"
    base64=$(printf '%b' "${path//%/\\x}")
    base64=${base64#/}
    base64 -d <<<"$base64" >"$work/request.der"

    list_more_certificates
    write_requests
    until_true 60 is_signed || fail_start pkicore
    curl -fsS -D "$work/answer.head" -o "$work/answer.der" "$get"
    chmod 644 "$work/answer.der"
    length=$(stat -c %s "$work/answer.der")
}

# So that not every request is for the same one; their serial numbers of 16 octets go to many.txt. openssl ocsp keeps the list as it was.
list_more_certificates() {
    cp "$work/ca/index.txt" "$work/one.txt"
    for ((i = 0; i < many; i++)); do
        printf '5A%08X%08X%08X%06X\n' "$((i * 2654435761 % 4294967296))" "$((i * 2246822519 % 4294967296))" "$((i * 3266489917 % 4294967296))" "$i"
    done >"$work/many.txt"
    awk -F '\t' -v OFS='\t' 'NR == FNR { if (FNR == 1) { until = $2 } print; next } { print "V", until, "", $1, "unknown", "/CN=" $1 }' \
        "$work/one.txt" "$work/many.txt" >"$work/ca/index.new"
    mv "$work/ca/index.new" "$work/ca/index.txt"
}

# Requests for them in another order: many.der one behind the other, each of $request_length octets, and many.base64 one a line. The serial number is the
# last of a request. An octet of zeros behind each makes 84 of 83, which is 112 letters without a rest; the last letter then stands where "=" belongs.
write_requests() {
    local first prefix
    first=$(head -n 1 "$work/many.txt")
    openssl ocsp -issuer "$work/ca/ca.pem" -serial "0x$first" -no_nonce -reqout "$work/first.der"
    request_length=$(stat -c %s "$work/first.der")
    ((request_length == 83)) || die "a request has $request_length octets"
    prefix=$(basenc --base16 -w 0 "$work/first.der")
    prefix=${prefix%"$first"}
    shuf "$work/many.txt" >"$work/order.txt"
    sed "s/^/$prefix/" "$work/order.txt" | tr -d '\n' | basenc --base16 -d >"$work/many.der"
    sed "s/.*/$prefix&00/" "$work/order.txt" | tr -d '\n' | basenc --base16 -d | base64 -w 112 | sed 's/A$/=/' >"$work/many.base64"
    sed 's/+/%2B/g; s|/|%2F|g; s/=/%3D/g' "$work/many.base64" >"$work/many.targets"
}

# metric NAME: the sum of its values in PkiCore.
metric() { curl -fsS "$metrics" | awk -v name="$1" '$1 == name || index($1, name "{") == 1 { sum += $NF } END { printf "%.0f\n", sum }'; }

is_signed() { (($(metric pkicore_ocsp_certificates) > many && $(metric pkicore_ocsp_unsigned) == 0)); }

start_kestrel() {
    local program=artifacts/bin/KestrelBaseline/release/KestrelBaseline port
    port=$(free_port)
    # The host sets this in its project file.
    launch kestrel env DOTNET_ThreadPool_UnfairSemaphoreSpinLimit=0 "$program" "http://127.0.0.1:$port" "$work/answer.der" "$work/answer.head"
    add_server "Kestrel GET" "http://127.0.0.1:$port/" "$started"
    add_server "Kestrel POST" "http://127.0.0.1:$port/" "$started"
    wait_port 127.0.0.1 "$port" 10 || fail_start kestrel

    port=$(free_port)
    launch kestrel-as-it-comes "$program" "http://127.0.0.1:$port" "$work/answer.der" "$work/answer.head" as-it-comes
    add_server "Kestrel as it comes GET" "http://127.0.0.1:$port/" "$started"
    wait_port 127.0.0.1 "$port" 10 || fail_start kestrel-as-it-comes
}

start_nginx() {
    local file_port buffers_port memory_port
    file_port=$(free_port) buffers_port=$(free_port) memory_port=$(free_port)
    save_answers
    tr '$' x <"$work/answer.der" >"$work/memory.der" # a dollar sign would begin a variable
    { printf 'return 200 "'; LC_ALL=C sed 's/["\\]/\\&/g' "$work/memory.der"; printf '";\n'; } >"$work/memory.conf"
    cat >"$work/nginx.conf" <<CONF
daemon off; worker_processes 1; pid $work/nginx.pid; error_log $work/nginx.log;
events { worker_connections 4096; }
http {
    client_body_temp_path $work/t1; proxy_temp_path $work/t2; fastcgi_temp_path $work/t3; uwsgi_temp_path $work/t4; scgi_temp_path $work/t5;
    access_log off; server_tokens off; keepalive_requests 1000000000; keepalive_timeout 75; merge_slashes off;
    tcp_nodelay on; open_file_cache max=20000 inactive=1h; open_file_cache_valid 1h; open_file_cache_min_uses 1;
    types { } default_type application/ocsp-response; root $work/answers;
    server { listen 127.0.0.1:$file_port; sendfile on; tcp_nopush on; }
    server { listen 127.0.0.1:$buffers_port; sendfile off; }
    server { listen 127.0.0.1:$memory_port; location / { include "$work/memory.conf"; } }
}
CONF
    launch nginx nginx -c "$work/nginx.conf"
    add_server "nginx file GET" "http://127.0.0.1:$file_port/" "$started"
    add_server "nginx file, no sendfile GET" "http://127.0.0.1:$buffers_port/" "$started"
    add_server "nginx memory GET" "http://127.0.0.1:$memory_port/" "$started"
    wait_port 127.0.0.1 "$file_port" 10 || fail_start nginx
}

# Every answer of PkiCore goes to a file whose name is the target of its GET; a slash in it makes a folder.
save_answers() {
    { paste "$work/many.targets" "$work/many.base64"; printf '%s\t%s\n' "${path#/}" "$base64"; } |
        awk -v from="${bases["PkiCore GET"]}" -v to="$work/answers/" '{ print "url = \"" from $1 "\"\noutput = \"" to $2 "\"" }' >"$work/curl.conf"
    curl -fsS --globoff --create-dirs --config "$work/curl.conf" || die "PkiCore does not give all answers"
    find "$work/answers" -type d -exec chmod 711 {} + # curl makes folders for its user alone
}

start_cfssl() {
    local port
    port=$(free_port)
    find "$work/answers" -type f -exec base64 -w 0 {} \; -exec echo \; >"$work/answers.base64"
    launch cfssl cfssl ocspserve -address 127.0.0.1 -port "$port" -responses "$work/answers.base64"
    add_server "cfssl POST" "http://127.0.0.1:$port/" "$started"
    wait_port 127.0.0.1 "$port" 10 || fail_start cfssl
}

# A new one for each use: it spins for ever when a client leaves without having asked, as any load does at its end.
start_openssl() {
    launch openssl openssl ocsp -index "$work/one.txt" -port "$openssl_port" -rsigner "$work/ca/ocsp.pem" -rkey "$work/ca/private/ocsp.key" \
        -CA "$work/ca/ca.pem" -nmin 60
    pids["openssl ocsp POST"]=$started
    until_true 10 grep -qs '^ACCEPT' "$work/openssl.log" || fail_start openssl
}

# Its process id is forgotten: until the end of the run another program may have it.
end_openssl() {
    end_pid "${pids["openssl ocsp POST"]}"
    unset 'started_pids[-1]'
}

# ask SERVER FILE: asks once, on a connection that is not kept.
ask() {
    if [[ ${methods[$1]} == POST ]]; then
        curl -fsS --max-time 5 -H 'Connection: close' -H 'Content-Type: application/ocsp-request' --data-binary "@$work/request.der" -o "$2" "${bases[$1]}"
    else
        curl -fsS --max-time 5 -H 'Connection: close' -o "$2" "${bases[$1]%/}$path"
    fi
}

says_good() {
    openssl ocsp -respin "$1" -issuer "$work/ca/ca.pem" -CAfile "$work/ca/ca.pem" -cert "$work/ca/good.pem" -no_nonce 2>&1 |
        awk '/good.pem: good$/ { good = 1 } /^Response verify OK$/ { verified = 1 } END { exit !(good && verified) }'
}

# The first of the other certificates stands for all: so PkiCore knows them, and the requests for them are well formed.
knows_others() {
    local serial
    serial=$(head -n 1 "$work/order.txt")
    openssl ocsp -respin "$work/answers/$(head -n 1 "$work/many.base64")" -issuer "$work/ca/ca.pem" -CAfile "$work/ca/ca.pem" -serial "0x$serial" -no_nonce 2>&1 |
        grep -q "$serial: good$"
}

# Every server says that the certificate is good, in the very bytes of PkiCore; but openssl ocsp signs its own, and what nginx holds in memory has no
# dollar signs, so that its signature is not valid.
check_answers() {
    local server
    says_good "$work/answer.der" || die "PkiCore does not say that the certificate is good"
    knows_others || die "PkiCore does not say that the other certificates are good"
    start_openssl
    for server in "${servers[@]}"; do
        ask "$server" "$work/reply" || die "$server does not answer"
        case $server in
            "openssl ocsp POST") says_good "$work/reply" ;;
            "nginx memory GET") cmp -s "$work/reply" "$work/memory.der" ;;
            *) cmp -s "$work/reply" "$work/answer.der" ;;
        esac || die "$server answers something else"
    done
    end_openssl
}
