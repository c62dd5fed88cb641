#!/usr/bin/env bash
# Each call by which vireo asks VFIO or the IOMMU for something fails once, with the errors that the kernel has for it:
# vireo ends with a stated code and says which call failed and how, and the VF is back with what it had.
# lab: --devices nvme
# timeout: 420
source tests/lab/case.sh

vf=$(tests/lab/nvme-vf "$(nvme_pf)" 1)
before=$(driver_of "$vf")
make_initrd "$WORK/initrd" 'poweroff -f'
write_guest "$WORK/guest.yaml" "$WORK/initrd" "  - {root_port: rp0, device: {vfio: $vf}}"
# With their paths only: what strace is to look at, and to count.
group=/dev/vfio/$(basename "$(readlink "/sys/bus/pci/devices/$vf/iommu_group")")
device='anon_inode:[vfio-device]'
container=/dev/vfio/vfio

# run_traced PATH CALLS OUT [INJECTION...]: vireo, its calls on that path into OUT; returns its exit code.
run_traced() {
  local path=$1 calls=$2 out=$3
  shift 3
  timeout 60 strace -f -P "$path" -e "trace=$calls" -o "$out" "$@" "$VIREO" run "$WORK/guest.yaml" </dev/null >"$WORK/guest.log" 2>&1
}

# fail_each PATH CALL ERRNO...: let each CALL on PATH up to the guest's start fail with each error.
failed=0
tolerated=0
fail_each() {
  local path=$1 call=$2 count when errno status
  shift 2
  run_traced "$path" "$call" "$WORK/calls" || fail "a guest that nothing disturbs ended with $?"
  # strace counts each thread's calls for itself.
  count=$(awk -v call="$call(" 'index($0, call) && ++calls[$1] > most {most = calls[$1]} END {print most + 0}' "$WORK/calls")
  ((count > 0)) || fail "no $call on $path: does strace know it?"
  ((count <= 12)) || fail "$count times $call on $path: more than a start takes; does the guest drive the device?"
  for ((when = 1; when <= count; when++)); do
    for errno in "$@"; do
      status=0
      run_traced "$path" "$call" "$WORK/calls" -e "inject=$call:error=$errno:when=$when" || status=$?
      grep -q INJECTED "$WORK/calls" || fail "$call $when on $path was not reached"
      check_end "$call $when on $path with $errno" "$status" "$errno"
    done
  done
}

# check_end WHAT STATUS ERRNO
check_end() {
  case $2 in
    0) tolerated=$((tolerated + 1)) ;;
    4 | 5 | 7)
      failed=$((failed + 1))
      grep -q "error: .*$3" "$WORK/guest.log" || fail "$1: no error names it"
      grep -q "^help: " "$WORK/guest.log" || fail "$1: no help"
      ;;
    *) fail "$1: exit code $2" ;;
  esac
  echo "$1: exit $2: $(grep INJECTED "$WORK/calls" | head -n 1 | sed 's/^[0-9]* *//; s/ *= .*//'): $(grep -m 1 -A 1 "error: " "$WORK/guest.log" | tr '\n' ' ')"
  assert_equal "$before" "$(driver_of "$vf")" "$1: the driver afterwards"
  [[ -z $(ls /run/vireo/claims 2>/dev/null) ]] || fail "$1: a journal is left"
}

fail_each "$container" openat EPERM
fail_each "$container" ioctl ENOMEM ENOSPC
fail_each "$group" openat EBUSY
fail_each "$group" ioctl EPERM ENODEV
fail_each "$device" ioctl EIO
fail_each "$device" pread64 EIO
fail_each "$device" mmap ENOMEM
echo "$failed faults ended vireo, $tolerated were lived with"
((failed >= 15)) || fail "that is few"
