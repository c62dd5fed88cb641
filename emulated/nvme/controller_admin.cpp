// The admin commands. NVMe 1.4 5.
#include <algorithm>
#include <cstring>

#include "emulated/nvme/controller.h"
#include "emulated/nvme/prp_list.h"
#include "emulated/nvme/registers.h"

namespace vireo::emulated::nvme {
namespace {

// Of commands that make and end queues: 5.3 to 5.6.
constexpr uint32_t kContiguousQueue = 1;  // dword 11
constexpr uint32_t kInterruptsEnabled = 2;

uint32_t queue_of(const Command& command) {
  return command.dword(10) & 0xffff;
}
uint32_t entries_of(const Command& command) {
  return (command.dword(10) >> 16) + 1;
}

// What identify shows. 5.15.1
enum class Structure : uint8_t { kOneNamespace, kController, kNamespaces, kDescriptors };

// Log pages. 5.14.1
enum class Log : uint8_t { kErrors = 1, kHealth = 2, kFirmware = 3, kChangedNamespaces = 4 };

Page health_page() {
  constexpr uint16_t kTemperature = 300;  // kelvins
  constexpr uint8_t kSpare = 100;         // percent
  constexpr uint8_t kSpareThreshold = 10;
  Page page = {};
  std::memcpy(&page[1], &kTemperature, sizeof kTemperature);
  page[3] = kSpare;
  page[4] = kSpareThreshold;
  return page;
}

Page firmware_page() {
  Page page = {};
  page[0] = 1;  // the first slot's is active
  std::memcpy(&page[8], "1.0     ", 8);
  return page;
}

}  // namespace

std::optional<Controller::Answer> Controller::execute(const Command& command) noexcept {
  if (command.flags != 0) return Answer{Status::kInvalidField};
  switch (static_cast<AdminOpcode>(command.opcode)) {
    case AdminOpcode::kDeleteSubmission:
      return delete_submission(command);
    case AdminOpcode::kCreateSubmission:
      return create_submission(command);
    case AdminOpcode::kDeleteCompletion:
      return delete_completion(command);
    case AdminOpcode::kCreateCompletion:
      return create_completion(command);
    case AdminOpcode::kGetLogPage:
      return log_page(command);
    case AdminOpcode::kIdentify:
      return identify(command);
    case AdminOpcode::kAbort:
      return Answer{.result = 1};  // it was not aborted: 5.1 has it tried only
    case AdminOpcode::kSetFeatures: {
      const Answer answer = features_.set(command);
      // Who turns the cache off sends no flushes any more.
      if (shared_.write_cache.exchange(features_.write_cache()) && !features_.write_cache()) flush();
      return answer;
    }
    case AdminOpcode::kGetFeatures:
      return features_.get(command);
    case AdminOpcode::kEventRequest:
      return take_event_request(command);
    case AdminOpcode::kDoorbellBuffer:
      return set_doorbell_buffers(command);
  }
  return Answer{Status::kInvalidOpcode};
}

std::optional<ShadowDoorbell> Controller::shadow(uint32_t queue, bool completion) const noexcept {
  if (!shadows_) return std::nullopt;
  return ShadowDoorbell(*shadows_, 2 * queue + (completion ? 1 : 0));
}

// What both kinds of queues are refused for.
Status Controller::check_queue(const Command& command, bool is_open) const noexcept {
  if (!is_queue(queue_of(command)) || is_open) return Status::kInvalidQueue;
  if (entries_of(command) < 2 || entries_of(command) > kMaxEntries || !sizes_valid_) return Status::kInvalidQueueSize;
  if ((command.dword(11) & kContiguousQueue) == 0) return Status::kInvalidField;
  return command.prp1 % kPageSize == 0 ? Status::kSuccess : Status::kInvalidPrpOffset;
}

Controller::Answer Controller::create_completion(const Command& command) noexcept {
  const uint32_t id = queue_of(command);
  if (const Status status = check_queue(command, is_queue(id) && completions_[id].is_open());
      status != Status::kSuccess)
    return {status};
  const uint32_t vector = command.dword(11) >> 16;
  if (vector > queues()) return {Status::kInvalidVector};
  const auto memory = ring_memory(base::GuestAddress(command.prp1), entries_of(command), kCompletionShift);
  if (!memory) return {Status::kTransferError};
  completions_[id].open({.memory = *memory,
                         .entries = entries_of(command),
                         .vector = static_cast<uint16_t>(vector),
                         .interrupts = (command.dword(11) & kInterruptsEnabled) != 0},
                        shadow(id, true));
  return {};
}

Controller::Answer Controller::create_submission(const Command& command) noexcept {
  const uint32_t id = queue_of(command);
  const uint32_t completions = command.dword(11) >> 16;
  if (!is_queue(completions) || !completions_[completions].is_open()) return {Status::kInvalidCompletionQueue};
  if (const Status status = check_queue(command, is_queue(id) && submission(id).layout()); status != Status::kSuccess)
    return {status};
  const auto memory = ring_memory(base::GuestAddress(command.prp1), entries_of(command), kCommandShift);
  if (!memory) return {Status::kTransferError};
  submission(id).open({.memory = *memory, .entries = entries_of(command), .completions = &completions_[completions]},
                      shadow(id, false));
  submission(id).run(may_dma_);
  return {};
}

Controller::Answer Controller::delete_submission(const Command& command) noexcept {
  const uint32_t id = queue_of(command);
  if (!is_queue(id) || !submission(id).layout()) return {Status::kInvalidQueue};
  submission(id).close();
  return {};
}

Controller::Answer Controller::delete_completion(const Command& command) noexcept {
  const uint32_t id = queue_of(command);
  if (!is_queue(id) || !completions_[id].is_open()) return {Status::kInvalidQueue};
  const bool used = std::ranges::any_of(submissions_, [&](const auto& queue) {
    return queue->layout() && queue->layout()->completions == &completions_[id];
  });
  if (used) return {Status::kInvalidDeletion};
  completions_[id].close();
  return {};
}

Controller::Answer Controller::identify(const Command& command) const noexcept {
  const uint32_t name_space = command.name_space;
  Page page = {};
  switch (static_cast<Structure>(command.dword(10))) {
    case Structure::kOneNamespace:
      if (name_space != kNamespace && name_space != kAllNamespaces) return {Status::kInvalidNamespace};
      page = identify_namespace(image_, identity_);
      break;
    case Structure::kController:
      page = identify_controller(identity_);
      break;
    case Structure::kNamespaces:
      if (name_space >= kAllNamespaces - 1) return {Status::kInvalidNamespace};
      page = identify_namespaces(name_space);
      break;
    case Structure::kDescriptors:
      if (name_space != kNamespace) return {Status::kInvalidNamespace};
      page = identify_descriptors(identity_);
      break;
    default:
      return {Status::kInvalidField};
  }
  return {write_data(shared_.memory, command, page)};
}

// Of what a log page's 4 KiB hold.
Controller::Answer Controller::log_page(const Command& command) noexcept {
  Page page = {};
  const auto log = static_cast<Log>(command.dword(10));
  switch (log) {
    case Log::kErrors:
      break;
    case Log::kHealth:
      page = health_page();
      break;
    case Log::kFirmware:
      page = firmware_page();
      break;
    case Log::kChangedNamespaces:
      if (namespace_logged_) page[0] = kNamespace;
      break;
    default:
      return {Status::kInvalidLogPage};
  }
  const uint64_t dwords = (command.dword(10) >> 16 | uint64_t{command.dword(11) & 0xffff} << 16) + 1;
  const uint64_t offset = command.dword(12) | uint64_t{command.dword(13)} << 32;
  if (offset % 4 != 0 || offset >= page.size() || dwords > (page.size() - offset) / 4) return {Status::kInvalidField};
  const Status status = write_data(shared_.memory, command, std::span(page).subspan(offset, dwords * 4));
  constexpr uint32_t kRetainEvent = 1 << 15;
  if (log != Log::kChangedNamespaces || status != Status::kSuccess) return {status};
  namespace_logged_ = false;
  if ((command.dword(10) & kRetainEvent) == 0) notice_masked_ = false;
  return {status};
}

// 5.7. Queues that there are go on from what the driver has in its buffers.
Controller::Answer Controller::set_doorbell_buffers(const Command& command) noexcept {
  const auto values = ring_memory(base::GuestAddress(command.prp1), kPageSize, 0);
  const auto events = ring_memory(base::GuestAddress(command.prp2), kPageSize, 0);
  if (!values || !events) return {Status::kInvalidField};
  for (const auto& queue : submissions_) queue->run(false);
  shadows_ = {.values = *values, .events = *events};
  uses_shadows_ = true;
  for (uint32_t id = 1; id <= queues(); ++id) {
    completions_[id].set_shadow(shadow(id, true));
    submission(id).set_shadow(shadow(id, false));
    submission(id).run(may_dma_);
  }
  return {};
}

std::optional<Controller::Answer> Controller::take_event_request(const Command& command) noexcept {
  if (event_requests_.size() == kEventRequests) return Answer{Status::kEventRequestLimit};
  event_requests_.push_back(command.id);
  return std::nullopt;
}

}  // namespace vireo::emulated::nvme
