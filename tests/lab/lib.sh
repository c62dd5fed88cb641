# shellcheck shell=bash
# Shared by the lab's scripts: messages, the cache, kernels.

LAB_FOLDER=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
LAB_CACHE=${VIREO_LAB_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/vireo-lab}

# Where Debian keeps modprobe and depmod, which an ordinary user's PATH lacks.
PATH=$PATH:/usr/sbin:/sbin

say() { echo "lab: $*" >&2; }
die() {
  echo "lab: error: $*" >&2
  exit 1
}

# lab_slots: how many labs this machine has room for: each keeps a CPU busy and needs up to 10 GiB.
lab_slots() {
  local cpus room
  cpus=$(nproc)
  room=$(awk '/^MemTotal:/ {print int($2 / 10485760)}' /proc/meminfo)
  ((room > 0)) || room=1
  echo $((cpus < room ? cpus : room))
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

# kernel_folder [SERIES]: where Debian's kernel is unpacked, or the one of a series that Debian has beside it ("6.12").
kernel_folder() { echo "$LAB_CACHE/debian${1:+-$1}"; }

# fetch_kernel [SERIES]: make sure that Debian's own kernel is unpacked in the cache, and print its version. It is not
# installed: the user's boot loader is none of our business. Nothing half done stays: a run that fails begins anew.
# boot/vmlinux in it is what its bzImage unpacks itself to, which takes an emulated CPU longer than the rest of its boot.
fetch_kernel() {
  set -e # not inherited by $(fetch_kernel)
  local package folder fresh
  folder=$(kernel_folder "${1:-}")
  mkdir -p "$LAB_CACHE"
  {
    flock 8
    if [[ ! -e $folder/boot/vmlinux ]]; then
      package=$(kernel_package "linux-image-${1:+$1-}amd64")
      say "fetching $package for the emulated host (once)"
      rm -rf "$LAB_CACHE"/fetching.* # of a run that failed
      fresh=$(mktemp -d "$LAB_CACHE/fetching.XXXXXX")
      # apt's own user may not write in the cache: hand it the folder only for the download.
      (cd "$fresh" && apt-get -o APT::Sandbox::User=root -q download "$package" >&2) || die "apt-get download $package failed"
      dpkg -x "$fresh"/*.deb "$fresh/root"
      depmod -b "$fresh/root" "$(basename "$fresh"/root/lib/modules/*)"
      "$LAB_FOLDER/unpack-kernel" "$fresh"/root/boot/vmlinuz-* "$fresh/root/boot/vmlinux" >&2
      rm -rf "$folder"
      mv "$fresh/root" "$folder"
      rm -r "$fresh"
    fi
  } 8>"$LAB_CACHE/fetch.lock"
  basename "$folder"/lib/modules/*
}

# kernel_package META: print the package that it stands for.
kernel_package() {
  local package
  package=$(apt-cache depends "$1" 2>/dev/null | awk '/Depends: linux-image/ {print $2; exit}')
  if [[ -z $package ]]; then
    if ((EUID == 0)); then apt-get update -q >&2; else sudo apt-get update -q >&2; fi
    package=$(apt-cache depends "$1" | awk '/Depends: linux-image/ {print $2; exit}')
  fi
  [[ -n $package ]] || die "apt knows no $1: apt-get update"
  echo "$package"
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
