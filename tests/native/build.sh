#!/usr/bin/env bash
# Builds tests/native into artifacts/native when a source is newer than what is there.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=tests/lib.sh
source tests/lib.sh

usage() {
    cat <<'TEXT'
usage: tests/native/build.sh

Compiles the PKCS#11 module with faults on order, artifacts/native/libfaulty.so. Needs gcc and the headers of libc.
TEXT
}

case ${1:-} in
    '') ;;
    --help | -h)
        usage
        exit 0
        ;;
    *)
        usage >&2
        exit 2
        ;;
esac

# nodelete: a thread may be hanging in it when the last user closes it.
compile_native artifacts/native/libfaulty.so tests/native/*.[ch] -- \
    -fPIC -shared -fvisibility=hidden -Wl,-z,nodelete,-z,defs -pthread -ldl
