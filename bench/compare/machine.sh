# What is measured on, and whether it is quiet. Source this file after tests/lib.sh.
# shellcheck shell=bash

# Names the processes that use more than a tenth of a processor and are not ours; the first one belongs to the machine.
busy_processes() {
    local own=" ${started_pids[*]} "
    { process_ticks; sleep 2; echo ---; process_ticks; } | awk -v own="$own" -v limit=$(($(getconf CLK_TCK) * 2 / 10)) '
        /^---/ { later = 1; next }
        !later { before[$1] = $NF; next }
        $1 in before && $1 != 1 && $NF - before[$1] > limit && index(own, " " $1 " ") == 0 { print $2 " (" $1 ")" }'
}

process_ticks() { sed -n 's/^\([0-9]*\) (\(.*\)) \(.*\)/\1 \2 \3/p' /proc/[0-9]*/stat 2>/dev/null | awk '{ print $1, $2, $(NF - 37) + $(NF - 36) }' || true; }

# Processor, kernel and the versions of everything that takes part, in one line.
describe_machine() {
    local runtime nginx wrk cfssl
    runtime=$(dotnet --list-runtimes | awk '/^Microsoft.AspNetCore.App 10\./ { version = $2 } END { print version }')
    nginx=$(nginx -v 2>&1 | sed 's/.*nginx\//nginx /')
    wrk=$({ wrk --version 2>&1 || true; } | sed -n '1s/^wrk \([^ ]*\/\)\?\([0-9.]*\).*/wrk \2/p')
    cfssl=$(cfssl version | sed -n 's/^Version: */cfssl /p')
    printf '%s, %s processors, Linux %s, .NET %s, %s, %s, %s, %s, PkiCore %s\n' "$(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -1)" "$(nproc)" "$(uname -r)" \
        "$runtime" "$nginx" "$wrk" "$cfssl" "$(openssl version | awk '{ print tolower($1), $2 }')" "$(git rev-parse --short=8 HEAD 2>/dev/null || echo 'of no commit')"
}
