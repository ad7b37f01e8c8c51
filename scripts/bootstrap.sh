#!/bin/sh
# Brings .venv to what requirements.txt pins, from nothing but Python >= 3.11 and a package index.
#
#   scripts/bootstrap.sh install         .venv, the locked packages, and this tree in editable form
#   scripts/bootstrap.sh install-spark   the same in .venv-spark, from requirements-spark.txt: what
#                                        a machine of a Spark cluster has, and a Java
#   scripts/bootstrap.sh install-dask    the same in .venv-dask, from requirements-dask.txt: what
#                                        trains with Dask
#   scripts/bootstrap.sh lock            rewrites requirements.txt, requirements-spark.txt,
#                                        requirements-dask.txt and requirements-bootstrap.txt;
#                                        LOCK_FLAGS=--upgrade moves every pin to the newest release
#
# PYTHON=/path/to/python chooses the interpreter of a new .venv.
set -eu
cd "$(dirname "$0")/.."

venv=.venv
locked=requirements.txt
if [ "${1:-}" = install-spark ]; then
    venv=.venv-spark
    locked=requirements-spark.txt
elif [ "${1:-}" = install-dask ]; then
    venv=.venv-dask
    locked=requirements-dask.txt
fi
python=$venv/bin/python

# uv reads none of pip's settings, and a machine is more often set up for pip.
export UV_SYSTEM_CERTS="${UV_SYSTEM_CERTS:-true}"
if [ -n "${PIP_CERT:-}" ]; then export SSL_CERT_FILE="${SSL_CERT_FILE:-$PIP_CERT}"; fi
if [ -n "${PIP_INDEX_URL:-}" ]; then export UV_DEFAULT_INDEX="${UV_DEFAULT_INDEX:-$PIP_INDEX_URL}"; fi

say() { printf 'bootstrap: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

# Runs the candidate: a pyenv shim or a stub of the operating system is on PATH and yet no Python.
is_modern() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' </dev/null >/dev/null 2>&1
}

find_python() {
    tried=${PYTHON:-python3.13 python3.12 python3.11 python3}
    for candidate in $tried; do
        if is_modern "$candidate"; then
            echo "$candidate"
            return
        fi
    done
    die "Foretell needs Python 3.11 or newer, and found none that runs (tried: $tried)." \
        "Install one, or name it: make install PYTHON=/path/to/python3.11"
}

make_venv() {
    if is_modern "$python"; then return; fi
    base=$(find_python)
    say "creating $venv with $("$base" --version 2>&1)"
    if "$base" -m venv --clear "$venv"; then return; fi
    # Debian takes ensurepip out of Python; uv needs neither that nor pip.
    if command -v uv >/dev/null; then
        uv venv --quiet --clear --python "$base" "$venv"
    else
        die "'$base -m venv' failed and uv is not on PATH. On Debian: apt install python3-venv"
    fi
}

find_uv() {
    if command -v uv; then return; fi
    if [ ! -x "$venv/bin/uv" ]; then
        say "installing the pinned uv into $venv"
        "$python" -m pip install --quiet --no-input --require-hashes --only-binary :all: \
            -r requirements-bootstrap.txt >&2 || return 1
    fi
    echo "$venv/bin/uv"
}

install_with_uv() {
    say "installing the locked packages with $("$1" --version)"
    # pyspark has no wheel: what builds it is locked too.
    "$1" pip install --python "$python" --require-hashes --build-constraints requirements.txt \
        -r "$locked" &&
        "$1" pip install --python "$python" --quiet --no-deps --no-build-isolation -e .
}

install_with_pip() {
    "$python" -m pip install --no-input --require-hashes -r "$locked" &&
        "$python" -m pip install --no-input --quiet --no-deps --no-build-isolation -e .
}

install() {
    make_venv
    if uv=$(find_uv) && install_with_uv "$uv"; then return; fi
    say "uv could not do it; trying pip, which takes minutes"
    install_with_pip || die "neither uv nor pip could install $locked; see the error above"
}

lock() {
    make_venv
    uv=$(find_uv) || die "'make lock' needs uv: https://docs.astral.sh/uv"
    # Nothing of the machine may reach the lock: no index address, no folder of wheels.
    set -- --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
        --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" ${LOCK_FLAGS:-}
    "$uv" pip compile "$@" --extra train --extra serve --extra postgres --extra dev \
        -o requirements.txt pyproject.toml
    # What both locks hold has one version: vectors may not hang on where they are made.
    "$uv" pip compile "$@" --extra spark --extra spark-test --constraints requirements.txt \
        -o requirements-spark.txt pyproject.toml
    "$uv" pip compile "$@" --extra train --extra dask --extra dask-test \
        --constraints requirements.txt -o requirements-dask.txt pyproject.toml
    echo uv | "$uv" pip compile "$@" -o requirements-bootstrap.txt -
    say "wrote requirements.txt, requirements-spark.txt, requirements-dask.txt and" \
        "requirements-bootstrap.txt"
}

case "${1:-}" in
    install | install-spark | install-dask) install ;;
    lock) lock ;;
    *) die "usage: scripts/bootstrap.sh install|install-spark|install-dask|lock" ;;
esac
