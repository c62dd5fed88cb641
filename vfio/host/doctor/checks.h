#pragma once

#include "vfio/host/doctor/examined_host.h"

// What the doctor looks at, a function a subject. Each adds what it found, and changes nothing.
namespace vireo::host {

void check_kvm(const ExaminedHost& host, Findings& findings);
void check_iommu(const ExaminedHost& host, Findings& findings);
// Whether devices can forge interrupts of others.
void check_interrupt_remapping(const ExaminedHost& host, Findings& findings);
// What of the devices' addresses the IOMMU cannot map, or the firmware keeps.
void check_dma_addresses(const ExaminedHost& host, Findings& findings);
// Which devices come only together, and which bridge is why.
void check_groups(const ExaminedHost& host, Findings& findings);
void check_vfio(const ExaminedHost& host, Findings& findings);
void check_limits(const ExaminedHost& host, Findings& findings);
void check_huge_pages(const ExaminedHost& host, Findings& findings);
// What containers and Secure Boot keep from a program.
void check_confinement(const ExaminedHost& host, Findings& findings);
void check_bars(const ExaminedHost& host, Findings& findings);
void check_power(const ExaminedHost& host, Findings& findings);
void check_resets(const ExaminedHost& host, Findings& findings);
// What keeps a PF from having VFs.
void check_sriov(const ExaminedHost& host, Findings& findings);
// What killed processes left.
void check_claims(const ExaminedHost& host, Findings& findings);
// What the kernel has said of all this.
void check_kernel_log(const ExaminedHost& host, Findings& findings);

}  // namespace vireo::host
