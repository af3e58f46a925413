#!/usr/bin/env bash
# Builds everything and runs every test. The last line is the sum: N passed, N failed, N skipped.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=tests/lib.sh
source tests/lib.sh
# shellcheck source=tests/limits.sh
source tests/limits.sh

usage() {
    cat <<'TEXT'
usage: tests/run.sh [--long]

Builds PkiCore.sln in Release (a warning is an error), runs every tests/*.Tests project, and fuzzes the parsers for a minute.

  --long   campaigns and generated inputs in full instead of the short form; fuzzes for ten minutes
  --help   this text

Fails when the build fails, a test fails, fuzzing finds a crash, no test runs, fewer tests run than tests/minimum says, or, with CI=true, a test is skipped.
As root it installs Debian packages that tests need. PKICORE_UPDATE=1 rewrites generated files (docs/conformance.md,
PublicAPI.txt) instead of comparing them.
Runs every campaign of tests/PkiCore.Campaigns as well, for 15 s each (5 minutes with --long), or 10 kills (100), and as root six faults of a cluster
(20 minutes); one that fails makes this fail.
What hangs is ended after several times what it should take, counts as failed, and says what its threads did; all of it ends within 75 minutes (4 hours).
TEXT
}

# Started in the background or under nohup, a shell hands on SIGINT or SIGHUP as ignored, and tests that send them would wait in vain.
if [[ -z ${PKICORE_SIGNALS_RESET:-} ]]; then
    PKICORE_SIGNALS_RESET=1 exec env --default-signal=HUP,INT,QUIT bash tests/run.sh "$@"
fi

long=
while (($# > 0)); do
    case $1 in
        --long) long=1 ;;
        --help | -h)
            usage
            exit 0
            ;;
        *)
            usage >&2
            exit 2
            ;;
    esac
    shift
done

# Seconds: several times what they take on a slow machine. All together have no longer than limits_end.
build_limit=900 tests_limit=1800 campaign_limit=240 fuzz_limit=300 limits_end=$((SECONDS + 4500)) long_test=60
if [[ -n $long ]]; then tests_limit=3600 campaign_limit=1800 fuzz_limit=1800 limits_end=$((SECONDS + 14400)) long_test=600; fi

export PKICORE_LONG=${long:-0}
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 TESTINGPLATFORM_TELEMETRY_OPTOUT=1

check_sdk() {
    command -v dotnet >/dev/null || die "dotnet is not installed; .NET SDK 10 is needed: https://dotnet.microsoft.com/download/dotnet/10.0"
    # global.json decides which SDK runs, so the answer to --version is the one that counts.
    local version
    version=$(dotnet --version 2>/dev/null) || die "no SDK here fits global.json; .NET SDK 10.0.100 or later is needed. Found: $(dotnet --list-sdks | tr '\n' ' ')"
    [[ $version == 10.* ]] || die ".NET SDK 10 is needed, but dotnet --version says $version"
}

results=artifacts/test-results
passed=0 failed=0 skipped=0 broken=0

# A number from the <assembly> element of a report; nothing when there is no report. The whole report is one line, and the elements
# inside have attributes of the same names, so the element is cut out first.
count() {
    grep -o '<assembly [^>]*>' "$1" 2>/dev/null | sed -n 's/.* '"$2"'="\([0-9]*\)".*/\1/p' || true
}

# Runs one test program; how it ended is in a file, for it may run in a shell of its own.
run_program() {
    local name=$1 code=0
    local program=artifacts/bin/$name/release/$name
    [[ -x $program ]] || die "$program was not built"
    limited "$tests_limit" "$name" "$program" --no-progress --no-ansi --xunit-diagnostics on --long-running "$long_test" \
        --report-xunit --report-xunit-filename "$name.xml" --results-directory "$PWD/$results" >&2 || code=$?
    echo "$code" >"$results/$name.code"
}

# Adds up the report of a test program. The report decides, not the text on the screen; a program that ends with an error but reports no
# failed test (a crash, a failing fixture) counts as broken.
add_report() {
    local name=$1 code report=$results/$1.xml p f s e
    code=$(<"$results/$name.code")
    p=$(count "$report" passed) f=$(count "$report" failed) s=$(count "$report" skipped) e=$(count "$report" errors)
    if [[ -z $p || -z $f || -z $s ]]; then
        say "$name ended with code $code and left no report"
        broken=1
        return
    fi

    passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
    if ((${e:-0} > 0)) || { ((code != 0)) && ((f == 0)); }; then
        say "$name ended with code $code and ${e:-0} errors outside of tests"
        broken=1
    fi
}

