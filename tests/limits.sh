# Time limits for programs that may hang. Source this file after lib.sh; it runs nothing by itself.
# shellcheck shell=bash

# When the whole script has to have ended, in bash's SECONDS: no program gets more than what is left until then.
limits_end=
overdue=()

# limited SECONDS WHAT CMD...: runs a program in a group of its own. One that takes longer is ended with all that it started, after it
# was printed what its threads do; then the result is 124, and WHAT is one of "${overdue[@]}".
limited() {
    local limit=$1 what=$2 code=0 begun=$SECONDS
    shift 2
    if [[ -n $limits_end ]] && ((limits_end - SECONDS < limit)); then
        limit=$((limits_end > SECONDS ? limits_end - SECONDS : 0))
    fi

    # A shell hands on SIGINT and SIGQUIT as ignored to what it starts in the background.
    env --default-signal=INT,QUIT setsid "$@" </dev/null &
    limited_group=$!
    trap end_limited EXIT
    while kill -0 "$limited_group" 2>/dev/null && ((SECONDS - begun < limit)); do
        sleep 0.5
    done

    if kill -0 "$limited_group" 2>/dev/null; then
        say "error: $what has not ended within $limit s"
        overdue+=("$what did not end within $limit s")
        print_group_stacks "$limited_group"
        end_limited
        wait "$limited_group" 2>/dev/null || true
        return 124
    fi

    wait "$limited_group" || code=$?
    end_limited # what it may have left behind
    return "$code"
}

limited_group=
end_limited() {
    [[ -n $limited_group ]] && kill -KILL -- "-$limited_group" 2>/dev/null || true
}

# What the threads of all .NET programs of a group do, on standard error.
print_group_stacks() {
    local pid createdump report
    createdump=$(dotnet --list-runtimes | sed -n 's/^Microsoft\.NETCore\.App \(\S*\) \[\(.*\)\]$/\2\/\1\/createdump/p' | tail -1)
    report=$(mktemp -d)
    for pid in $(list_group "$1"); do
        say "--- what $pid does: $({ tr '\0' ' ' <"/proc/$pid/cmdline"; } 2>/dev/null | cut -c 1-300)"
        timeout --kill-after=5 60 "$createdump" --crashreportonly -f "$report/$pid" "$pid" >/dev/null 2>&1 || true
        if [[ -s $report/$pid.crashreport.json ]]; then
            print_stacks "$pid" "$report/$pid.crashreport.json" >&2
        fi
    done
    rm -rf "$report"
}

# The processes of a group; pgrep is not everywhere.
list_group() {
    local stat fields
    for stat in /proc/[0-9]*/stat; do
        read -ra fields < <(sed 's/.*) //' "$stat" 2>/dev/null) || continue
        if [[ ${fields[2]} == "$1" ]]; then
            basename "$(dirname "$stat")"
        fi
    done
}

# print_stacks PID REPORT: the methods of each thread that runs managed code, the innermost first, under its name, state and processor time.
print_stacks() {
    local pid=$1 kind value title='' task
    while read -r kind value; do
        if [[ $kind == thread ]]; then
            task=/proc/$pid/task/$((value))
            title="thread $((value)) '$(cat "$task/comm" 2>/dev/null || true)' $(sed 's/.*) //' "$task/stat" 2>/dev/null | awk '{ print $1 ", " ($12 + $13) / 100 " s of processor time" }' || true)"
        else
            [[ -z $title ]] || echo "$title"
            title=
            echo "    $value"
        fi
    done < <(sed -n 's/^ *"native_thread_id" *: *"\(0x[0-9a-f]*\)".*/thread \1/p; s/^ *"method_name" *: *"\(.*\)".*/at \1/p' "$2")
}
