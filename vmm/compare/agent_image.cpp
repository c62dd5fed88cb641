#include "vmm/compare/agent_image.h"

// A compiler takes seconds for an array of a million numbers; an assembler takes the file as it is.
asm(R"(
  .section .rodata.vireo_agent, "a"
  .balign 16
vireo_agent_begin:
  .incbin ")" VIREO_AGENT R"("
vireo_agent_end:
  .previous
  .globl vireo_agent_begin, vireo_agent_end
  .hidden vireo_agent_begin, vireo_agent_end
)");

extern "C" {
extern const uint8_t vireo_agent_begin[];
extern const uint8_t vireo_agent_end[];
}

namespace vireo::compare {

std::span<const uint8_t> agent_image() {
  return {vireo_agent_begin, vireo_agent_end};
}

}  // namespace vireo::compare
