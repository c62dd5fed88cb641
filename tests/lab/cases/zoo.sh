#!/usr/bin/env bash
# The zoo's visitors by Debian 12's QEMU; see tests/lab/zoo.sh.
# lab: --devices nvme,e1000e,pci-bridge,ahci,ivshmem,display --memory 7G
# timeout: 1500
source tests/lab/zoo.sh

card_of() { basename "$(readlink -f "/sys/bus/pci/drivers/$1"/0000:* | sed -n "${2}p")"; }
endpoint() { lspci -Dd "$1" | grep -v 0000:00: | cut -d' ' -f1; }
pf=$(nvme_pf)
e1000s=("$(card_of e1000 1)" "$(card_of e1000 2)")
visit "NVMe PF" nvme nvme MSI-X "" "$pf"
visit "NVMe PF" nvme nvme INTx "msix: hide" "$pf"
vf=$(tests/lab/nvme-vf "$pf" 1)
visit "NVMe VF" nvme nvme MSI-X "" "$vf"
visit e1000e nic e1000e MSI-X "" "$(card_of e1000e 1)"
visit e1000e nic e1000e INTx "msix: hide, msi: hide" "$(card_of e1000e 1)"
visit "e1000, two in a group" nic e1000 INTx "" "${e1000s[@]}"
visit "AHCI" ahci ahci MSI "" "$(endpoint ::0106)"
visit "ivshmem" memory 2 none "" "$(endpoint 1af4:1110)"
visit "bochs display" memory 0 none "" "$(endpoint 1234:1111)"
((broken == 0)) || fail "the zoo has gaps"
