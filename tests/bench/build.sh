# shellcheck shell=bash
# For the benchmarks, from the top of the source tree.

# build PRESET TARGET...
build() { cmake --preset "$1" >/dev/null && cmake --build --preset "$1" --target "${@:2}" >&2; }

# need_vireo: $VIREO, a release that is built now where it is not set.
need_vireo() {
  [[ -n ${VIREO:-} ]] || build release vireo
  VIREO=$(realpath "${VIREO:-build/release/vireo}")
  export VIREO
}
