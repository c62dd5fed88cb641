#include "vmm/plan_svg_style.h"

#include <spdlog/fmt/fmt.h>

#include <array>

#include "vmm/picture_layout.h"

namespace vireo {
namespace {

// No variables of CSS: viewers that are no browsers do not know them.
struct Palette {
  const char* paper;
  const char* ink;
  const char* quiet;
  const char* line;
  const char* warning;
  const char* plain;  // these four: what fills a box
  const char* passed;
  const char* emulated;
  const char* conflict;
  const char* passed_line;
  const char* emulated_line;
  const char* conflict_line;
  const char* conflict_text;
};

constexpr Palette kLight{.paper = "#ffffff",
                         .ink = "#1f2328",
                         .quiet = "#59636e",
                         .line = "#c4ccd4",
                         .warning = "#8a5600",
                         .plain = "#f6f8fa",
                         .passed = "#eaf4ff",
                         .emulated = "#f5f0ff",
                         .conflict = "#fff0ee",
                         .passed_line = "#2f7fd6",
                         .emulated_line = "#8b66d9",
                         .conflict_line = "#d1343f",
                         .conflict_text = "#a8141f"};
constexpr Palette kDark{.paper = "#0f1318",
                        .ink = "#e6edf3",
                        .quiet = "#9aa4af",
                        .line = "#3f4853",
                        .warning = "#e0a83c",
                        .plain = "#181d24",
                        .passed = "#12253d",
                        .emulated = "#221c38",
                        .conflict = "#331719",
                        .passed_line = "#4f97ea",
                        .emulated_line = "#a184e8",
                        .conflict_line = "#f0606a",
                        .conflict_text = "#ff9a9a"};

std::string colours(const Palette& palette) {
  return fmt::format(
      ".paper{{fill:{}}}\ntext{{fill:{}}}\ntext.quiet{{fill:{}}}\ntext.warning{{fill:{}}}\ntext.conflict{{fill:{}}}\n"
      ".wire,.rule{{stroke:{}}}\n"
      "rect.plain{{fill:{};stroke:{}}}\nrect.passed{{fill:{};stroke:{}}}\nrect.emulated{{fill:{};stroke:{}}}\n"
      "rect.conflict{{fill:{};stroke:{}}}\npath.passed{{stroke:{}}}\npath.conflict{{stroke:{}}}\n",
      palette.paper, palette.ink, palette.quiet, palette.warning, palette.conflict_text, palette.line, palette.plain,
      palette.line, palette.passed, palette.passed_line, palette.emulated, palette.emulated_line, palette.conflict,
      palette.conflict_line, palette.passed_line, palette.conflict_line);
}

std::string font(const svg::TextStyle& style) {
  return fmt::format(".{}{{font:{} {}px {}}}\n", style.name, style.bold ? 600 : 400, style.size,
                     style.monospaced ? "ui-monospace,Menlo,Consolas,\"DejaVu Sans Mono\",monospace"
                                      : "system-ui,\"Segoe UI\",Helvetica,Arial,\"DejaVu Sans\",sans-serif");
}

}  // namespace

std::string plan_style_sheet() {
  std::string css;
  for (const svg::TextStyle& style : std::array{kTitleText, kSideText, kHeadingText, kAsideText, kBodyText})
    css += font(style);
  css +=
      "path{fill:none}\n.wire,.rule{stroke-width:1}\n.link{stroke-width:2}\n"
      "rect.conflict,path.conflict{stroke-width:2;stroke-dasharray:7 4}\n"
      "rect.emulated{stroke-dasharray:2 3;stroke-linecap:round}\n"
      "g.link:hover path,g.link:focus path{stroke-width:4}\n";
  return css + colours(kLight) + "@media (prefers-color-scheme:dark){\n" + colours(kDark) + "}\n";
}

}  // namespace vireo
