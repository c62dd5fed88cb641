#include "vmm/compare/chart_parts.h"

#include <spdlog/fmt/fmt.h>

#include <cmath>

namespace vireo::compare {
namespace {

constexpr double kSample = 26;
constexpr double kGap = 18;
constexpr double kLongestName = 200;

double width_of(const LegendEntry& entry) {
  return kSample + 6 + std::min(svg::text_width(entry.name, kChartText), kLongestName) + kGap;
}

// Visit each entry with where it stands: as many in a line as fit.
template <typename Visit>
size_t place(const std::vector<LegendEntry>& entries, double width, Visit visit) {
  double x = 0;
  size_t line = 0;
  for (const LegendEntry& entry : entries) {
    if (x > 0 && x + width_of(entry) > width) {
      x = 0;
      ++line;
    }
    visit(entry, svg::Point{x, kLegendLine * static_cast<double>(line)});
    x += width_of(entry);
  }
  return line + 1;
}

}  // namespace

std::string look_class(size_t series) {
  return fmt::format("s{}", series % kLooks);
}

std::string short_number(const std::string& text) {
  const size_t end = std::min(text.find(' '), text.size());
  const size_t point = text.find('.');
  if (point >= end || text.find_first_not_of('0', point + 1) < end) return text;
  return text.substr(0, point) + text.substr(end);
}

size_t legend_lines(const std::vector<LegendEntry>& entries, double width) {
  return entries.empty() ? 0 : place(entries, width, [](const LegendEntry&, const svg::Point&) {});
}

void paint_legend(svg::Writer& picture, const std::vector<LegendEntry>& entries, const svg::Box& box,
                  const std::string& css_class) {
  place(entries, box.width, [&](const LegendEntry& entry, const svg::Point& at) {
    const svg::Point corner{box.x + at.x, box.y + at.y};
    const std::string look = css_class + " " + look_class(entry.series);
    if (css_class == "bar")
      picture.add_rectangle({.x = corner.x, .y = corner.y + 2, .width = kSample, .height = 12}, look, 2);
    else
      picture.add_line({corner.x, corner.y + 8}, {corner.x + kSample, corner.y + 8}, look);
    picture.add_text({corner.x + kSample + 6, corner.y + 12}, kChartText,
                     svg::fit_text(entry.name, kChartText, kLongestName));
  });
}

std::vector<double> linear_ticks(double most) {
  constexpr double kFew = 5;
  if (!(most > 0)) return {0};
  const double power = std::pow(10, std::floor(std::log10(most / kFew)));
  const double rough = most / kFew / power;
  const double step = power * (rough <= 1 ? 1 : rough <= 2 ? 2 : rough <= 5 ? 5 : 10);
  std::vector<double> ticks;
  for (unsigned i = 0; i * step <= most * 1.0001; ++i) ticks.push_back(i * step);
  return ticks;
}

std::vector<double> logarithmic_ticks(double least, double most) {
  const int first = static_cast<int>(std::floor(std::log10(least)));
  const int last = static_cast<int>(std::ceil(std::log10(most)));
  constexpr int kManyDecades = 4;
  std::vector<double> ticks;
  for (int decade = first; decade <= last; ++decade)
    for (const double part : {1.0, 2.0, 5.0}) {
      if (part > 1 && last - first > kManyDecades) continue;
      const double tick = part * std::pow(10, decade);
      if (tick >= least * 0.9999 && tick <= most * 1.0001) ticks.push_back(tick);
    }
  return ticks;
}

}  // namespace vireo::compare
