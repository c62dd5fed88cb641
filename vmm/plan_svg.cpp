#include "vmm/plan_svg.h"

#include <spdlog/fmt/fmt.h>
#include <spdlog/fmt/ranges.h>

#include <algorithm>
#include <array>
#include <set>

#include "vmm/base/size_text.h"
#include "vmm/picture_layout.h"
#include "vmm/plan_svg_style.h"

namespace vireo {
namespace {

using Tone = PictureLine::Tone;

constexpr double kMargin = 28;
constexpr double kChannel = 132;  // between the sides, for the links
constexpr double kTop = 128;      // of the boxes
constexpr double kBase = 13;      // from a line's upper end to where its letters stand
constexpr double kRadius = 6;

std::string tone_class(Tone tone) {
  constexpr std::array kClasses{"", "quiet", "warning", "conflict"};
  return kClasses.at(static_cast<size_t>(tone));
}

std::string look_class(Look look) {
  constexpr std::array kClasses{"plain", "passed", "emulated", "conflict"};
  return kClasses.at(static_cast<size_t>(look));
}

std::string count_text(size_t count, const std::string& what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

// Everything that a box says, uncut.
std::string whole_text(const PictureBox& box) {
  std::string text = box.heading + (box.aside.empty() ? "" : " " + box.aside);
  for (const PictureLine& line : box.lines) text += "; " + line.text;
  return text + (box.more.empty() ? "" : "; " + box.more);
}

class PlanPainter {
 public:
  explicit PlanPainter(const Plan& plan) : plan_(plan), host_boxes_(host_boxes(plan)), guest_boxes_{guest_boxes(plan)} {
    const double guest_x = kMargin + width_of_side(host_boxes_) + kChannel;
    host_ = place_side(host_boxes_, {kMargin, kTop}, false);
    guest_ = place_side(guest_boxes_, {guest_x, kTop}, true);
    width_ = guest_x + guest_.width + kMargin;
    bottom_ = kTop + std::max(host_.height, guest_.height) + 2 * kMargin;
    break_notes();
  }

  std::string paint() {
    const double height =
        bottom_ + kLineHeight * static_cast<double>(notes_.size() + (notes_.empty() ? 1 : 2)) + kMargin;
    svg::Writer picture(width_, height, "guest " + plan_.config.name, description(), plan_style_sheet());
    picture.add_rectangle({.width = width_, .height = height}, "paper");
    paint_head(picture);
    for (const PlacedBox& box : host_.boxes) paint_wires(picture, box, false);
    for (const PlacedBox& box : guest_.boxes) paint_wires(picture, box, true);
    paint_links(picture, guest_.boxes);
    for (const PlacedBox& box : host_.boxes) paint_box(picture, box, "host");
    for (const PlacedBox& box : guest_.boxes) paint_box(picture, box, "guest");
    paint_legend(picture);
    paint_notes(picture);
    return picture.finish();
  }

 private:
  // What concerns no device alone, and how to mend each conflict.
  void break_notes() {
    const auto add = [this](Tone tone, const std::string& text) {
      for (std::string& line : svg::wrap_text(text, kBodyText, width_ - 2 * kMargin, 6))
        notes_.push_back({.tone = tone, .text = std::move(line)});
    };
    for (const Conflict& conflict : plan_.conflicts) {
      add(Tone::kConflict, "conflict: " + conflict.message);
      if (!conflict.help.empty()) add(Tone::kQuiet, "help: " + conflict.help);
    }
    for (const std::string& remark : plan_.remarks) add(Tone::kNormal, "remark: " + remark);
  }

  std::string size_line() const {
    const config::MemoryConfig& memory = plan_.config.memory;
    std::string text =
        fmt::format("{}, {} of memory", count_text(plan_.config.cpus, "vCPU"), base::size_text(memory.size));
    if (memory.hugepages) text += fmt::format(" in pages of {}", base::size_text(*memory.hugepages));
    if (memory.numa_node) text += fmt::format(" on NUMA node {}", *memory.numa_node);
    std::set<unsigned> nodes;
    for (const auto& [address, facts] : plan_.devices)
      if (facts.numa_node) nodes.insert(*facts.numa_node);
    if (nodes.size() > 1 || (memory.numa_node && !nodes.empty() && !nodes.contains(*memory.numa_node)))
      text += fmt::format(", devices on NUMA node{} {}", nodes.size() == 1 ? "" : "s", fmt::join(nodes, " and "));
    if (!plan_.devices.empty()) text += plan_.iommufd ? ", IOMMU by iommufd" : ", IOMMU by VFIO's type1 container";
    return text + fmt::format(", {} at most", count_text(plan_.vectors, "interrupt vector"));
  }

  std::string verdict() const {
    return plan_.conflicts.empty() ? "no conflicts: `vireo run` would start this guest"
                                   : count_text(plan_.conflicts.size(), "conflict") + ": `vireo run` would refuse it";
  }

  // For who cannot see the lines.
  std::string description() const {
    std::string text = size_line() + "; " + verdict() + ".";
    for (const auto& [address, role] : plan_.roles)
      if (role.kind == FunctionKind::kPassthrough) text += " " + link_text(address) + ".";
    return text;
  }

  std::string link_text(const std::string& address) const {
    const PlacedBox* guest = find(guest_.boxes, address);
    return fmt::format("The host's {} becomes the guest's {}", address, guest == nullptr ? "" : guest->heading);
  }

  static const PlacedBox* find(const std::vector<PlacedBox>& boxes, const std::string& name) {
    for (const PlacedBox& box : boxes) {
      if (!box.box->over && box.box->name == name) return &box;
      if (const PlacedBox* below = find(box.below, name)) return below;
    }
    return nullptr;
  }

  void paint_head(svg::Writer& picture) const {
    const double room = width_ - 2 * kMargin;
    picture.add_text({kMargin, 42}, kTitleText, svg::fit_text("guest " + plan_.config.name, kTitleText, room));
    picture.add_text({kMargin, 64}, kBodyText, svg::fit_text(size_line(), kBodyText, room), "quiet");
    picture.add_text({kMargin, 82}, kBodyText, verdict(), plan_.conflicts.empty() ? "quiet" : "conflict");
    const double guest = kMargin + host_.width + kChannel;
    picture.add_text({kMargin, kTop - 14}, kSideText, "Host");
    picture.add_text_before({guest + guest_.width, kTop - 14}, kSideText, "Guest");
    if (host_.boxes.empty())
      picture.add_text({kMargin, kTop + kBase}, kBodyText, "This guest gets none of the host's devices.", "quiet");
  }

  static void paint_wires(svg::Writer& picture, const PlacedBox& box, bool mirrored) {
    for (const PlacedBox& below : box.below) {
      const double y = below.level;
      if (mirrored)
        picture.add_line({below.place.right(), y}, {box.place.x, y}, "wire");
      else
        picture.add_line({box.place.right(), y}, {below.place.x, y}, "wire");
      paint_wires(picture, below, mirrored);
    }
  }

  void paint_links(svg::Writer& picture, const std::vector<PlacedBox>& boxes) const {
    for (const PlacedBox& box : boxes) {
      paint_links(picture, box.below);
      const PlacedBox* host = box.box->over ? nullptr : find(host_.boxes, box.box->name);
      if (host == nullptr) continue;
      picture.open_group("link", link_text(box.box->name), {{"data-device", box.box->name}});
      picture.add_curve({host->place.right(), host->level}, {box.place.x, box.level},
                        "link " + look_class(host->box->look));
      picture.close_group();
    }
  }

  static void paint_box(svg::Writer& picture, const PlacedBox& box, const std::string& side) {
    picture.open_group("box", whole_text(*box.box), {{"data-side", side}, {"data-name", box.box->name}});
    picture.add_rectangle(box.place, look_class(box.box->look), kRadius);
    svg::Point at{box.place.x + kPadding, box.place.y + kPadding + kBase};
    picture.add_text(at, kHeadingText, box.heading);
    if (!box.aside.empty())
      picture.add_text_before({box.place.right() - kPadding, at.y}, kAsideText, box.aside, "quiet");
    for (const PictureLine& line : box.lines) {
      at.y += kLineHeight;
      picture.add_text(at, kBodyText, line.text, tone_class(line.tone));
    }
    picture.close_group();
    for (const PlacedBox& below : box.below) paint_box(picture, below, side);
  }

  void paint_legend(svg::Writer& picture) const {
    constexpr std::array<std::pair<Look, const char*>, 4> kEntries{
        std::pair{Look::kPassed, "passed through"},
        {Look::kEmulated, "emulated by vireo"},
        {Look::kConflict, "conflict"},
        {Look::kPlain, "bridges, ports, and what the guest does not get"}};
    double x = kMargin;
    for (const auto& [look, text] : kEntries) {
      picture.add_rectangle({.x = x, .y = bottom_ - 10, .width = 22, .height = 12}, look_class(look) + " key", 3);
      picture.add_text({x + 30, bottom_}, kBodyText, text, "quiet");
      x += 30 + svg::text_width(text, kBodyText) + kMargin;
    }
  }

  void paint_notes(svg::Writer& picture) const {
    double y = bottom_ + 2 * kLineHeight;
    for (const PictureLine& line : notes_) {
      picture.add_text({kMargin, y}, kBodyText, line.text, tone_class(line.tone));
      y += kLineHeight;
    }
  }

  const Plan& plan_;
  std::vector<PictureBox> host_boxes_;
  std::vector<PictureBox> guest_boxes_;
  PlacedSide host_;
  PlacedSide guest_;
  double width_ = 0;
  double bottom_ = 0;  // of the boxes and the legend
  std::vector<PictureLine> notes_;
};

}  // namespace

std::string plan_svg(const Plan& plan) {
  return PlanPainter(plan).paint();
}

}  // namespace vireo
