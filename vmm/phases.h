#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace vireo {

// How long each phase of the start took. Phases that overlap are timed each on its own.
class Phases {
 public:
  // Units: nanoseconds of CLOCK_MONOTONIC.
  struct Phase {
    std::string name;
    uint64_t start = 0;
    uint64_t end = 0;
  };
  // Times from its construction to its destruction. Lifetime: within `phases`.
  class Scope {
   public:
    Scope(Phases& phases, std::string name);
    ~Scope();
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    Phases& phases_;
    std::string name_;
    uint64_t start_;
  };

  Phases();
  void add(std::string name, uint64_t start, uint64_t end);

  // A table, microseconds since the program began; or JSON.
  std::string text() const;
  std::string json() const;

  static uint64_t now();

 private:
  uint64_t origin_;
  std::vector<Phase> phases_;
};

}  // namespace vireo
