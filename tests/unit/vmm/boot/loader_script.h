#pragma once

#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

// What firmware does with etc/table-loader, written from the interface's description and not from our code.
// Source: QEMU hw/acpi/bios-linker-loader.c, struct BiosLinkerLoaderEntry.
namespace vireo::boot {

// One command of 128 bytes, all fields little-endian. ALLOCATE: file[56], align, zone (1 byte); ADD_POINTER: file[56],
// pointee[56], offset, size (1 byte); ADD_CHECKSUM: file[56], offset, start, length.
struct LoaderCommand {
  uint32_t number(size_t offset) const {
    return static_cast<uint32_t>(bytes.at(offset) | bytes.at(offset + 1) << 8 | bytes.at(offset + 2) << 16 |
                                 bytes.at(offset + 3) << 24);
  }
  // Throws where a name does not end.
  std::string name(size_t offset) const {
    if (bytes.at(offset + 55) != 0) throw std::out_of_range("a name does not end");
    return reinterpret_cast<const char*>(&bytes.at(offset));
  }
  uint32_t kind() const { return number(0); }
  std::string file() const { return name(4); }

  std::vector<uint8_t> bytes;
};

inline std::vector<LoaderCommand> commands_of(const std::vector<uint8_t>& script) {
  std::vector<LoaderCommand> commands;
  for (size_t at = 0; at < script.size(); at += 128) {
    if (at + 128 > script.size()) throw std::out_of_range("the last command is cut short");
    commands.push_back(
        {{script.begin() + static_cast<ptrdiff_t>(at), script.begin() + static_cast<ptrdiff_t>(at + 128)}});
  }
  return commands;
}

// Files in a guest's memory. Throws where a script does what firmware refuses.
class LoaderRun {
 public:
  using Files = std::map<std::string, std::vector<uint8_t>>;
  using Places = std::map<std::string, uint64_t>;

  // `places`: where ALLOCATE puts each file.
  LoaderRun(Files files, Places places, const std::vector<uint8_t>& script)
      : files_(std::move(files)), wishes_(std::move(places)) {
    for (const LoaderCommand& command : commands_of(script)) obey(command);
  }

  // What a guest finds at an address.
  uint64_t number(uint64_t address, unsigned width) const {
    uint64_t value = 0;
    for (unsigned i = width; i-- > 0;) value = value << 8 | byte(address + i);
    return value;
  }
  std::string text(uint64_t address, unsigned size) const {
    std::string found;
    for (unsigned i = 0; i < size; ++i) found.push_back(static_cast<char>(byte(address + i)));
    return found;
  }
  unsigned sum(uint64_t address, uint64_t size) const {
    uint8_t total = 0;
    for (uint64_t i = 0; i < size; ++i) total = static_cast<uint8_t>(total + byte(address + i));
    return total;
  }
  const std::vector<uint8_t>& file(const std::string& name) const { return files_.at(name); }

 private:
  void obey(const LoaderCommand& command) {
    if (command.kind() == 1) return allocate(command);
    if (command.kind() == 2) return add_pointer(command);
    if (command.kind() == 3) return add_checksum(command);
    throw std::out_of_range("command " + std::to_string(command.kind()));
  }
  void allocate(const LoaderCommand& command) {
    const uint64_t place = wishes_.at(command.file());
    if (place % command.number(60) != 0) throw std::out_of_range("the place is not aligned");
    if (!places_.emplace(command.file(), place).second) throw std::out_of_range("allocated twice");
  }
  void add_pointer(const LoaderCommand& command) {
    std::vector<uint8_t>& bytes = allocated(command.file());
    const std::string pointee = command.name(60);
    const size_t offset = command.number(116);
    const unsigned width = command.bytes.at(120);
    uint64_t value = 0;
    for (unsigned i = width; i-- > 0;) value = value << 8 | bytes.at(offset + i);
    if (value >= allocated(pointee).size()) throw std::out_of_range("a pointer leaves its file");
    value += places_.at(pointee);
    for (unsigned i = 0; i < width; ++i) bytes.at(offset + i) = static_cast<uint8_t>(value >> 8 * i);
  }
  // The byte's own old value is in the sum: it is zero in a fresh file.
  void add_checksum(const LoaderCommand& command) {
    std::vector<uint8_t>& bytes = allocated(command.file());
    uint8_t total = 0;
    for (uint32_t i = 0; i < command.number(68); ++i)
      total = static_cast<uint8_t>(total + bytes.at(command.number(64) + i));
    bytes.at(command.number(60)) = static_cast<uint8_t>(bytes.at(command.number(60)) - total);
  }
  std::vector<uint8_t>& allocated(const std::string& name) {
    if (!places_.contains(name)) throw std::out_of_range(name + " is not allocated");
    return files_.at(name);
  }
  uint8_t byte(uint64_t address) const {
    for (const auto& [name, place] : places_)
      if (address >= place && address - place < files_.at(name).size()) return files_.at(name)[address - place];
    throw std::out_of_range("there is no table at " + std::to_string(address));
  }

  Files files_;
  Places wishes_;
  Places places_;
};

}  // namespace vireo::boot
