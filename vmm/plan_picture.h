#pragma once

#include <string>
#include <vector>

#include "vmm/plan.h"

// What a picture of a plan shows, before anything has a place on it.
namespace vireo {

// How a thing is meant; the picture has a colour, a stroke and a word for each.
enum class Look { kPlain, kPassed, kEmulated, kConflict };

struct PictureLine {
  enum class Tone { kNormal, kQuiet, kWarning, kConflict } tone = Tone::kNormal;
  std::string text;
  size_t most_lines = 1;  // that it is broken into
};

// A function, or a bridge or root that stands over what is below it.
struct PictureBox {
  std::string name;  // none of its side has it twice
  Look look = Look::kPlain;
  bool over = false;
  std::string heading = {};  // its address
  std::string aside = {};    // beside that: what it is on the other side
  std::vector<PictureLine> lines = {};
  std::string more = {};               // for who points at it: what has no room
  std::vector<PictureBox> below = {};  // in the order of their addresses
};

// The host's root buses, bridges and functions, as far as they matter to this guest.
std::vector<PictureBox> host_boxes(const Plan& plan);

// The guest's root complex with everything below it. A device of the host's has its name there.
PictureBox guest_boxes(const Plan& plan);

}  // namespace vireo
