#!/usr/bin/env bash
# 20 times four vireos that make and set up VFs of one NVMe controller start at once, and are killed at a random moment each:
# `vireo host restore` makes the host byte for byte what it was.
# lab: --devices nvme
# timeout: 600
source tests/lab/case.sh
source tests/lab/vf_state.sh

controller=$(nvme_pf)
echo auto >"/sys/bus/pci/devices/$controller/power/control"
vf_state "$controller" >"$WORK/before"
make_initrd "$WORK/initrd" 'sleep 1000' nvme
for number in {1..4}; do
  write_guest "$WORK/g$number.yaml" "$WORK/initrd" \
    "  - {root_port: rp0, device: {vf: {pf: nvme0, create: 4, queues: 2, interrupts: 1, namespaces: [1]}}}" memory=256MiB
done
kill_guests 3 "$controller"
