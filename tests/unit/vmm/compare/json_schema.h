#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace vireo::compare {

// Check JSON against what configs/compare-result.schema.json uses of JSON Schema: type, const, enum, required,
// properties, additionalProperties, items, minItems, maxItems, minimum, oneOf and $ref to $defs. Return what is wrong,
// with its place. Any other word in a schema is wrong too: nothing is believed to be checked that is not.
std::vector<std::string> violations(const nlohmann::json& value, const nlohmann::json& schema);

}  // namespace vireo::compare
