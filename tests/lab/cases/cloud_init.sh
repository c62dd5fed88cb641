#!/usr/bin/env bash
# `cloud_init`: a guest's kernel mounts its disk by the label that cloud-init looks for, and finds the files there.
# lab: --devices edu
# timeout: 300
source tests/lab/case.sh

printf '#cloud-config\nhostname: web1\n' >"$WORK/user.yaml"
printf 'version: 2\nethernets: {}\n' >"$WORK/network.yaml"
# shellcheck disable=SC2016 # for the guest
make_initrd "$WORK/initrd" '
disk=$(findfs LABEL=cidata)
echo "disk: $disk serial $(cat /sys/block/${disk#/dev/}/serial) read-only $(cat /sys/block/${disk#/dev/}/ro)"
mkdir /seed && mount -t iso9660 -o ro "$disk" /seed
cd /seed && for file in *; do sed "s/^/$file: /" "$file"; done
dmesg | grep -iE "(virtio|vda|isofs).*(warn|error|invalid|fail)|I/O error" | sed "s/^/complaint: /"
' virtio_pci virtio_blk isofs
write_guest "$WORK/seed.yaml" "$WORK/initrd" "  []"
echo "cloud_init: {user_data: user.yaml, network: network.yaml}" >>"$WORK/seed.yaml"
"$VIREO" plan "$WORK/seed.yaml" | tee "$WORK/plan"
assert_contains "$WORK/plan" "virtio block@cloud-init  <- cloud_init's files"
run_guest "$WORK/seed.yaml" || fail "vireo ended with $?"
cat "$WORK/guest.log"
for line in "disk: /dev/vda serial cidata read-only 1" "user-data: hostname: web1" "network-config: version: 2" \
  "meta-data: instance-id: seed-" "meta-data: local-hostname: seed"; do
  assert_contains "$WORK/guest.log" "$line"
done
assert_not_contains "$WORK/guest.log" "complaint: "

# Nothing is begun with files that cloud-init would not take.
echo "hostname: web1" >"$WORK/user.yaml"
status=0
run_guest "$WORK/seed.yaml" || status=$?
assert_equal 6 "$status" "exit code of user data without a beginning"
assert_contains "$WORK/guest.log" "cloud-init would ignore it"
assert_contains "$WORK/guest.log" "begin it with the line #cloud-config"
