#include "vmm/boot/aml.h"

#include <algorithm>
#include <array>

namespace vireo::boot::aml {
namespace {

// ACPI 6.5 20.3.
enum Op : uint8_t {
  kZero = 0x00,
  kOne = 0x01,
  kName = 0x08,
  kByte = 0x0a,
  kWord = 0x0b,
  kDword = 0x0c,
  kString = 0x0d,
  kQword = 0x0e,
  kScope = 0x10,
  kBuffer = 0x11,
  kPackage = 0x12,
  kMethod = 0x14,
  kDualName = 0x2e,
  kMultiName = 0x2f,
  kExtended = 0x5b,
  kLocal0 = 0x60,
  kArgument0 = 0x68,
  kStore = 0x70,
  kAnd = 0x7b,
  kOr = 0x7d,
  kExtendedDevice = 0x82,
  kCreateDwordField = 0x8a,
  kNot = 0x92,
  kEqual = 0x93,
  kLess = 0x95,
  kIf = 0xa0,
  kReturn = 0xa4,
};

void append(Bytes& out, const Bytes& more) {
  out.insert(out.end(), more.begin(), more.end());
}

void append_little_endian(Bytes& out, uint64_t value, unsigned size) {
  for (unsigned i = 0; i < size; ++i) out.push_back(static_cast<uint8_t>(value >> (8 * i)));
}

// 20.2.2: NameString. Root and parent prefixes, then segments split at dots.
Bytes name_string(std::string_view path) {
  Bytes out;
  while (!path.empty() && (path.front() == '\\' || path.front() == '^')) {
    out.push_back(static_cast<uint8_t>(path.front()));
    path.remove_prefix(1);
  }
  Bytes segments;
  while (!path.empty()) {
    const std::string_view segment = path.substr(0, path.find('.'));
    for (size_t i = 0; i < 4; ++i) segments.push_back(static_cast<uint8_t>(i < segment.size() ? segment[i] : '_'));
    path.remove_prefix(std::min(path.size(), segment.size() + 1));
  }
  const size_t count = segments.size() / 4;
  if (count == 0) out.push_back(kZero);
  if (count == 2) out.push_back(kDualName);
  if (count > 2) {
    out.push_back(kMultiName);
    out.push_back(static_cast<uint8_t>(count));
  }
  append(out, segments);
  return out;
}

// 20.2.4: PkgLength counts itself.
Bytes package_length(size_t body) {
  if (body + 1 < 0x40) return {static_cast<uint8_t>(body + 1)};
  unsigned extra = 1;
  while (body + 1 + extra >= size_t{1} << (4 + 8 * extra)) ++extra;
  const size_t length = body + 1 + extra;
  Bytes out{static_cast<uint8_t>(extra << 6 | (length & 0xf))};
  append_little_endian(out, length >> 4, extra);
  return out;
}

Bytes sized(std::initializer_list<uint8_t> op, const Bytes& body) {
  Bytes out(op);
  append(out, package_length(body.size()));
  append(out, body);
  return out;
}

Bytes named_body(std::string_view path, const Terms& body) {
  Bytes out = name_string(path);
  append(out, concatenate(body));
  return out;
}

Term operation(uint8_t op, const Terms& operands) {
  Bytes out{op};
  append(out, concatenate(operands));
  return Term(out);
}

unsigned hexadecimal(char digit) {
  if (digit >= '0' && digit <= '9') return static_cast<unsigned>(digit - '0');
  return static_cast<unsigned>((digit | 0x20) - 'a' + 10);
}

}  // namespace

Bytes concatenate(const Terms& terms) {
  Bytes out;
  for (const Term& term : terms) append(out, term.bytes());
  return out;
}

Term integer(uint64_t value) {
  if (value <= 1) return Term({static_cast<uint8_t>(value == 0 ? kZero : kOne)});
  const bool byte = value <= 0xff;
  const bool word = value <= 0xffff;
  const bool dword = value <= 0xffffffff;
  Bytes out{byte ? kByte : word ? kWord : dword ? kDword : kQword};
  append_little_endian(out, value, byte ? 1 : word ? 2 : dword ? 4 : 8);
  return Term(out);
}

Term text(std::string_view value) {
  Bytes out{kString};
  out.insert(out.end(), value.begin(), value.end());
  out.push_back(0);
  return Term(out);
}

Term buffer(std::span<const uint8_t> data) {
  Bytes body = integer(data.size()).bytes();
  body.insert(body.end(), data.begin(), data.end());
  return Term(sized({kBuffer}, body));
}

Term package(const Terms& elements) {
  Bytes body{static_cast<uint8_t>(elements.size())};
  append(body, concatenate(elements));
  return Term(sized({kPackage}, body));
}

// Three letters of five bits and four hexadecimal digits, stored big-endian.
Term eisa_id(std::string_view id) {
  const auto letter = [&](size_t i) { return static_cast<uint32_t>(id[i] - 0x40); };
  const auto digit = [&](size_t i) { return hexadecimal(id[i]); };
  const uint32_t big =
      letter(0) << 26 | letter(1) << 21 | letter(2) << 16 | digit(3) << 12 | digit(4) << 8 | digit(5) << 4 | digit(6);
  return integer(__builtin_bswap32(big));
}

// Where each byte of aabbccdd-eeff-gghh-iijj-kkllmmnnoopp comes from.
Term uuid(std::string_view id) {
  constexpr std::array<size_t, 16> kPositions{6, 4, 2, 0, 11, 9, 16, 14, 19, 21, 24, 26, 28, 30, 32, 34};
  Bytes bytes;
  for (const size_t at : kPositions)
    bytes.push_back(static_cast<uint8_t>(hexadecimal(id[at]) << 4 | hexadecimal(id[at + 1])));
  return buffer(bytes);
}

Term reference(std::string_view path) {
  return Term(name_string(path));
}
Term argument(unsigned index) {
  return Term({static_cast<uint8_t>(kArgument0 + index)});
}
Term local(unsigned index) {
  return Term({static_cast<uint8_t>(kLocal0 + index)});
}

Term name(std::string_view path, const Term& value) {
  return operation(kName, {reference(path), value});
}

Term scope(std::string_view path, const Terms& body) {
  return Term(sized({kScope}, named_body(path, body)));
}

Term device(std::string_view path, const Terms& body) {
  return Term(sized({kExtended, kExtendedDevice}, named_body(path, body)));
}

Term method(std::string_view path, unsigned arguments, const Terms& body) {
  constexpr uint8_t kSerialized = 1 << 3;
  Bytes content = name_string(path);
  content.push_back(static_cast<uint8_t>(arguments | kSerialized));
  append(content, concatenate(body));
  return Term(sized({kMethod}, content));
}

Term create_dword_field(const Term& source, uint64_t byte_index, std::string_view path) {
  return operation(kCreateDwordField, {source, integer(byte_index), reference(path)});
}

Term if_true(const Term& condition, const Terms& body) {
  Bytes content = condition.bytes();
  append(content, concatenate(body));
  return Term(sized({kIf}, content));
}

Term return_value(const Term& value) {
  return operation(kReturn, {value});
}
Term store(const Term& value, const Term& target) {
  return operation(kStore, {value, target});
}

Term bit_and(const Term& left, const Term& right) {
  const Term no_target({kZero});
  return operation(kAnd, {left, right, no_target});
}

Term or_into(const Term& target, uint64_t bits) {
  return operation(kOr, {target, integer(bits), target});
}

Term not_equal(const Term& left, const Term& right) {
  return operation(kNot, {operation(kEqual, {left, right})});
}
Term less(const Term& left, const Term& right) {
  return operation(kLess, {left, right});
}

}  // namespace vireo::boot::aml
