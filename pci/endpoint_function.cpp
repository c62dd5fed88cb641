#include "pci/endpoint_function.h"

#include "pci/capability_registers.h"

namespace vireo::pci {

EndpointFunction::EndpointFunction(std::string name, const Identity& identity, const Vectors& vectors,
                                   const Surroundings& around)
    : PciFunction(std::move(name)),
      interrupts_(config_,
                  {.capability = kMsixAt,
                   .bar = vectors.bar,
                   .table = vectors.table,
                   .pending = vectors.pending,
                   .vectors = vectors.count,
                   .requester = around.place.requester},
                  around.router),
      line_(around.place.lines[0], around.router, around.loop, [this] { return asserted(); }) {
  config_.set(kVendorId, 2, identity.vendor);
  config_.set(kDeviceId, 2, identity.device);
  config_.set(kRevision, 1, identity.revision);
  config_.set(kClassCode, 3, identity.class_code);
  config_.set(kSubsystemVendor, 4, uint32_t{identity.subsystem} << 16 | identity.vendor);
  for (const Register& reg : {kCommandRegister, kStatusRegister, kCacheLineSizeRegister, kInterruptLineRegister})
    config_.define(reg);
  config_.set(kInterruptPin, 1, 1);  // INTA
  config_.set(kCapabilityPointer, 1, kExpressAt);
  config_.set(kExpressAt, 2, kMsixAt << 8 | static_cast<uint32_t>(CapabilityId::kExpress));
  for (const Register& reg : {kExpressCapabilitiesRegister, kDeviceCapabilitiesRegister, kDeviceControlRegister,
                              kDeviceStatusRegister, kLinkCapabilitiesRegister, kLinkControlRegister,
                              kLinkStatusRegister, kLinkCapabilities2Register, kLinkControl2Register})
    config_.define(reg, kExpressAt);
}

void EndpointFunction::seal() {
  config_.seal();
  route_interrupts();
}

uint32_t EndpointFunction::read_config(uint16_t offset, unsigned width) noexcept {
  uint32_t value = PciFunction::read_config(offset, width);
  if (asserted() && !uses_msix_ && offset <= kStatus && kStatus < offset + width)
    value |= uint32_t{kStatusInterrupt} << 8 * (kStatus - offset);
  return value;
}

ConfigEffects EndpointFunction::write_config(uint16_t offset, unsigned width, uint32_t value) noexcept {
  const ConfigEffects effects = PciFunction::write_config(offset, width, value);
  route_interrupts();
  return effects;
}

void EndpointFunction::route_interrupts() noexcept {
  uses_msix_ = (config_.read(kMsixAt + 2, 2) & kMsixEnable) != 0;
  interrupts_.update();
  line_.allow(!uses_msix_ && (config_.read(kCommand, 2) & kCommandIntxDisable) == 0);
}

void EndpointFunction::reset() noexcept {
  PciFunction::reset();
  interrupts_.reset();
  route_interrupts();
}

void EndpointFunction::interrupt(unsigned vector) noexcept {
  if (!interrupts_.raise(vector)) line_.raise();
}

void EndpointFunction::raise_line() noexcept {
  if (!uses_msix_) line_.raise();
}

}  // namespace vireo::pci
