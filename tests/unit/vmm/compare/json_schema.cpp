#include "tests/unit/vmm/compare/json_schema.h"

#include <set>

namespace vireo::compare {
namespace {

using nlohmann::json;

bool is_of(const json& value, const std::string& type) {
  if (type == "object") return value.is_object();
  if (type == "array") return value.is_array();
  if (type == "string") return value.is_string();
  if (type == "boolean") return value.is_boolean();
  if (type == "integer") return value.is_number_integer();
  if (type == "number") return value.is_number();
  return type == "null" && value.is_null();
}

class Validator {
 public:
  explicit Validator(const json& root) : root_(root) {}

  void check(const json& value, const json& schema, const std::string& place) {
    static const std::set<std::string> kKnown{"$schema", "title",    "description", "$defs",    "type",
                                              "const",   "enum",     "properties",  "required", "items",
                                              "oneOf",   "minItems", "minimum",     "maxItems", "additionalProperties",
                                              "$ref"};
    for (const auto& [word, rule] : schema.items())
      if (!kKnown.contains(word)) complain(place, "the schema's word " + word + " is not known");
    check_value(value, schema, place);
    if (value.is_object()) check_object(value, schema, place);
    if (value.is_array()) check_array(value, schema, place);
    if (schema.contains("$ref")) {
      const std::string name = schema["$ref"].get<std::string>().substr(std::string("#/$defs/").size());
      check(value, root_.at("$defs").at(name), place);
    }
  }
  std::vector<std::string> found;

 private:
  void complain(const std::string& place, const std::string& what) { found.push_back(place + ": " + what); }

  void check_value(const json& value, const json& schema, const std::string& place) {
    if (schema.contains("type")) {
      const json types = schema["type"].is_array() ? schema["type"] : json::array({schema["type"]});
      bool any = false;
      for (const json& type : types) any = any || is_of(value, type);
      if (!any) complain(place, "is no " + types.dump());
    }
    if (schema.contains("const") && value != schema["const"]) complain(place, "is not " + schema["const"].dump());
    if (schema.contains("minimum") && value < schema["minimum"]) complain(place, "is too small");
    if (schema.contains("enum")) {
      const json& list = schema["enum"];
      if (std::find(list.begin(), list.end(), value) == list.end()) complain(place, "is none of " + list.dump());
    }
    if (schema.contains("oneOf")) {
      size_t valid = 0;
      std::string reasons;
      for (const json& one : schema["oneOf"]) {
        Validator other(root_);
        other.check(value, one, place);
        valid += other.found.empty() ? 1 : 0;
        reasons += other.found.empty() ? "" : "; " + other.found.front();
      }
      if (valid != 1) complain(place, "is not one of what it may be" + reasons);
    }
  }

  void check_object(const json& value, const json& schema, const std::string& place) {
    const json none = json::object();
    const json& properties = schema.contains("properties") ? schema["properties"] : none;
    if (schema.contains("required"))
      for (const auto& name : schema["required"])
        if (!value.contains(name)) complain(place, "lacks " + name.dump());
    for (const auto& [name, member] : value.items()) {
      if (properties.contains(name))
        check(member, properties[name], place + "." + name);
      else if (schema.contains("additionalProperties") && schema["additionalProperties"].is_object())
        check(member, schema["additionalProperties"], place + "." + name);
      else if (schema.contains("additionalProperties"))
        complain(place, "has \"" + name + "\", which the schema has not");
    }
  }

  void check_array(const json& value, const json& schema, const std::string& place) {
    if (schema.contains("minItems") && value.size() < schema["minItems"]) complain(place, "is too short");
    if (schema.contains("maxItems") && value.size() > schema["maxItems"]) complain(place, "is too long");
    if (!schema.contains("items")) return;
    for (size_t i = 0; i < value.size(); ++i) check(value[i], schema["items"], place + "[" + std::to_string(i) + "]");
  }

  const json& root_;
};

}  // namespace

std::vector<std::string> violations(const json& value, const json& schema) {
  Validator validator(schema);
  validator.check(value, schema, "$");
  return validator.found;
}

}  // namespace vireo::compare
