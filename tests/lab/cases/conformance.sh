#!/usr/bin/env bash
# 100,000 random transitions of MSI-X (mask, unmask, function mask, enable, retarget, fire) and 20,000 of MSI and INTx, by a
# guest that has nothing else to do: what it counts is exactly what a model of the specification expects.
# lab: --devices rocker,edu
# timeout: 600
source tests/lab/case.sh

cat >"$WORK/conformance.yaml" <<YAML
name: conformance
memory: 64MiB
boot: {kernel: $(realpath "${VIREO%/*}/lab/guests/conformance")}
pcie:
  - {root_port: rp0, device: {vfio: $(lspci -Dd 1b36:0006 | cut -d' ' -f1)}}
  - {root_port: rp1, device: {vfio: $(lspci -Dd 1234:11e8 | cut -d' ' -f1)}}
YAML
timeout 500 "$VIREO" run "$WORK/conformance.yaml" </dev/null | tee "$WORK/guest.log"
assert_contains "$WORK/guest.log" "conformance: ok"
