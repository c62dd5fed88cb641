#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>
#include <vector>

// A builder for the part of AML that our DSDT needs. Each function returns one encoded term; terms nest.
// Source: ACPI 6.5 20.2 (grammar), 20.3 (byte codes).
namespace vireo::boot::aml {

using Bytes = std::vector<uint8_t>;

// One encoded term.
class Term {
 public:
  explicit Term(Bytes bytes) : bytes_(std::move(bytes)) {}
  const Bytes& bytes() const { return bytes_; }

 private:
  Bytes bytes_;
};

using Terms = std::vector<Term>;

// Data. `path` is an ASL name: "_HID", "\\_SB", "PCI0"; segments shorter than four are padded with '_'.
Term integer(uint64_t value);
Term text(std::string_view value);
Term buffer(std::span<const uint8_t> data);
Term package(const Terms& elements);
Term eisa_id(std::string_view id);  // "PNP0A08"; ACPI 6.5 19.3.4
Term uuid(std::string_view id);     // 36 characters, mixed-endian; ACPI 6.5 19.6.142
Term reference(std::string_view path);
Term argument(unsigned index);  // Arg0-Arg6
Term local(unsigned index);     // Local0-Local7

// Named objects.
Term name(std::string_view path, const Term& value);
Term scope(std::string_view path, const Terms& body);
Term device(std::string_view path, const Terms& body);
Term method(std::string_view path, unsigned arguments, const Terms& body);  // always Serialized
Term create_dword_field(const Term& source, uint64_t byte_index, std::string_view path);

// Statements and expressions.
Term if_true(const Term& condition, const Terms& body);
Term return_value(const Term& value);
Term store(const Term& value, const Term& target);
Term bit_and(const Term& left, const Term& right);
Term or_into(const Term& target, uint64_t bits);
Term not_equal(const Term& left, const Term& right);
Term less(const Term& left, const Term& right);

// Join terms (a table's body).
Bytes concatenate(const Terms& terms);

}  // namespace vireo::boot::aml
