// A guest's stores into an MSI-X table and its Message Control, of any width and in any order, while vectors fire: a
// vector is delivered exactly while it is enabled and unmasked.
#include <sys/eventfd.h>

#include <cstring>

#include "tests/fakes/fake_device.h"
#include "tests/fakes/fake_interrupt_router.h"
#include "vfio/interrupts.h"
#include "vmm/base/log.h"

namespace {

using namespace vireo;

constexpr unsigned kVectors = 16;

void require(bool condition) {
  if (!condition) __builtin_trap();
}

struct Step {
  uint8_t what;  // 0: Message Control, 1: a vector fires, 2: a reset, else: the table
  uint8_t width;
  uint16_t offset;
  uint64_t value;
};

bool masked(vfio::Interrupts& interrupts, unsigned vector) {
  std::array<uint8_t, 4> control{};
  interrupts.read_table(16 * vector + 12, control);
  return (control[0] & 1) != 0;
}

void check(vfio::Interrupts& interrupts, uint32_t control) {
  const vfio::InterruptState state = interrupts.state();
  const bool on = (control & vfio::kMsixEnable) != 0;
  require((state.kind == vfio::InterruptKind::kMsix) == on);
  for (const vfio::VectorState& vector : state.vectors) {
    const bool open = on && (control & vfio::kMsixFunctionMask) == 0 && !masked(interrupts, vector.number);
    require(vector.attached == open && vector.masked == !open);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  spdlog::set_level(spdlog::level::off);
  fakes::FakeDevice device;
  fakes::FakeInterruptRouter router;
  device.irqs[vfio::IrqIndex::kMsix] = {.count = kVectors, .resizable = size % 2 == 0};
  vfio::ConfigFindings findings;
  findings.msix = {.offset = 0x60, .vectors = kVectors};
  vfio::Interrupts interrupts(device, findings, {}, router);
  uint32_t control = 0;
  for (Step step; size >= sizeof step; data += sizeof step, size -= sizeof step) {
    std::memcpy(&step, data, sizeof step);
    std::array<uint8_t, 8> bytes{};
    std::memcpy(bytes.data(), &step.value, bytes.size());
    if (step.what % 8 == 0) interrupts.set_msix_control(control = static_cast<uint32_t>(step.value) & 0xc000);
    if (step.what % 8 == 1)
      for (const auto& call : device.irq_calls)
        if (const int event = call.events[step.offset % call.events.size()]; event >= 0) ::eventfd_write(event, 1);
    if (step.what % 8 == 2) {
      interrupts.shut_down();
      interrupts.reset();
      control = 0;
    }
    if (step.what % 8 > 2)
      interrupts.write_table(step.offset % (kVectors * 16 + 8), std::span(bytes).first(1u << (step.width % 4)));
    interrupts.read_pending(step.offset % 8, std::span(bytes).first(1));
    check(interrupts, control);
  }
  return 0;
}
