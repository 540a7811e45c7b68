#!/bin/sh
# The steps that every image is made of. The Dockerfiles run them, and so do the tests, where there is no Docker.
#   build.sh compiler                 a C++ compiler, where there is none: one package of the trainer's has no wheel
#   build.sh packages LOCK FOLDER     a virtual environment at FOLDER with the packages of a lock file, hashes checked,
#                                     without what nothing reads that runs
#   build.sh program FOLDER           compiles the program that lies in FOLDER, and makes its command, FOLDER/bin/slipway
# Bytecode is compiled here, because no image can write it later: without it every start takes half a minute longer.
set -eu

compiler() {
    command -v g++ >/dev/null && return
    apt-get update -qq
    apt-get install -qq --yes --no-install-recommends g++
}

packages() {
    python3.11 -m venv /tmp/uv
    /tmp/uv/bin/pip install --quiet --no-cache-dir --disable-pip-version-check --require-hashes -r requirements-uv.lock
    python3.11 -m venv --without-pip "$2"
    # Two builds make the same bytes: bytecode goes by its source's hash, not its time, and what is compiled here has no
    # symbols, which name the folder that it was compiled in.
    LDFLAGS=-s PYC_INVALIDATION_MODE=UNCHECKED_HASH \
        /tmp/uv/bin/uv pip sync --quiet --python "$2/bin/python" --link-mode hardlink --compile-bytecode \
        --require-hashes --build-constraints "$1" "$1"
    rm -rf ~/.cache/uv
    lean "$2/lib/python3.11/site-packages"
}

# A fifth of the trainer's packages: TensorFlow's headers, for who compiles operations, and its libraries' tables of symbols, for
# debuggers; libclang, for who translates headers; and the packages' own tests with their files.
lean() {
    rm -rf "$1/tensorflow/include" "$1/clang/native"
    find "$1" -type d "(" -name tests -o -name testdata ")" -prune -exec rm -r "{}" +
    for library in "$1"/tensorflow/libtensorflow_*.so.2; do
        [ ! -f "$library" ] || strip --strip-unneeded "$library"
    done
}

program() {
    mkdir "$1/bin"
    printf '#!/usr/bin/env python\nfrom slipway import main\n\nmain()\n' >"$1/bin/slipway"
    chmod 755 "$1/bin/slipway"
    # The files of an image do not change: their bytecode need not be compared with them.
    python3.11 -m compileall -q --invalidation-mode unchecked-hash "$1"
}

case "${1-}-$#" in
compiler-1 | packages-3 | program-2)
    step=$1
    shift
    "$step" "$@"
    ;;
*)
    echo "build.sh: received '$*'; expected 'compiler', 'packages LOCK FOLDER' or 'program FOLDER'" >&2
    exit 2
    ;;
esac
