#!/usr/bin/env bash
# Measures downloads of one large CRL from PkiCore beside nginx, with sendfile and without, from the same file. See bench/README.md.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=tests/lib.sh
source tests/lib.sh
# shellcheck source=bench/compare/machine.sh
source bench/compare/machine.sh
# shellcheck source=bench/compare/peers.sh
source bench/compare/peers.sh
PATH="$PATH:/usr/sbin"

usage() {
    cat <<'TEXT'
usage: bench/compare/crl.sh [--quick] [--turns N] [--seconds S] [--megabytes M] [--force]

Has PkiCore publish one CRL, and serves it by PkiCore and by nginx, with sendfile and with buffers of 64 KiB, on processor 0 to 32 clients (wrk) on
processor 1, in turns; prints medians: MB/s, the ratio to the faster nginx turn by turn, and the server's processor time per GB.

  --quick        2 turns of 3 s: shows that it runs, not how fast it is
  --turns N      default 5
  --seconds S    of each turn, default 8
  --megabytes M  of the CRL, default 50
  --force        measure although something else uses the processors
  --help         this text
TEXT
}

turns=5 seconds=8 megabytes=50 force=''
while (($# > 0)); do
    case $1 in
        --quick) turns=2 seconds=3 ;;
        --turns) turns=$(value "$@"); shift ;;
        --seconds) seconds=$(value "$@"); shift ;;
        --megabytes) megabytes=$(value "$@"); shift ;;
        --force) force=1 ;;
        --help | -h) usage; exit 0 ;;
        *) usage >&2; exit 2 ;;
    esac
    shift
done

server_cpu=0 client_cpu=1 clients=32
(($(nproc) >= 2)) || die "two processors are needed: one for the server, one for the clients"
need_package wrk wrk "is the HTTP client that measures"
need_package nginx nginx-light "is the server to compare with"
need_package curl curl "compares what the servers send"
for command in wrk nginx curl taskset; do
    find_command "$command" || die "$command is needed"
done

