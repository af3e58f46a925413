#!/usr/bin/env bash
# Builds bench/native into artifacts/native when a source is newer than what is there.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=tests/lib.sh
source tests/lib.sh

usage() {
    cat <<'TEXT'
usage: bench/native/build.sh

Compiles the C loops that benchmarks compare with, artifacts/native/sign_loop and memory_latency. Needs gcc and OpenSSL's headers; as root it installs the
Debian packages.
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

need_package gcc gcc "compiles the C loops that benchmarks compare with"
need_header openssl/evp.h libssl-dev "measures OpenSSL"
need_header stdlib.h libc6-dev "compiles the C loops that benchmarks compare with"

compile_native artifacts/native/sign_loop bench/native/{sign_loop,evp,pkcs11}.c bench/native/sign_loop.h tests/native/pkcs11.h -- -Itests/native -pthread -lcrypto -ldl
compile_native artifacts/native/memory_latency bench/native/memory_latency.c --