check_sdk
need_package openssl openssl "checks requests and answers with OpenSSL"
need_package ocsptool gnutls-bin "checks requests and answers with GnuTLS"
need_package curl curl "fetches answers by GET and POST"
need_package nginx nginx-light "checks stapling and caching with a real server"
need_package softhsm2-util softhsm2 "signs with keys on a token"
need_package pkcs11-tool opensc "puts certificates on a token"
need_package mariadbd mariadb-server "runs a real cluster"
need_file "/usr/lib*/galera*/libgalera_smm.so" galera-4 "replicates between the nodes of a cluster"
need_package garbd galera-arbitrator-4 "votes in a cluster of two nodes"
need_package mariadb mariadb-client "asks the nodes of a cluster"
need_package mariadb-backup mariadb-backup "copies the data of a node to a new one"
need_package socat socat "carries that copy"
need_package ip iproute2 "gives each node of a cluster its own network"
need_file "/usr/lib/*/libmariadb.so.3" libmariadb3 "is the client library of MariaDB"
need_package gcc gcc "builds the PKCS#11 module with faults on order"
need_header stdlib.h libc6-dev "builds the PKCS#11 module with faults on order"
need_header openssl/evp.h libssl-dev "builds the C loops that benchmarks compare with"

if find_header stdlib.h; then
    tests/native/build.sh
fi
if find_header openssl/evp.h; then
    bench/native/build.sh
fi
timeout --foreground --kill-after=10 "$build_limit" dotnet build PkiCore.sln -c Release --nologo -v quiet >&2 || die "the build failed"

rm -rf "$results"
mkdir -p "$results"

# The tests of the cluster mostly wait for nodes to notice each other: they run beside all else.
cluster_tests=PkiCore.Galera.Tests
run_program "$cluster_tests" >"$results/$cluster_tests.log" 2>&1 &
cluster_job=$!
for project in tests/*.Tests/*.csproj; do
    name=$(basename "$project" .csproj)
    if [[ $name != "$cluster_tests" ]]; then
        say "--- $name"
        run_program "$name"
        add_report "$name"
    fi
done

# Each campaign prints its seed. One that fails leaves its journal in artifacts/campaigns.
campaigns_failed=0 campaign_duration=15s kills=10 galera_limit=(--rounds 6)
if [[ -n $long ]]; then campaign_duration=5m kills=100 galera_limit=(--duration 20m); fi
run_campaign() {
    say "--- campaign $1"
    # These mount a small disk: others than root do that where they are root of a namespace of their own.
    local as_root=()
    if [[ $1 == *full-disk && $(id -u) -ne 0 ]]; then as_root=(unshare --map-root-user --mount); fi
    limited "$campaign_limit" "campaign $1" "${as_root[@]}" artifacts/bin/PkiCore.Campaigns/release/PkiCore.Campaigns "$@" >&2 || campaigns_failed=1
}
for campaign in index-churn rollover table-churn clock-steps full-disk crl-full-disk; do
    run_campaign "$campaign" --duration "$campaign_duration"
done
run_campaign kill-restart --rounds "$kills"
run_campaign crl-kill --rounds "$kills"

say "--- $cluster_tests"
wait "$cluster_job" || broken=1
cat "$results/$cluster_tests.log" >&2
add_report "$cluster_tests"
if [[ $(id -u) -eq 0 ]]; then
    run_campaign galera "${galera_limit[@]}"
else
    say "the campaign galera needs root: it makes network namespaces"
fi

# The corpus ran among the tests; this looks for inputs that are not in it. The targets share the time.
fuzz_seconds=60 fuzz_failed=0
if [[ -n $long ]]; then fuzz_seconds=600; fi
say "--- PkiCore.Fuzz, $fuzz_seconds s"
limited "$fuzz_limit" PkiCore.Fuzz artifacts/bin/PkiCore.Fuzz/release/PkiCore.Fuzz run --seconds "$fuzz_seconds" >&2 || fuzz_failed=1

status=0
fail() {
    say "error: $*"
    status=1
}
ran=$((passed + failed))
minimum=$(<tests/minimum)
for what in "${overdue[@]}"; do fail "$what"; done
if ((campaigns_failed > 0)); then fail "a campaign failed"; fi
if ((broken > 0)); then fail "a test program did not run properly"; fi
if ((failed > 0)); then fail "tests failed"; fi
if ((fuzz_failed > 0)); then fail "fuzzing failed; crashes are in artifacts/fuzz/crashes"; fi
if ((ran == 0)); then fail "no test ran"; fi
if ((ran < minimum)); then fail "only $ran tests ran; tests/minimum says $minimum"; fi
if ((skipped > 0)) && [[ ${CI:-} == true ]]; then fail "tests were skipped, which CI does not allow"; fi

echo "$passed passed, $failed failed, $skipped skipped"
exit "$status"
