# Shell functions that the scripts share. Source this file; it runs nothing by itself.
# shellcheck shell=bash

say() { printf '%s\n' "$*" >&2; }

die() { say "error: $*"; exit 1; }

# value OPTION VALUE...: prints the value, which has to be there.
value() { (($# >= 2)) || die "$1 needs a value"; printf '%s\n' "$2"; }

# need_package CMD PACKAGE WHY: makes sure that a command is there. Installs the Debian package when it is missing and we are root.
# Without root the tests that need it are skipped, except in CI, where that is a failure.
need_package() { need find_command "$@"; }

# need_header HEADER PACKAGE WHY: the same for a header of C.
need_header() { need find_header "$@"; }

need() {
    local find=$1 name=$2 package=$3 why=$4
    if "$find" "$name"; then
        return 0
    fi

    if [[ $(id -u) -eq 0 ]] && command -v apt-get >/dev/null; then
        say "installing $package (no $name here): $why"
        if install_package "$package" && "$find" "$name"; then
            return 0
        fi
        say "could not install $package"
    else
        say "$name is missing (Debian package $package, which only root can install): $why"
    fi

    if [[ ${CI:-} == true ]]; then
        die "$name is required in CI"
    fi
    say "tests that need $name will be skipped"
}

find_header() { gcc -E -x c - <<<"#include <$1>" >/dev/null 2>&1; }

# Debian keeps servers in sbin, which is not in every user's PATH.
find_command() { PATH="$PATH:/usr/sbin:/usr/local/sbin" command -v "$1" >/dev/null; }

# need_file FILE PACKAGE WHY: the same for a file, such as a library; FILE is a pattern.
need_file() { need find_file "$@"; }

find_file() { compgen -G "$1" >/dev/null; }

apt_updated=
install_package() {
    if [[ -z $apt_updated ]]; then
        apt-get update -qq >&2 || return 1
        apt_updated=1
    fi

    # Alone: two at once would take each other's policy for the one to restore. The subshell has an exit trap of its own.
    (
        flock 9
        trap allow_services EXIT
        forbid_services
        DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends -o DPkg::Lock::Timeout=300 "$1" >&2 9>&-
    ) 9>/var/lock/pkicore-install
}

# Debian starts a server when it installs it, unless policy-rc.d forbids that, as it does in most container images. We only want the
# program. What was there before comes back, also when the script is ended.
service_policy=/usr/sbin/policy-rc.d
forbid_services() {
    if [[ -e $service_policy ]]; then mv -n "$service_policy" "$service_policy.pkicore"; fi
    printf '#!/bin/sh\n# Put here by tests/lib.sh while it installs a package.\nexit 101\n' >"$service_policy"
    chmod 0755 "$service_policy"
}

allow_services() {
    rm -f "$service_policy"
    if [[ -e $service_policy.pkicore ]]; then mv "$service_policy.pkicore" "$service_policy"; fi
}

# start LOG CMD...: runs a program in the background; its process id is in $started and it is ended when the script ends.
started=
started_pids=()
start() {
    local log=$1
    shift
    "$@" >"$log" 2>&1 </dev/null &
    started=$!
    started_pids+=("$started")
    trap end_started EXIT
}

end_started() {
    local pid
    for pid in "${started_pids[@]}"; do
        end_pid "$pid"
    done
    started_pids=()
}

# wait_port HOST PORT SECONDS: returns when something listens there, fails when nothing does in time.
wait_port() {
    local host=$1 port=$2 end=$((SECONDS + $3))
    until (exec 3<>"/dev/tcp/$host/$port") 2>/dev/null; do
        if ((SECONDS >= end)); then
            say "nothing listens on $host:$port after $3 s"
            return 1
        fi
        sleep 0.1
    done
}

# end_pid PID: asks a process to end, and ends it after ten seconds. A process that is gone already is fine.
end_pid() {
    local pid=$1 tries=100
    kill -TERM "$pid" 2>/dev/null || return 0
    # A process that has ended stays visible as a zombie until its parent looks, which in a container may be never.
    while kill -0 "$pid" 2>/dev/null && ! grep -q '^State:.Z' "/proc/$pid/status" 2>/dev/null; do
        if ((--tries == 0)); then
            kill -KILL "$pid" 2>/dev/null || true
            break
        fi
        sleep 0.1
    done
    wait "$pid" 2>/dev/null || true
}

# pin CPU CMD...: runs a program on one processor (or a list, as taskset takes it); plainly where taskset is missing.
pin() {
    local cpu=$1
    shift
    if command -v taskset >/dev/null; then
        taskset -c "$cpu" "$@"
    else
        "$@"
    fi
}

# compile_native OUTPUT SOURCE... -- OPTION...: compiles C when a source is newer than the output. The output appears whole: other
# programs may have the old one loaded.
compile_native() {
    local output=$1 source sources=() old=
    shift
    while [[ $1 != -- ]]; do
        [[ ! -e $output || $1 -nt $output ]] && old=1
        sources+=("$1")
        shift
    done
    shift
    [[ -n $old ]] || return 0
    command -v gcc >/dev/null || die "gcc is not installed (Debian packages gcc and libc6-dev)"

    mkdir -p "$(dirname "$output")"
    local code=()
    for source in "${sources[@]}"; do
        [[ $source == *.c ]] && code+=("$source")
    done
    gcc -std=gnu17 -O2 -Wall -Wextra -Werror -o "$output.new.$$" "${code[@]}" "$@" || die "$output does not compile"
    mv "$output.new.$$" "$output"
}

# A port that nobody listens on.
free_port() {
    local port
    while port=$((20000 + RANDOM % 12000)); (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do :; done
    echo "$port"
}

# CPU time in ticks of a process and its children (nginx's worker).
ticks() {
    local pid=$1 files=()
    for pid in "$1" $(cat "/proc/$1/task/$1/children"); do
        files+=("/proc/$pid/stat")
    done
    sed 's/.*) //' "${files[@]}" | awk '{ sum += $12 + $13 } END { print sum }'
}
