#include "vfio/host/nvme_resources.h"

#include <fcntl.h>
#include <libnvme.h>

#include <algorithm>
#include <memory>

#include "vmm/base/error.h"
#include "vmm/base/fd.h"
#include "vmm/base/library.h"

namespace vireo::host {
namespace {

using base::Error;
using base::ExitCode;

// A PF's controller, by libnvme's administration commands. x86 is little-endian, as NVMe is.
class Controller : public base::Library {
 public:
  explicit Controller(const std::string& node) : base::Library("libnvme.so.1"), node_(node) {
    if (!*this)
      throw Error(ExitCode::kHost, "an NVMe VF's resources need libnvme, which this host lacks",
                  "apt install libnvme1");
    file_ = base::open_file(node, O_RDONLY, ExitCode::kDevice);
  }

  // 5.17.2.14 Secondary Controller List: the one of VF number `vf`, which the list counts from 1.
  nvme_secondary_ctrl secondary(unsigned vf) const {
    const auto list = identify<nvme_secondary_ctrl_list>(NVME_IDENTIFY_CNS_SECONDARY_CTRL_LIST, 0);
    for (unsigned i = 0; i < std::min<unsigned>(list->num, NVME_ID_SECONDARY_CTRL_MAX); ++i)
      if (list->sc_entry[i].vfn == vf + 1) return list->sc_entry[i];
    throw Error(ExitCode::kDevice, node_ + " has no secondary controller for VF " + std::to_string(vf),
                "nvme list-secondary " + node_ + " shows those that there are");
  }

  std::vector<unsigned> namespaces(uint16_t controller) const {
    std::vector<unsigned> attached;
    // 5.17.2.12: those of the NVM subsystem, until the first 0.
    const auto all = identify<nvme_ns_list>(NVME_IDENTIFY_CNS_ALLOCATED_NS_LIST, 0);
    for (const uint32_t number : all->ns) {
      if (number == 0) break;
      const auto list = identify<nvme_ctrl_list>(NVME_IDENTIFY_CNS_NS_CTRL_LIST, number);
      const uint16_t* begin = list->identifier;
      const uint16_t* end = begin + std::min<unsigned>(list->num, NVME_ID_CTRL_LIST_MAX);
      if (std::find(begin, end, controller) != end) attached.push_back(number);
    }
    return attached;
  }

  // 5.28 Virtualization Management command
  void manage(uint16_t controller, nvme_virt_mgmt_act action, nvme_virt_mgmt_rt type, unsigned count,
              const std::string& what) const {
    nvme_virtual_mgmt_args arguments{};
    uint32_t result = 0;
    arguments.result = &result;
    arguments.args_size = sizeof arguments;
    arguments.fd = file_.get();
    arguments.act = action;
    arguments.rt = type;
    arguments.cntlid = controller;
    arguments.nr = static_cast<uint16_t>(count);
    check(what, function<decltype(::nvme_virtual_mgmt)>("nvme_virtual_mgmt")(&arguments));
  }

  // 5.20 Namespace Attachment command
  void attach(uint16_t controller, unsigned number, nvme_ns_attach_sel action, const std::string& what) const {
    nvme_ctrl_list list{};
    list.num = 1;
    list.identifier[0] = controller;
    nvme_ns_attach_args arguments{};
    arguments.ctrlist = &list;
    arguments.args_size = sizeof arguments;
    arguments.fd = file_.get();
    arguments.nsid = number;
    arguments.sel = action;
    check(what + " namespace " + std::to_string(number),
          function<decltype(::nvme_ns_attach)>("nvme_ns_attach")(&arguments));
  }

 private:
  template <typename Data>
  std::unique_ptr<Data> identify(nvme_identify_cns structure, unsigned number) const {
    auto data = std::make_unique<Data>();
    nvme_identify_args arguments{};
    arguments.data = data.get();
    arguments.args_size = sizeof arguments;
    arguments.fd = file_.get();
    arguments.cns = structure;
    arguments.nsid = number;
    check("Identify", function<decltype(::nvme_identify)>("nvme_identify")(&arguments));
    return data;
  }

  // `status`: NVMe's, or -1 with errno.
  void check(const std::string& what, int status) const {
    if (status == 0) return;
    const char* text = function<decltype(::nvme_status_to_string)>("nvme_status_to_string")(status, false);
    throw Error(ExitCode::kDevice, node_ + ": " + what + ": " + text,
                "what is free: nvme primary-ctrl-caps " + node_ + "; nvme list-secondary " + node_);
  }

  std::string node_;
  base::Fd file_;
};

void set_namespaces(const Controller& controller, uint16_t id, const std::vector<unsigned>& wanted) {
  const std::vector<unsigned> now = controller.namespaces(id);
  for (const unsigned number : now)
    if (!std::ranges::binary_search(wanted, number))
      controller.attach(id, number, NVME_NS_ATTACH_SEL_CTRL_DEATTACH, "detaching");
  for (const unsigned number : wanted)
    if (!std::ranges::binary_search(now, number))
      controller.attach(id, number, NVME_NS_ATTACH_SEL_CTRL_ATTACH, "attaching");
}

}  // namespace

std::string resources_text(const NvmeResources& resources) {
  std::string namespaces;
  for (const unsigned number : resources.namespaces)
    namespaces += (namespaces.empty() ? "" : ",") + std::to_string(number);
  return std::string(resources.online ? "online, " : "offline, ") + std::to_string(resources.queues) + " queues, " +
         std::to_string(resources.interrupts) + " interrupts, namespaces " + (namespaces.empty() ? "none" : namespaces);
}

NvmeResources read_nvme_resources(const std::string& node, unsigned vf) {
  const Controller controller(node);
  const nvme_secondary_ctrl secondary = controller.secondary(vf);
  return {.online = (secondary.scs & 1) != 0,
          .queues = secondary.nvq,
          .interrupts = secondary.nvi,
          .namespaces = controller.namespaces(secondary.scid)};
}

void write_nvme_resources(const std::string& node, unsigned vf, const NvmeResources& wanted) {
  const Controller controller(node);
  const nvme_secondary_ctrl now = controller.secondary(vf);
  const std::string name = "VF " + std::to_string(vf) + ": ";
  const auto manage = [&](nvme_virt_mgmt_act action, nvme_virt_mgmt_rt type, unsigned count, const std::string& what) {
    controller.manage(now.scid, action, type, count, name + what);
  };
  // 8.26.3: resources are assigned while the controller is offline.
  if ((now.scs & 1) != 0)
    manage(NVME_VIRT_MGMT_ACT_OFFLINE_SEC_CTRL, NVME_VIRT_MGMT_RT_VQ_RESOURCE, 0, "taking it offline");
  if (now.nvq != wanted.queues)
    manage(NVME_VIRT_MGMT_ACT_ASSIGN_SEC_CTRL, NVME_VIRT_MGMT_RT_VQ_RESOURCE, wanted.queues,
           "giving it " + std::to_string(wanted.queues) + " queues");
  if (now.nvi != wanted.interrupts)
    manage(NVME_VIRT_MGMT_ACT_ASSIGN_SEC_CTRL, NVME_VIRT_MGMT_RT_VI_RESOURCE, wanted.interrupts,
           "giving it " + std::to_string(wanted.interrupts) + " interrupts");
  set_namespaces(controller, now.scid, wanted.namespaces);
  if (wanted.online) manage(NVME_VIRT_MGMT_ACT_ONLINE_SEC_CTRL, NVME_VIRT_MGMT_RT_VQ_RESOURCE, 0, "setting it online");
}

}  // namespace vireo::host
