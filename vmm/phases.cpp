#include "vmm/phases.h"

#include <time.h>

#include <cstdio>

namespace vireo {
namespace {

constexpr uint64_t kPerSecond = 1'000'000'000;
constexpr uint64_t kPerMicrosecond = 1000;

}  // namespace

uint64_t Phases::now() {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<uint64_t>(time.tv_sec) * kPerSecond + static_cast<uint64_t>(time.tv_nsec);
}

Phases::Phases() : origin_(now()) {}

Phases::Scope::Scope(Phases& phases, std::string name) : phases_(phases), name_(std::move(name)), start_(now()) {}
Phases::Scope::~Scope() {
  phases_.add(std::move(name_), start_, now());
}

void Phases::add(std::string name, uint64_t start, uint64_t end) {
  phases_.push_back({std::move(name), start, end});
}

std::string Phases::text() const {
  std::string text = "phase              start us  duration us\n";
  for (const Phase& phase : phases_) {
    char line[80];
    std::snprintf(line, sizeof line, "%-16s %10llu %12llu\n", phase.name.c_str(),
                  static_cast<unsigned long long>((phase.start - origin_) / kPerMicrosecond),
                  static_cast<unsigned long long>((phase.end - phase.start) / kPerMicrosecond));
    text += line;
  }
  return text;
}

std::string Phases::json() const {
  std::string text = "{\"phases\": [";
  for (const Phase& phase : phases_) {
    char entry[160];
    std::snprintf(entry, sizeof entry, "%s{\"name\": \"%s\", \"start_ns\": %llu, \"duration_ns\": %llu}",
                  &phase == phases_.data() ? "" : ", ", phase.name.c_str(),
                  static_cast<unsigned long long>(phase.start - origin_),
                  static_cast<unsigned long long>(phase.end - phase.start));
    text += entry;
  }
  return text + "]}";
}

}  // namespace vireo
