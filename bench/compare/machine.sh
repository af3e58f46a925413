# What is measured, and on what, and whether it is quiet. Source this file after tests/lib.sh.
# shellcheck shell=bash

# build PROJECT...: and notes in $commit what was built; while it is measured, something else may be checked out.
build() {
    local project
    for project in "$@"; do
        dotnet build "$project" -c Release --nologo -v quiet -clp:NoSummary >&2 || die "the build failed"
    done
    commit=$(git describe --always --dirty --abbrev=8 --exclude '*' 2>/dev/null || echo 'of no commit')
}

# Names in $busy what else uses the processors, and ends the script when there is anything, unless there is something in $force.
refuse_beside_others() {
    busy=$(busy_processes | paste -sd, -)
    if [[ -n $busy ]]; then
        say "something else uses the processors: $busy"
        [[ -n $force ]] || die "end that first, or say --force"
    fi
}

# Adds to $busy who came later: that counts too.
note_who_came_later() { busy=$({ tr ',' '\n' <<<"$busy"; busy_processes; } | sed '/^$/d' | sort -u | paste -sd, -); }

# Names the processes that use more than a tenth of a processor and are not ours; the first one belongs to the machine.
busy_processes() {
    local own=" ${started_pids[*]} "
    { process_ticks; sleep 2; echo ---; process_ticks; } | awk -v own="$own" -v limit=$(($(getconf CLK_TCK) * 2 / 10)) '
        /^---/ { later = 1; next }
        !later { before[$1] = $NF; next }
        $1 in before && $1 != 1 && $NF - before[$1] > limit && index(own, " " $1 " ") == 0 { print $2 " (" $1 ")" }'
}

# User and system time are the 39th and 38th from the last: a name may have blanks.
process_ticks() { sed -n 's/^\([0-9]*\) (\(.*\)) \(.*\)/\1 \2 \3/p' /proc/[0-9]*/stat 2>/dev/null | awk '{ print $1, $2, $(NF - 38) + $(NF - 37) }' || true; }

# Processor, kernel and the versions of everything that takes part, in one line.
describe_machine() {
    local runtime nginx wrk cfssl
    runtime=$(dotnet --list-runtimes | awk '/^Microsoft.AspNetCore.App 10\./ { version = $2 } END { print version }')
    nginx=$(nginx -v 2>&1 | sed 's/.*nginx\//nginx /')
    wrk=$({ wrk --version 2>&1 || true; } | sed -n '1s/^wrk \([^ ]*\/\)\?\([0-9.]*\).*/wrk \2/p')
    cfssl=$(cfssl version | sed -n 's/^Version: */cfssl /p')
    printf '%s, %s processors, Linux %s, .NET %s, %s, %s, %s, %s, PkiCore %s\n' "$(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -1)" "$(nproc)" "$(uname -r)" \
        "$runtime" "$nginx" "$wrk" "$cfssl" "$(openssl version | awk '{ print tolower($1), $2 }')" "$commit"
}
