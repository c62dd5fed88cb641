#include "vmm/compare/agent_image.h"

// The file that CMake builds first: VIREO_AGENT_FILE.
asm(".pushsection .rodata\n"
    ".balign 16\n"
    "vireo_agent_begin:\n"
    ".incbin \"" VIREO_AGENT_FILE
    "\"\n"
    "vireo_agent_end:\n"
    ".popsection\n");

extern "C" {
extern const uint8_t vireo_agent_begin[];  // NOLINT(*-avoid-c-arrays): labels of the assembler's
extern const uint8_t vireo_agent_end[];    // NOLINT(*-avoid-c-arrays)
}

namespace vireo::compare {

std::span<const uint8_t> agent_image() {
  return {vireo_agent_begin, vireo_agent_end};
}

}  // namespace vireo::compare