work=$(mktemp -d)
chmod 711 "$work" # nginx's worker, another user, reads the file
mkdir "$work/crl"
finish() {
    end_started
    rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT TERM # wrk ends well after Ctrl+C, and bash would go on

# start_host: the demonstration CA with so many revoked certificates that its CRL has about $megabytes.
start_host() {
    local demo=(artifacts/bin/PkiCore.Responder/release/PkiCore.Responder demo --directory "$work/ca" --port 0 --management http://127.0.0.1:0)
    launch demo "${demo[@]}"
    until_true 20 grep -qs '^Health and metrics' "$work/demo.log" || fail_start demo
    end_pid "$started"
    unset 'started_pids[-1]' # until the end of the run another program may have its process id
    rm -rf "$work/ca/crl" "$work/ca/snapshots" # or the many would be in a delta CRL
    revoked=$((megabytes * 1000000 / 49)) # octets of an entry
    awk -F '\t' -v OFS='\t' -v n="$revoked" -v now="$(date -u +%y%m%d%H%M%SZ)" 'NR == 1 { until = $2 } { print }
        END { for (i = 0; i < n; i++) print "R", until, now ",keyCompromise", sprintf("5A%08X%08X%08X%06X", i * 2654435761 % 4294967296, i * 2246822519 % 4294967296, i * 3266489917 % 4294967296, i), "unknown", "/CN=" i }' \
        "$work/ca/index.txt" >"$work/index.new"
    mv "$work/index.new" "$work/ca/index.txt"

    launch pkicore "${demo[@]}"
    pki_pid=$started
    until_true 20 grep -qs '^Health and metrics' "$work/pkicore.log" || fail_start pkicore
    metrics=$(sed -n 's/^Health and metrics: .* and //p' "$work/pkicore.log")
    pki_url=$(sed -n 's|.*-o ca.crl \(http:.*/crl/ca.crl\) .*|\1|p' "$work/pkicore.log")
    say "waiting until $revoked certificates are signed"
    until_true 300 is_calm || fail_start pkicore
    ln -L "$work/ca/crl/current/ca.crl" "$work/crl/ca.crl" # the very file, which nginx's worker need not have the way to
    (($(stat -c %s "$work/crl/ca.crl") > megabytes * 900000)) || die "the CRL is too short"
}

is_calm() { (($(metric pkicore_ocsp_certificates) >= revoked && $(metric pkicore_ocsp_unsigned) == 0)); }

# Bytes that loopback has carried: wrk counts a download only when it is complete, which at 32 x 50 MB is too coarse.
carried() { awk '$1 == "lo:" { print $10 }' /proc/net/dev; }

# sample PID URL SECONDS: prints MB/s and CPU seconds per GB.
sample() {
    local before after t0 t1 start end
    t0=$(ticks "$1") before=$(carried) start=$(date +%s%N)
    taskset -c "$client_cpu" wrk -t 1 -c "$clients" -d "$3s" --timeout 60s "$2" >"$work/wrk.log" || die "wrk failed"
    t1=$(ticks "$1") after=$(carried) end=$(date +%s%N)
    if grep -qE 'Non-2xx|connect [1-9]|read [1-9]|write [1-9]' "$work/wrk.log"; then
        die "requests failed: $(<"$work/wrk.log")"
    fi
    awk -v bytes=$((after - before)) -v ns=$((end - start)) -v ticks=$((t1 - t0)) -v hz="$(getconf CLK_TCK)" \
        'BEGIN { printf "%.1f %.3f\n", bytes / 1e6 / (ns / 1e9), ticks / hz / (bytes / 1e9) }'
}

median() { sort -n | awk '{ v[NR] = $1 } END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }

build src/PkiCore.Responder
start_host
nginx_port=$(free_port) buffers_port=$(free_port)
cat >"$work/nginx.conf" <<CONF
daemon off; worker_processes 1; pid $work/nginx.pid; error_log $work/nginx-error.log;
events { worker_connections 4096; }
http {
    client_body_temp_path $work/t1; proxy_temp_path $work/t2; fastcgi_temp_path $work/t3; uwsgi_temp_path $work/t4; scgi_temp_path $work/t5;
    access_log off; server_tokens off; keepalive_requests 1000000000;
    sendfile on; tcp_nopush on; open_file_cache max=1000 inactive=1h; open_file_cache_valid 1h; open_file_cache_min_uses 1;
    types { } default_type application/pkix-crl;
    server { listen 127.0.0.1:$nginx_port; location /crl/ { alias $work/crl/; } }
    server { listen 127.0.0.1:$buffers_port; sendfile off; output_buffers 2 64k; location /crl/ { alias $work/crl/; } }
}
CONF
launch nginx nginx -c "$work/nginx.conf"
nginx_pid=$started
wait_port 127.0.0.1 "$nginx_port" 10 || die "nginx did not start: $(<"$work/nginx-error.log")"
chmod 755 "$work/crl"
chmod 644 "$work/crl/ca.crl"
nginx_url=http://127.0.0.1:$nginx_port/crl/ca.crl buffers_url=http://127.0.0.1:$buffers_port/crl/ca.crl
for url in "$pki_url" "$nginx_url" "$buffers_url"; do
    curl -fsS "$url" | cmp - "$work/crl/ca.crl" || die "$url sends something else"
done

refuse_beside_others
sample "$pki_pid" "$pki_url" 3 >/dev/null # what is hot is compiled a second time
sample "$nginx_pid" "$nginx_url" 1 >/dev/null
for ((turn = 1; turn <= turns; turn++)); do
    # Assigned first: a failure in <(...) would go unnoticed.
    pki=$(sample "$pki_pid" "$pki_url" "$seconds")
    sendfile=$(sample "$nginx_pid" "$nginx_url" "$seconds")
    buffers=$(sample "$nginx_pid" "$buffers_url" "$seconds")
    say "turn $turn of $turns, MB/s and CPU s/GB: PkiCore $pki; nginx with sendfile $sendfile, with buffers $buffers"
    awk '{ print $0, $1 / ($3 > $5 ? $3 : $5) }' <<<"$pki $sendfile $buffers" >>"$work/samples"
done

column() { cut -d' ' -f"$1" "$work/samples"; }
note_who_came_later
cat <<TEXT
$(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -1), Linux $(uname -r), $(nginx -v 2>&1 | sed 's/.*: //'), PkiCore $commit; $(date -u +%F).${busy:+ Beside it ran: $busy.} $clients clients, a CRL of $(stat -c %s "$work/crl/ca.crl") bytes; medians of $turns turns of $seconds s.

| server | MB/s | CPU s/GB |
|---|--:|--:|
| PkiCore | $(column 1 | median) | $(column 2 | median) |
| nginx, sendfile | $(column 3 | median) | $(column 4 | median) |
| nginx, buffers | $(column 5 | median) | $(column 6 | median) |

PkiCore to the faster nginx: $(column 7 | median | cut -c1-5) ($(column 7 | sort -n | head -1 | cut -c1-5) to $(column 7 | sort -n | tail -1 | cut -c1-5)); the target is 0.9.
TEXT
