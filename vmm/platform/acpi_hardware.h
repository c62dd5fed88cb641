#pragma once

#include <cstdint>

// ACPI fixed hardware: what the FADT promises (vmm/boot) and PowerManagement keeps (emulated/legacy).
// Offsets are from kPmBase and those of ICH9. Source: ACPI 6.5 4.8; Intel ICH9 datasheet 13.8.3.
namespace vireo::platform {

constexpr uint16_t kPm1EventOffset = 0x00;  // PM1_STS, PM1_EN
constexpr uint8_t kPm1EventLength = 4;
constexpr uint16_t kPm1ControlOffset = 0x04;  // PM1_CNT
constexpr uint8_t kPm1ControlLength = 2;
constexpr uint16_t kPmTimerOffset = 0x08;  // PM_TMR
constexpr uint8_t kPmTimerLength = 4;
constexpr uint16_t kGpe0Offset = 0x20;  // GPE0_STS, then GPE0_EN: half of the length each
constexpr uint8_t kGpe0Length = 4;      // ICH9 has 16; each byte costs the guest's start a trapped access
constexpr uint16_t kPmPorts = 0x80;

constexpr uint64_t kPmTimerHertz = 3'579'545;  // ACPI 6.5 4.8.2.1
constexpr uint8_t kSleepTypeSoftOff = 5;       // what \_S5 says and SLP_TYP gets
constexpr uint8_t kResetValue = 6;             // FADT RESET_VALUE for kResetPort: full system reset

}  // namespace vireo::platform
