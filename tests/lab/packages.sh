# shellcheck shell=bash
# The one place with the names of the Debian packages that vireo is built, tested and shown with.

# Read by the scripts that source this file.
# shellcheck disable=SC2034
BUILD_PACKAGES=(g++ ccache cmake ninja-build pkg-config git ca-certificates libpci-dev libspdlog-dev
                libyaml-cpp-dev liburing-dev libarchive-dev libnl-route-3-dev libnvme-dev
                libgtest-dev libgmock-dev libcli11-dev nlohmann-json3-dev)
# shellcheck disable=SC2034
LINT_PACKAGES=(clang-format clang-14 clang-tidy-14 shellcheck libxml2-utils groff-base zsh fish)
# shellcheck disable=SC2034
LAB_PACKAGES=(qemu-system-x86 busybox-static fio nvme-cli pciutils acpica-tools cpio xz-utils zstd kmod openssl procps
              coreutils util-linux bsdutils e2fsprogs iproute2 socat strace seabios ovmf grub-common grub-pc-bin
              grub-efi-amd64-bin mtools fdisk dmidecode debootstrap passt jq dmsetup)

# shellcheck disable=SC2034
BENCH_PACKAGES=(libc6-dev)
# shellcheck disable=SC2034
EMULATOR_PACKAGES=(gcc dpkg-dev python3 meson ninja-build flex bison pkg-config libglib2.0-dev libpixman-1-dev zlib1g-dev
                   libfdt-dev libslirp-dev libattr1-dev libcap-ng-dev)

# missing_packages NAME...: print those that are not installed, one a line.
missing_packages() {
  local package
  for package in "$@"; do
    [[ $(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null) == installed ]] || echo "$package"
  done
}

# install_packages NAME...: say what is missing, then install it, as root or by sudo.
install_packages() {
  local missing sudo=()
  mapfile -t missing < <(missing_packages "$@")
  ((${#missing[@]})) || return 0
  echo "These Debian packages are missing and will be installed: ${missing[*]}" >&2
  if ((EUID != 0)); then
    command -v sudo >/dev/null || { echo "error: not root, and there is no sudo; run as root: apt-get install ${missing[*]}" >&2; return 1; }
    sudo=(sudo)
  fi
  "${sudo[@]}" apt-get update -q >&2
  "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}" >&2
}
