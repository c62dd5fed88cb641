#include "emulated/nvme/nvme_function.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "emulated/register_bytes.h"

namespace vireo::emulated {

using nvme::Reg;

namespace {

// Of the range that its owner gives to experiments: nobody has registered a vireo yet.
constexpr uint16_t kVendor = 0x1af4;
constexpr uint16_t kDevice = 0x10f0;
constexpr uint32_t kClass = 0x010802;  // PCI Code and ID Assignment specification 1.16, 1.2

using Register = NamedRegister<Reg>;
constexpr std::array kRegisters{
    Register{Reg::kCapabilities, 8},       Register{Reg::kVersion, 4},         Register{Reg::kInterruptMaskSet, 4},
    Register{Reg::kInterruptMaskClear, 4}, Register{Reg::kConfiguration, 4},   Register{Reg::kStatus, 4},
    Register{Reg::kAdminQueueSizes, 4},    Register{Reg::kAdminSubmission, 8}, Register{Reg::kAdminCompletion, 8}};

constexpr bool is_set_of_bits(Reg name) {
  return name == Reg::kInterruptMaskSet || name == Reg::kInterruptMaskClear;
}

}  // namespace

NvmeFunction::NvmeFunction(const std::string& name, DiskImage& image, const DiskDeviceSettings& settings,
                           const std::array<uint8_t, 8>& extended, const Surroundings& around)
    : EndpointFunction(
          name, {.vendor = kVendor, .device = kDevice, .revision = 1, .class_code = kClass, .subsystem = kDevice},
          {.table = nvme::kTableStart, .pending = nvme::kPendingStart, .count = settings.queues + 1},
          {.router = around.router, .loop = around.loop, .place = around.place}),
      controller_(image, settings, extended, around.memory, *this, around.loop) {
  define_bar(0, planned_bars()[0]);
  for (unsigned queue = 1; queue <= controller_.queues(); ++queue)
    bells_.push_back({.offset = nvme::kDoorbells + uint64_t{2} * queue * nvme::kDoorbellSize,
                      .width = 0,
                      .event = &controller_.doorbell(queue)});
  seal();
}

NvmeFunction::~NvmeFunction() {
  controller_.disable();  // its threads interrupt
}

pci::Bars NvmeFunction::planned_bars() {
  pci::Bars bars;
  bars[0] = {.kind = pci::BarKind::kMemory64, .size = nvme::kBarSize};
  return bars;
}

std::span<const pci::BarDoorbell> NvmeFunction::doorbells(unsigned bar) const noexcept {
  return bar == 0 && bells_ring_ ? std::span<const pci::BarDoorbell>(bells_) : std::span<const pci::BarDoorbell>();
}

bool NvmeFunction::asserted() const noexcept {
  return controller_.unread(~masked_.load());
}

pci::ConfigEffects NvmeFunction::write_config(uint16_t offset, unsigned width, uint32_t value) noexcept {
  const pci::ConfigEffects effects = EndpointFunction::write_config(offset, width, value);
  controller_.allow_dma(masters_bus());
  return effects;
}

void NvmeFunction::read_bar(unsigned, uint64_t offset, std::span<uint8_t> data) noexcept {
  if (offset >= nvme::kPendingStart) return vectors().read_pending(offset - nvme::kPendingStart, data);
  if (offset >= nvme::kTableStart) return vectors().read_table(offset - nvme::kTableStart, data);
  std::ranges::fill(data, uint8_t{0});
  const std::lock_guard lock(mutex_);
  read_registers(offset, data);
}

pci::BarEffects NvmeFunction::write_bar(unsigned, uint64_t offset, std::span<const uint8_t> data) noexcept {
  if (offset >= nvme::kPendingStart) return {};
  if (offset >= nvme::kTableStart) {
    vectors().write_table(offset - nvme::kTableStart, data);
    return {};
  }
  if (offset < nvme::kDoorbells) {
    const std::lock_guard lock(mutex_);
    write_registers(offset, data);
  } else if (offset % nvme::kDoorbellSize == 0 && data.size() == nvme::kDoorbellSize) {  // 3: others mean nothing
    uint16_t value = 0;
    std::memcpy(&value, data.data(), sizeof value);
    controller_.ring(static_cast<unsigned>((offset - nvme::kDoorbells) / nvme::kDoorbellSize), value);
  }
  const bool ring = controller_.uses_shadows();
  return {.doorbells = bells_ring_.exchange(ring) != ring};
}

uint64_t NvmeFunction::value_of(Reg name) const noexcept {
  switch (name) {
    case Reg::kCapabilities:
      return (nvme::kMaxEntries - 1) | nvme::kContiguous | nvme::kTimeout | nvme::kNvmCommandSet;
    case Reg::kVersion:
      return nvme::kVersion14;
    case Reg::kInterruptMaskSet:
    case Reg::kInterruptMaskClear:
      return masked_;
    case Reg::kConfiguration:
      return configuration_;
    case Reg::kStatus:
      return status_;
    case Reg::kAdminQueueSizes:
      return admin_sizes_;
    case Reg::kAdminSubmission:
      return admin_submission_;
    case Reg::kAdminCompletion:
      return admin_completion_;
  }
  return 0;
}

void NvmeFunction::set(Reg name, uint64_t value) noexcept {
  const auto low = static_cast<uint32_t>(value);
  switch (name) {
    case Reg::kInterruptMaskSet:
      masked_ |= low;
      return;
    case Reg::kInterruptMaskClear:
      masked_ &= ~low;
      if (asserted()) raise_line();
      return;
    case Reg::kConfiguration:
      return configure(low & nvme::kConfigurationMask);
    case Reg::kAdminQueueSizes:
      admin_sizes_ = low & nvme::kAdminSizesMask;
      return;
    case Reg::kAdminSubmission:
      admin_submission_ = value & ~uint64_t{nvme::kPageSize - 1};
      return;
    case Reg::kAdminCompletion:
      admin_completion_ = value & ~uint64_t{nvme::kPageSize - 1};
      return;
    default:
      return;  // read-only
  }
}

// NVMe 1.4 3.1.5, 7.3.2, 7.6.2.
void NvmeFunction::configure(uint32_t value) noexcept {
  const uint32_t before = std::exchange(configuration_, value);
  const uint32_t sizes = nvme::kCommandShift << nvme::kSubmissionEntryShift | nvme::kCompletionShift
                                                                                  << nvme::kCompletionEntryShift;
  controller_.allow_queues((value >> nvme::kSubmissionEntryShift) == (sizes >> nvme::kSubmissionEntryShift));
  if ((before & nvme::kEnable) != 0 && (value & nvme::kEnable) == 0) disable();
  if ((before & nvme::kEnable) == 0 && (value & nvme::kEnable) != 0) enable();
  if ((before & nvme::kShutdownMask) == 0 && (value & nvme::kShutdownMask) != 0) {
    controller_.flush();
    status_ |= nvme::kShutdownComplete;
  }
}

void NvmeFunction::enable() noexcept {
  constexpr uint32_t kUnsupported = nvme::kCommandSetMask | nvme::kPageSizeMask | nvme::kArbitrationMask;
  const uint32_t submissions = (admin_sizes_ & 0xfff) + 1;
  const uint32_t completions = (admin_sizes_ >> nvme::kAdminCompletionShift) + 1;
  const bool valid = (configuration_ & kUnsupported) == 0 && submissions >= 2 && completions >= 2 &&
                     controller_.enable({.submission = base::GuestAddress(admin_submission_),
                                         .completion = base::GuestAddress(admin_completion_),
                                         .submission_entries = submissions,
                                         .completion_entries = completions});
  status_ = valid ? nvme::kReady : nvme::kFatal;
}

void NvmeFunction::disable() noexcept {
  controller_.disable();
  masked_ = 0;
  status_ = 0;
}

void NvmeFunction::reset() noexcept {
  {
    const std::lock_guard lock(mutex_);
    disable();
    configuration_ = admin_sizes_ = 0;
    admin_submission_ = admin_completion_ = 0;
  }
  controller_.allow_dma(false);
  bells_ring_ = false;
  EndpointFunction::reset();
}

void NvmeFunction::read_registers(uint64_t offset, std::span<uint8_t> data) const noexcept {
  load_registers<Reg>(kRegisters, offset, data, [this](Reg name) { return value_of(name); });
}

// Bytes that a store leaves alone set no bits.
void NvmeFunction::write_registers(uint64_t offset, std::span<const uint8_t> data) noexcept {
  store_registers<Reg>(
      kRegisters, offset, data, [this](Reg name) { return is_set_of_bits(name) ? 0 : value_of(name); },
      [this](Reg name, uint64_t value) { set(name, value); });
}

}  // namespace vireo::emulated
