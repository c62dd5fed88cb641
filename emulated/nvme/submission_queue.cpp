#include "emulated/nvme/submission_queue.h"

#include <utility>

#include "emulated/nvme/prp_list.h"

namespace vireo::emulated::nvme {

using Kind = DiskRequest::Kind;

SubmissionQueue::SubmissionQueue(Shared& shared, uint16_t id, const DiskQueue::Settings& settings)
    : shared_(shared), id_(id), pending_(settings.depth), disk_(shared.image, settings) {
  free_.reserve(settings.depth);
  backlog_.reserve(size_t{settings.depth} + 1);
}

void SubmissionQueue::open(const Layout& layout, const std::optional<ShadowDoorbell>& shadow) noexcept {
  layout_ = layout;
  shadow_ = shadow;
  rung_tail_ = head_ = 0;
  backlog_.clear();
}

void SubmissionQueue::close() noexcept {
  run(false);
  layout_.reset();
}

// The disk's thread looks at nothing of this before disk_.start(), and after disk_.stop().
void SubmissionQueue::run(bool wanted) noexcept {
  const bool runs = wanted && layout_;
  if (runs == std::exchange(runs_, runs)) return;
  if (!runs) return disk_.stop();
  starved_ = posted_ = false;
  free_.clear();
  for (size_t i = 0; i < pending_.size(); ++i) free_.push_back(static_cast<DiskTag>(i));
  disk_.start(*this, doorbell_);
}

void SubmissionQueue::ring(uint32_t tail) noexcept {
  rung_tail_.store(tail, std::memory_order_release);
  doorbell_.signal();
}

// A tail that is none says nothing. NVMe 1.4 5.2.1, Invalid Doorbell Write Value.
uint32_t SubmissionQueue::tail() const noexcept {
  const uint32_t value = shadow_ ? shadow_->load() : rung_tail_.load(std::memory_order_acquire);
  return value < layout_->entries ? value : head_;
}

// One round at most: what comes meanwhile has its turn after the others'.
void SubmissionQueue::serve() noexcept {
  post_backlog();
  for (unsigned i = 0; i < layout_->entries; ++i)
    if (!fetch()) return;
  doorbell_.signal();
}

// Return whether there was a command, and room for it.
bool SubmissionQueue::fetch() noexcept {
  if (!backlog_.empty()) return false;  // until the driver makes room, and rings
  if (head_ == tail() && (!shadow_ || !shadow_->want_after(head_) || head_ == tail())) return false;
  starved_ = free_.empty();
  if (starved_) return false;
  const auto command = layout_->memory.copy<Command>(uint64_t{head_} << kCommandShift);
  head_ = (head_ + 1) % layout_->entries;
  take(command);
  return true;
}

void SubmissionQueue::take(const Command& command) noexcept {
  if (const auto ended = begin(command)) finish(command.id, *ended);
}

// Give the command to the disk; or return how it ended already.
std::optional<Status> SubmissionQueue::begin(const Command& command) noexcept {
  const auto opcode = static_cast<Opcode>(command.opcode);
  const bool all = opcode == Opcode::kFlush && command.name_space == kAllNamespaces;
  if (command.name_space != kNamespace && !all) return Status::kInvalidNamespace;
  if (command.flags != 0) return Status::kInvalidField;  // neither fused, nor with an SGL: 4.2
  switch (opcode) {
    case Opcode::kFlush:
      return submit(command, {.kind = Kind::kFlush});
    case Opcode::kWrite:
      return transfer(command, Kind::kWrite);
    case Opcode::kRead:
      return transfer(command, Kind::kRead);
    case Opcode::kWriteZeroes:
      return write_zeroes(command);
    case Opcode::kDatasetManagement:
      return deallocate(command, 0);
  }
  return Status::kInvalidOpcode;
}

bool SubmissionQueue::in_disk(uint64_t first, uint64_t blocks) const noexcept {
  const uint64_t all = shared_.blocks();
  return blocks <= all && first <= all - blocks;
}

bool SubmissionQueue::durable(const Command& command) const noexcept {
  return (command.dword(12) & kForceUnitAccess) != 0 || !shared_.write_cache.load(std::memory_order_relaxed);
}

namespace {

// Where a read, a write and a write of zeros begin, and how many blocks they have. 6.9, 6.15, 6.16
uint64_t first_block(const Command& command) {
  return command.dword(10) | uint64_t{command.dword(11)} << 32;
}
uint64_t block_count(const Command& command) {
  return uint64_t{command.dword(12) & 0xffff} + 1;
}

}  // namespace

std::optional<Status> SubmissionQueue::transfer(const Command& command, Kind kind) noexcept {
  constexpr uint64_t kMost = uint64_t{kPageSize} << kTransferPagesShift;
  const uint64_t blocks = block_count(command);
  const uint64_t length = blocks * shared_.block_size();
  if (!in_disk(first_block(command), blocks)) return Status::kOutOfRange;
  if (length > kMost) return Status::kInvalidField;
  if (kind == Kind::kWrite && shared_.image.read_only()) return Status::kWriteProtected;
  std::array<iovec, kMaxDiskBuffers> buffers;
  const PrpBuffers found = find_data(shared_.memory, command, length, buffers);
  if (found.status != Status::kSuccess) return found.status;
  return submit(command, {.kind = kind,
                          .durable = kind == Kind::kWrite && durable(command),
                          .offset = first_block(command) * shared_.block_size(),
                          .length = length,
                          .buffers = std::span(buffers).first(found.count)});
}

std::optional<Status> SubmissionQueue::write_zeroes(const Command& command) noexcept {
  const uint64_t blocks = block_count(command);
  if (!in_disk(first_block(command), blocks)) return Status::kOutOfRange;
  if (shared_.image.read_only()) return Status::kWriteProtected;
  return submit(command, {.kind = Kind::kWriteZeroes,
                          .durable = durable(command),
                          .may_unmap = (command.dword(12) & kDeallocate) != 0,
                          .offset = first_block(command) * shared_.block_size(),
                          .length = blocks * shared_.block_size()});
}

// One range after the other; each is read when it has its turn, and checked then. 6.7: all but deallocate is a hint
// that may be left.
std::optional<Status> SubmissionQueue::deallocate(const Command& command, unsigned range) noexcept {
  const unsigned ranges = (command.dword(10) & 0xff) + 1;
  if ((command.dword(11) & kAttributeDeallocate) == 0) return Status::kSuccess;
  if (shared_.image.read_only()) return Status::kWriteProtected;
  std::array<BlockRange, kPageSize / sizeof(BlockRange)> all;
  const std::span bytes(reinterpret_cast<uint8_t*>(all.data()), ranges * sizeof(BlockRange));
  if (const Status status = read_data(shared_.memory, command, bytes); status != Status::kSuccess) return status;
  while (range < ranges && all[range].blocks == 0) ++range;
  if (range == ranges) return Status::kSuccess;
  if (!in_disk(all[range].first, all[range].blocks)) return Status::kOutOfRange;
  return submit(command,
                {.kind = Kind::kDiscard,
                 .offset = all[range].first * shared_.block_size(),
                 .length = uint64_t{all[range].blocks} * shared_.block_size()},
                range);
}

// Precondition: there is a free tag.
std::optional<Status> SubmissionQueue::submit(const Command& command, const DiskRequest& request,
                                              unsigned range) noexcept {
  const DiskTag tag = free_.back();
  free_.pop_back();
  pending_[tag] = {.command = command, .range = range};
  disk_.submit(tag, request);
  return std::nullopt;
}

void SubmissionQueue::done(DiskTag tag, DiskResult result) noexcept {
  free_.push_back(tag);
  const Pending pending = pending_[tag];
  const auto opcode = static_cast<Opcode>(pending.command.opcode);
  if (result == DiskResult::kUnsupported) return finish(pending.command.id, Status::kInvalidOpcode);
  if (result == DiskResult::kFailed)
    return finish(pending.command.id, opcode == Opcode::kRead ? Status::kUnrecoveredRead : Status::kWriteFault);
  std::optional<Status> status = Status::kSuccess;
  if (opcode == Opcode::kDatasetManagement) status = deallocate(pending.command, pending.range + 1);
  if (status) finish(pending.command.id, *status);
}

void SubmissionQueue::finish(uint16_t command, Status status) noexcept {
  const Completion entry{
      .head = static_cast<uint16_t>(head_), .queue = id_, .command = command, .status = status_word(status)};
  if (backlog_.empty() && layout_->completions->post(entry))
    posted_ = true;
  else
    backlog_.push_back(entry);
}

void SubmissionQueue::post_backlog() noexcept {
  size_t posted = 0;
  while (posted < backlog_.size() && layout_->completions->post(backlog_[posted])) ++posted;
  backlog_.erase(backlog_.begin(), backlog_.begin() + static_cast<std::ptrdiff_t>(posted));
  posted_ |= posted > 0;
}

// Who is stopped fetches no more: the doorbell is not watched then.
void SubmissionQueue::settle() noexcept {
  if (starved_ && !free_.empty()) doorbell_.signal();
  if (!std::exchange(posted_, false)) return;
  if (const auto vector = layout_->completions->vector()) shared_.interrupts.fire(*vector);
}

}  // namespace vireo::emulated::nvme
