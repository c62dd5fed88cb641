#include "vmm/config/emulated_keys.h"

#include <algorithm>

#include "vmm/config/console_keys.h"
#include "vmm/config/units.h"

namespace vireo::config {
namespace {

using DeviceKey = Key<EmulatedConfig>;

bool read_kind(const Node& node, EmulatedConfig& device, Diagnostics& diagnostics) {
  if (const Node* kind = node.find("virtio"))
    return read_choice(*kind, kVirtioKinds, "is no virtio device that vireo has", device.kind, diagnostics);
  return read_choice(*node.find("emulated"), kOtherKinds, "is no other device that vireo emulates", device.kind,
                     diagnostics);
}

void read_ring(const Node& node, EmulatedConfig& device, Diagnostics& diagnostics) {
  constexpr std::array kChoices{Choice<bool>{"any", false}, Choice<bool>{"split", true}};
  read_choice(node, kChoices, "is no kind of virtqueue", device.split_ring, diagnostics);
}

void read_image(const Node& node, EmulatedConfig& device, Diagnostics& diagnostics) {
  device.disk.image_where = node.where;
  read_path(node, device.disk.image, diagnostics);
}

// Guests show it in names of files: /dev/disk/by-id.
void read_serial(const Node& node, EmulatedConfig& device, Diagnostics& diagnostics) {
  constexpr size_t kMost = 20;
  if (!require_scalar(node, diagnostics)) return;
  const bool printable = std::ranges::all_of(node.text, [](char c) { return c > ' ' && c < 0x7f && c != '/'; });
  if (node.text.empty() || node.text.size() > kMost || !printable)
    return diagnostics.add(node.where, quoted(node.text) + " is no serial number",
                           "1 to 20 printable characters without space and slash");
  device.disk.serial = node.text;
}

constexpr const char* kQueuesSchema = R"("type":"integer","minimum":1,"maximum":16)";
void read_queues(const Node& node, unsigned& queues, Diagnostics& diagnostics) {
  constexpr NumberRange kRange{.least = 1, .most = 16};
  uint64_t number = queues;
  read_number(node, kRange, number, diagnostics);
  queues = static_cast<unsigned>(number);
}

void read_on_error(const Node& node, EmulatedConfig& device, Diagnostics& diagnostics) {
  constexpr std::array kChoices{Choice<bool>{"report", false}, Choice<bool>{"wait", true}};
  read_choice(node, kChoices, "is nothing that a disk does on an error", device.disk.waits_on_errors, diagnostics);
}

void read_tap(const Node& node, EmulatedConfig& device, Diagnostics& diagnostics) {
  constexpr size_t kMost = 15;  // IFNAMSIZ - 1, linux/if.h
  device.net.way_where = node.where;
  if (!require_scalar(node, diagnostics)) return;
  if (node.text.empty() || node.text.size() > kMost || node.text.find('/') != std::string::npos)
    return diagnostics.add(node.where, quoted(node.text) + " is no name of a network interface",
                           "1 to 15 characters without a slash: tap0");
  device.net.tap = node.text;
}

void read_socket(const Node& node, EmulatedConfig& device, Diagnostics& diagnostics) {
  device.net.way_where = node.where;
  read_path(node, device.net.socket, diagnostics);
}

void read_vhost(const Node& node, EmulatedConfig& device, Diagnostics& diagnostics) {
  bool vhost = false;
  read_boolean(node, vhost, diagnostics);
  device.net.vhost = vhost;
}

void read_mac(const Node& node, EmulatedConfig& device, Diagnostics& diagnostics) {
  if (!require_scalar(node, diagnostics)) return;
  const auto mac = parse_mac(node.text);
  if (!mac || *mac == std::array<uint8_t, 6>{})
    return diagnostics.add(node.where, quoted(node.text) + " is no station's MAC address",
                           "six bytes, the first one even: 02:00:00:00:00:01");
  device.net.mac = mac;
}

void read_mtu(const Node& node, EmulatedConfig& device, Diagnostics& diagnostics) {
  constexpr NumberRange kRange{.least = 68, .most = 65535};  // virtio 1.2 5.1.4.1
  uint64_t mtu = 0;
  read_number(node, kRange, mtu, diagnostics);
  if (mtu != 0) device.net.mtu = static_cast<uint16_t>(mtu);
}

// A kind's table begins with what all have.
constexpr DeviceKey kind_key(const char* schema, const char* help, const char* name = "virtio") {
  return {name, true, schema, help, [](const Node&, EmulatedConfig&, Diagnostics&) {}};  // it is read first
}
constexpr DeviceKey kRingKey{"ring", false, R"("enum":["any","split"])",
                             "virtqueues that the guest may use: any (packed or split, if not said), or split only",
                             read_ring};

constexpr std::array kEntropyKeys{
    kind_key(
        R"("const":"rng")",
        "an emulated device: rng, the host's random numbers; block, a disk; net, a NIC; console, ports to the host"),
    kRingKey};

// What all emulated disks have.
constexpr std::array kDiskKeys{
    DeviceKey{"image", true, kTextSchema, "a raw image or a block device", read_image},
    DeviceKey{"read_only", false, kBooleanSchema, "the guest cannot write; several guests may share it",
              [](const Node& n, EmulatedConfig& c, Diagnostics& d) { read_boolean(n, c.disk.read_only, d); }},
    DeviceKey{"direct", false, kBooleanSchema, "past the host's page cache (O_DIRECT)",
              [](const Node& n, EmulatedConfig& c, Diagnostics& d) { read_boolean(n, c.disk.direct, d); }},
    DeviceKey{"serial", false, R"("type":["string","number"],"pattern":"^[!-.0-~]{1,20}$")",
              "a serial number that the guest sees", read_serial},
    DeviceKey{"queues", false, kQueuesSchema, "queues, each with a thread of the host's; if not said 1, of nvme 2",
              [](const Node& n, EmulatedConfig& c, Diagnostics& d) { read_queues(n, c.disk.queues, d); }},
    DeviceKey{"on_error", false, R"("enum":["report","wait"])",
              "when the medium fails: the guest sees it (report, if not said), or its request is tried again each "
              "second (wait)",
              read_on_error},
};

// A disk's table: its kind, and perhaps one more, before what all have.
template <typename... First>
constexpr auto disk_keys(const First&... first) {
  std::array<DeviceKey, sizeof...(First) + kDiskKeys.size()> keys{first...};
  std::copy(kDiskKeys.begin(), kDiskKeys.end(), keys.begin() + sizeof...(First));
  return keys;
}
constexpr auto kBlockKeys = disk_keys(kind_key(R"("const":"block")", "a disk"), kRingKey);
constexpr auto kNvmeKeys =
    disk_keys(kind_key(R"("const":"nvme")", "a disk for guests without virtio's drivers", "emulated"));

// In no schema: for users there is no such device.
constexpr std::array kTestKeys{kind_key(R"("const":"test")", "a device for tests of vireo", "emulated")};

constexpr std::array kNetKeys{
    kind_key(R"("const":"net")", "a NIC"),
    kRingKey,
    DeviceKey{"tap", false, R"("type":"string","pattern":"^[^/]{1,15}$")", "a tap or macvtap interface of the host's",
              read_tap},
    DeviceKey{"passt", false, kTextSchema, "the socket that passt listens on: a network without privileges",
              read_socket},
    DeviceKey{"vhost", false, kBooleanSchema,
              "whether the host's kernel moves a tap's frames (vhost-net); where it can, if not said", read_vhost},
    DeviceKey{"queues", false, kQueuesSchema,
              "pairs of queues, each with a thread of the host's; of a tap made with multi_queue; 1 if not said",
              [](const Node& n, EmulatedConfig& c, Diagnostics& d) { read_queues(n, c.net.queues, d); }},
    DeviceKey{"mac", false, kMacSchema,
              "the MAC address; if not said, a macvtap's own, or one that the guest's and the port's names make",
              read_mac},
    DeviceKey{"mtu", false, R"("type":"integer","minimum":68,"maximum":65535)", "what the guest is told of the MTU",
              read_mtu},
};

constexpr std::array kConsoleKeys{
    kind_key(R"("const":"console")", "consoles, and named ports to the host"),
    kRingKey,
    DeviceKey{"ports", true, R"("type":"array","minItems":1,"maxItems":15,"items":{"$ref":"#/$defs/console_port"})",
              "its ports: a list of {name, socket} or {name, file}",
              [](const Node& n, EmulatedConfig& c, Diagnostics& d) { read_console_ports(n, c.ports, d); }},
};

Keys<EmulatedConfig> keys_of(EmulatedKind kind) {
  switch (kind) {
    case EmulatedKind::kEntropy:
      return kEntropyKeys;
    case EmulatedKind::kBlock:
      return kBlockKeys;
    case EmulatedKind::kNet:
      return kNetKeys;
    case EmulatedKind::kConsole:
      return kConsoleKeys;
    case EmulatedKind::kNvme:
      return kNvmeKeys;
    case EmulatedKind::kTest:
      if constexpr (kTestDevices) return kTestKeys;
      break;
  }
  return {};
}

void check_net(const NetConfig& net, const Location& where, Diagnostics& diagnostics) {
  if (net.vhost && !net.socket.empty())
    diagnostics.add(net.way_where, "vhost-net moves the frames of a tap", "leave `vhost` out beside `passt`");
  if (net.queues > 1 && !net.socket.empty())
    diagnostics.add(net.way_where, "passt has one pair of queues", "leave `queues` out beside `passt`");
  if (!net.tap.empty() && !net.socket.empty())
    diagnostics.add(net.way_where, "a NIC has one way out", "write `tap` or `passt`, not both");
  if (net.way_where.line == 0) diagnostics.add(where, "a NIC lacks its way out", "`tap: NAME`, or `passt: SOCKET`");
}

}  // namespace

bool is_emulated(const Node& node) {
  return node.find("virtio") != nullptr || node.find("emulated") != nullptr;
}

EmulatedConfig read_emulated_keys(const Node& node, Diagnostics& diagnostics) {
  EmulatedConfig device{.where = node.where};
  // What may stand beside it depends on it: where it is a mistake, that is the one to mend first.
  if (!read_kind(node, device, diagnostics)) return device;
  if (device.kind == EmulatedKind::kNvme) device.disk.queues = 2;  // edk2's driver makes two (NVME_MAX_QUEUES)
  read_mapping<EmulatedConfig>(node, keys_of(device.kind), device, diagnostics, "device");
  if (device.kind == EmulatedKind::kNet) check_net(device.net, node.where, diagnostics);
  return device;
}

std::string emulated_definitions() {
  std::string schema = R"("emulated":{"oneOf":[{)";
  schema.append(mapping_schema<EmulatedConfig>(kEntropyKeys)).append("},{");
  schema.append(mapping_schema<EmulatedConfig>(kBlockKeys)).append("},{");
  schema.append(mapping_schema<EmulatedConfig>(kNetKeys)).append("},{");
  schema.append(mapping_schema<EmulatedConfig>(kConsoleKeys)).append("},{");
  schema.append(mapping_schema<EmulatedConfig>(kNvmeKeys)).append("}]},\n");
  return schema + console_port_definition();
}

}  // namespace vireo::config
