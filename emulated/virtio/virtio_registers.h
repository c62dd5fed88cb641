#pragma once

#include <cstdint>

// virtio over PCI, virtio 1.2 4.1.4. Units: bytes.
namespace vireo::emulated {

// The common configuration structure, 4.1.4.3.
enum class Common : uint8_t {
  kDeviceFeatureSelect = 0x00,
  kDeviceFeature = 0x04,
  kDriverFeatureSelect = 0x08,
  kDriverFeature = 0x0c,
  kConfigVector = 0x10,
  kQueues = 0x12,
  kDeviceStatus = 0x14,
  kConfigGeneration = 0x15,
  kQueueSelect = 0x16,
  kQueueSize = 0x18,
  kQueueVector = 0x1a,
  kQueueEnable = 0x1c,
  kQueueNotifyOffset = 0x1e,
  kQueueDescriptors = 0x20,
  kQueueDriver = 0x28,
  kQueueDevice = 0x30,
  kQueueReset = 0x3a,  // after the word for notification data, which is not offered
};
constexpr uint64_t kCommonSize = 0x3c;

// Device status, 2.1.
constexpr uint8_t kStatusDriverOk = 4;
constexpr uint8_t kStatusFeaturesOk = 8;
constexpr uint8_t kStatusNeedsReset = 64;

// ISR status, 4.1.4.5.
constexpr uint8_t kIsrQueue = 1;
constexpr uint8_t kIsrConfig = 2;

constexpr uint16_t kNoVector = 0xffff;  // 4.1.5.1.2

// cfg_type of the capabilities, 4.1.4.
enum class Structure : uint8_t { kCommon = 1, kNotify = 2, kIsr = 3, kDevice = 4, kPciConfig = 5 };

// Where each structure is in BAR 0.
constexpr uint32_t kCommonStart = 0x0000;
constexpr uint32_t kIsrStart = 0x1000;
constexpr uint32_t kDeviceStart = 0x2000;
constexpr uint32_t kDeviceSize = 0x1000;
constexpr uint32_t kNotifyStart = 0x3000;
constexpr uint32_t kNotifyMultiplier = 4;
constexpr uint32_t kTableStart = 0x4000;
constexpr uint32_t kPendingStart = 0x5000;
constexpr uint32_t kVirtioBarSize = 0x8000;

// BAR 1, of I/O ports: doorbells alone.
constexpr unsigned kPortBar = 1;
constexpr uint32_t kPortBarSize = 256;  // the most that one has. PCI 3.0 6.2.5.1
constexpr uint32_t kPortMultiplier = 2;
constexpr size_t kMostPortDoorbells = kPortBarSize / kPortMultiplier;

}  // namespace vireo::emulated
