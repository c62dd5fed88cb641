#pragma once

#include <string>
#include <string_view>

// What a host says of itself is bytes: the name of a process, of an interface, of a mount's folder may have any, and a
// terminal obeys some of them.
namespace vireo::base {

// Return a text for one line: control characters, line ends and tabs too, and what is no UTF-8 as question marks.
std::string printable(std::string_view text);

// The same for several lines: their ends and tabs stay.
std::string printable_lines(std::string_view text);

}  // namespace vireo::base
