#include "emulated/firmware/flash.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <initializer_list>
#include <utility>

#include "vmm/base/bits.h"

namespace vireo::emulated {
namespace {

enum class Command : uint8_t {
  kProgramAlternate = 0x10,
  kErase = 0x20,
  kProgram = 0x40,
  kClearStatus = 0x50,
  kReadStatus = 0x70,
  kReadIdentifier = 0x90,
  kQuery = 0x98,
  kConfirm = 0xd0,
  kWriteToBuffer = 0xe8,
  kOtherReset = 0xf0,  // AMD's command set: drivers that look for either send both
  kReadArray = 0xff,
};

constexpr uint8_t kReady = 1 << 7;
constexpr uint8_t kEraseError = 1 << 5;
constexpr uint8_t kProgramError = 1 << 4;
constexpr uint8_t kSequenceError = kEraseError | kProgramError;  // both: the command, or its second cycle, is none

constexpr uint8_t kManufacturer = 0x89;  // Intel; the device code is 0, as it is none of theirs
constexpr uint64_t kTableMask = 0xff;    // identifier and query repeat from there on

}  // namespace

Flash::Flash(std::span<uint8_t> content, base::GuestAddress start, platform::MemorySlots& slots, uint32_t block_size)
    : content_(content),
      start_(start),
      slots_(slots),
      block_size_(block_size),
      query_(query_table(content_.size(), block_size)),
      status_(kReady) {
  reconcile_slot();
}

Flash::~Flash() {
  if (mapped_) slots_.unmap(start_);
}

// JESD68.01; from 0x31 on: AP-646. What is not put is 0: none.
Flash::QueryTable Flash::query_table(uint64_t size, uint32_t block_size) {
  QueryTable table{};
  const auto put = [&](size_t offset, std::initializer_list<uint64_t> bytes) {
    std::transform(bytes.begin(), bytes.end(), table.begin() + (offset - kQueryStart),
                   [](uint64_t value) { return static_cast<uint8_t>(value); });
  };
  const uint64_t last_block = size / block_size - 1;
  put(0x10, {'Q', 'R', 'Y', 0x01});                              // command set 0x0001
  put(0x15, {0x31});                                             // where its own table is
  put(0x1b, {0x27, 0x36});                                       // 2.7 to 3.6 V
  put(0x1f, {1, 1, 1});                                          // a byte, a buffer: 2 us; a block: 2 ms
  put(0x23, {4, 4, 4});                                          // at most 16 times that
  put(0x27, {static_cast<uint64_t>(std::bit_width(size - 1))});  // as a power of two: a size that is none has the next
  put(0x28, {0});                                                // 8 bits wide
  put(0x2a, {static_cast<uint64_t>(std::bit_width(kBufferSize - 1))});
  put(0x2c, {1, last_block, last_block >> 8});     // one region of blocks
  put(0x2f, {block_size >> 8, block_size >> 16});  // of that many times 256 bytes
  put(0x31, {'P', 'R', 'I', '1', '0'});            // version 1.0, no optional feature
  put(0x3d, {0x33});                               // best at 3.3 V
  put(0x3f, {1});                                  // protection fields: Linux takes 0 for very many
  return table;
}

void Flash::read(uint64_t offset, std::span<uint8_t> data) noexcept {
  const std::lock_guard lock(mutex_);
  const uint64_t present = bytes_from(offset);
  for (size_t i = 0; i < data.size(); ++i) data[i] = i < present ? load(offset + i) : 0xff;
}

void Flash::write(uint64_t offset, std::span<const uint8_t> data) noexcept {
  const std::lock_guard lock(mutex_);
  const uint64_t present = std::min<uint64_t>(bytes_from(offset), data.size());
  for (size_t i = 0; i < present; ++i) store(offset + i, data[i]);
  reconcile_slot();
}

uint64_t Flash::bytes_from(uint64_t offset) const {
  return offset < size() ? size() - offset : 0;
}

uint8_t Flash::load(uint64_t offset) const {
  const uint64_t index = offset & kTableMask;
  switch (shown_) {
    case Shown::kStatus:
      return status_;
    case Shown::kIdentifier:
      return index == 0 ? kManufacturer : 0;
    case Shown::kQuery:
      return index >= kQueryStart && index - kQueryStart < query_.size() ? query_[index - kQueryStart] : 0;
    case Shown::kArray:
      break;
  }
  return content_[offset];
}

// A store to the device, which `offset` is inside of.
void Flash::store(uint64_t offset, uint8_t value) {
  const bool confirmed = static_cast<Command>(value) == Command::kConfirm;
  switch (cycle_) {
    case Cycle::kCommand:
      return begin(value);
    case Cycle::kProgrammed:
      content_[offset] = value;
      return finish();
    case Cycle::kEraseConfirm:
      return confirmed ? erase(offset) : refuse(kSequenceError);
    case Cycle::kBufferCount:
      buffer_left_ = value + 1u;
      outside_ = false;
      window_.reset();
      cycle_ = Cycle::kBufferData;
      return;
    case Cycle::kBufferData:
      return fill_buffer(offset, value);
    case Cycle::kBufferConfirm:
      return confirmed ? flush_buffer() : refuse(kSequenceError);
  }
}

void Flash::begin(uint8_t command) {
  switch (static_cast<Command>(command)) {
    case Command::kReadArray:
    case Command::kOtherReset:
      shown_ = Shown::kArray;
      return;
    case Command::kClearStatus:
      // The ready bit goes too, until something is done: edk2's QemuFlashDetected takes for flash what shows 0 now.
      status_ = 0;
      shown_ = Shown::kArray;
      return;
    case Command::kReadStatus:
      shown_ = Shown::kStatus;
      return;
    case Command::kReadIdentifier:
      shown_ = Shown::kIdentifier;
      return;
    case Command::kQuery:
      shown_ = Shown::kQuery;
      return;
    case Command::kProgram:
    case Command::kProgramAlternate:
      return expect(Cycle::kProgrammed);
    case Command::kErase:
      return expect(Cycle::kEraseConfirm);
    case Command::kWriteToBuffer:
      status_ |= kReady;  // the driver waits for a free buffer
      return expect(Cycle::kBufferCount);
    default:
      return refuse(kSequenceError);
  }
}

// From a command's first store until another one asks for something else, the status is shown. So it stays after an
// erase, as on hardware and on QEMU: edk2 programs next, and then reads the array.
void Flash::expect(Cycle cycle) {
  shown_ = Shown::kStatus;
  cycle_ = cycle;
}

void Flash::finish() {
  status_ |= kReady;
  cycle_ = Cycle::kCommand;
}

void Flash::refuse(uint8_t errors) {
  status_ |= errors;
  shown_ = Shown::kArray;
  finish();
}

// The block is the confirming store's: in the data sheet's table the first store may be anywhere.
void Flash::erase(uint64_t offset) {
  const uint64_t first = base::align_down(offset, block_size_);
  std::memset(content_.data() + first, 0xff, std::min<uint64_t>(block_size_, bytes_from(first)));
  finish();
}

// A byte outside the window spoils the write, but all the bytes announced are taken: as commands they could erase.
void Flash::fill_buffer(uint64_t offset, uint8_t value) {
  const uint64_t window = base::align_down(offset, kBufferSize);
  if (!window_) {
    window_ = window;
    std::memcpy(buffer_.data(), content_.data() + window, kBufferSize);  // a page has whole windows
  }
  if (window == *window_)
    buffer_[offset - window] = value;
  else
    outside_ = true;
  if (--buffer_left_ == 0) cycle_ = Cycle::kBufferConfirm;
}

void Flash::flush_buffer() {
  if (outside_) return refuse(kProgramError);
  std::memcpy(content_.data() + *window_, buffer_.data(), kBufferSize);
  finish();
}

// Have the slot while the array is shown, once per change: edk2 programs byte after byte and then reads the array. A
// slot that is refused is asked for again at the next store; until then loads come to `read`.
void Flash::reconcile_slot() {
  const bool wanted = shown_ == Shown::kArray;
  if (wanted == mapped_) return;
  if (wanted) {
    mapped_ = slots_.map(start_, base::host_address(content_.data()), size(), true);
  } else {
    slots_.unmap(start_);
    mapped_ = false;
  }
}

}  // namespace vireo::emulated
