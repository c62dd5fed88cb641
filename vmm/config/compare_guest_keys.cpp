#include "vmm/config/compare_guest_keys.h"

#include "vmm/config/compare_medium_keys.h"
#include "vmm/config/keys.h"

namespace vireo::config {
namespace {

constexpr std::array kGuestKeys{
    Key<CompareConfig>{
        "image", false, kTextSchema,
        "your own guest: a disk, or an image of one, that boots and has cloud-init. Each path gets a copy",
        [](const Node& n, CompareConfig& c, Diagnostics& d) {
          c.image_where = n.where;
          read_path(n, c.image, d);
        }},
    Key<CompareConfig>{"firmware", false, kTextSchema,
                       "what boots the image: seabios, ovmf, or the path of a firmware image; if not said: seabios",
                       [](const Node& n, CompareConfig& c, Diagnostics& d) { read_firmware(n, c.firmware, d); }},
    Key<CompareConfig>{"kernel", false, kTextSchema, "bzImage or vmlinux; if not said: the host's own kernel",
                       [](const Node& n, CompareConfig& c, Diagnostics& d) { read_path(n, c.kernel, d); }},
    Key<CompareConfig>{"modules", false, kTextSchema,
                       "the folder of that kernel's modules, with modules.dep in it: /lib/modules/6.1.0-10-amd64",
                       [](const Node& n, CompareConfig& c, Diagnostics& d) { read_path(n, c.modules, d); }},
    Key<CompareConfig>{"cmdline", false, kTextSchema, "more of that kernel's command line",
                       [](const Node& n, CompareConfig& c, Diagnostics& d) { read_text(n, c.cmdline, d); }},
    Key<CompareConfig>{"cpus", false, R"("type":"integer","minimum":1,"maximum":64)", "CPUs of each guest",
                       read_count<&CompareConfig::cpus, 1, 64>},
    Key<CompareConfig>{"memory", false, kSizeSchema, "memory of each guest",
                       [](const Node& n, CompareConfig& c, Diagnostics& d) { read_size(n, c.memory, d); }},
    Key<CompareConfig>{"time_limit", false, R"("type":"integer","minimum":1,"maximum":3600)",
                       "seconds that a guest has to come up, and for a window besides its own time; if not said: 120",
                       read_count<&CompareConfig::time_limit, 1, 3600>},
};

// A disk that boots has its own kernel.
void check_guest(const Node& node, const CompareConfig& config, Diagnostics& diagnostics) {
  for (const char* key : {"kernel", "modules", "cmdline"})
    if (const Node* extra = node.find(key); extra != nullptr && !config.image.empty())
      diagnostics.add(extra->where, std::string("the guest has `image`, and `") + key + "` belongs to one without",
                      "leave one of them out");
  if (const Node* extra = node.find("firmware"); extra != nullptr && config.image.empty())
    diagnostics.add(extra->where, "`firmware` belongs to `image`", "image: the disk that it boots");
}

}  // namespace

void read_compare_guest(const Node& node, CompareConfig& config, Diagnostics& diagnostics) {
  read_mapping<CompareConfig>(node, kGuestKeys, config, diagnostics, "a guest");
  if (node.kind == Node::Kind::kMapping) check_guest(node, config, diagnostics);
}

std::string compare_guest_schema() {
  return mapping_schema<CompareConfig>(kGuestKeys);
}

}  // namespace vireo::config
