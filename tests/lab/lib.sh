# shellcheck shell=bash
# Shared by the lab's scripts: messages, the cache, kernels.

LAB_FOLDER=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
LAB_CACHE=${VIREO_LAB_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/vireo-lab}

say() { echo "lab: $*" >&2; }
die() {
  echo "lab: error: $*" >&2
  exit 1
}

# require_tools: end with the command that installs what is missing.
require_tools() {
  local missing
  # shellcheck source=tests/lab/packages.sh
  source "$LAB_FOLDER/packages.sh"
  mapfile -t missing < <(missing_packages "${LAB_PACKAGES[@]}")
  ((${#missing[@]} == 0)) || die "missing: ${missing[*]}
  install them:  apt-get install --no-install-recommends ${missing[*]}"
}

# fetch_kernel: make sure that Debian's own kernel is unpacked in the cache, and print its version. It is not
# installed: the user's boot loader is none of our business.
fetch_kernel() {
  local package version folder=$LAB_CACHE/debian
  if [[ ! -e $folder/.complete ]]; then
    package=$(apt-cache depends linux-image-amd64 2>/dev/null | awk '/Depends: linux-image/ {print $2; exit}')
    if [[ -z $package ]]; then
      apt-get update -q >&2 || sudo apt-get update -q >&2
      package=$(apt-cache depends linux-image-amd64 | awk '/Depends: linux-image/ {print $2; exit}')
    fi
    [[ -n $package ]] || die "apt knows no linux-image-amd64: apt-get update"
    say "fetching $package for the emulated host (once)"
    rm -rf "$folder" && mkdir -p "$folder/package"
    # apt's own user may not write in the cache: hand it the folder only for the download.
    (cd "$folder/package" && apt-get -o APT::Sandbox::User=root -q download "$package" >&2)
    dpkg -x "$folder"/package/*.deb "$folder"
    rm -r "$folder/package"
    version=$(basename "$folder"/lib/modules/*)
    depmod -b "$folder" "$version"
    touch "$folder/.complete"
  fi
  basename "$folder"/lib/modules/*
}

# module_files FOLDER VERSION NAME...: print the modules' files with what they depend on, in loading order.
module_files() {
  local folder=$1 version=$2
  shift 2
  modprobe -d "$folder" -S "$version" --show-depends -a "$@" 2>/dev/null | awk '$1 == "insmod" && !seen[$2]++ {print $2}'
}

# copy_module FILE FOLDER: as the initramfs' insmod takes it, not compressed.
copy_module() {
  case $1 in
    *.xz) xz -dc "$1" >"$2/$(basename "${1%.xz}")" ;;
    *) cp "$1" "$2/" ;;
  esac
}

# pack FOLDER OUT: a cpio archive that the kernel takes as an initramfs.
pack() { (cd "$1" && find . -print0 | cpio --null --quiet -o -H newc -R 0:0) >"$2"; }
