#include <algorithm>
#include <cmath>

#include "vmm/compare/chart_parts.h"

namespace vireo::compare {
namespace {

constexpr double kBarHeight = 20;
constexpr double kStep = 27;  // from bar to bar
constexpr double kHeading = 24;
constexpr double kLongestName = 150;
constexpr double kBelow = 26;
constexpr double kBase = 15;  // from a bar's upper end to where its letters stand

double length_of(const Bar& bar) {
  double sum = 0;
  for (const Segment& segment : bar.segments) sum += std::max(segment.value, 0.0);
  return sum;
}

class BarPainter {
 public:
  explicit BarPainter(const BarChart& chart) : chart_(chart) {
    double names = 0;
    double values = 0;
    size_t bars = 0;
    for (const BarGroup& group : chart.groups) {
      height_ += group.name.empty() ? 0 : kHeading;
      for (const Bar& bar : group.bars) {
        most_ = std::max(most_, length_of(bar));
        names = std::max(names, svg::text_width(bar.name, kChartText));
        values = std::max(values, svg::text_width(bar.value, kChartText));
        ++bars;
      }
    }
    empty_ = bars == 0;
    height_ += kStep * static_cast<double>(bars);
    for (size_t series = 0; series < chart.legend.size(); ++series) entries_.push_back({chart.legend[series], series});
    const double legend = kLegendLine * static_cast<double>(legend_lines(entries_, kChartWidth));
    plot_ = {
        .x = std::min(names, kLongestName) + 10, .y = legend + (legend > 0 ? 8 : 2), .width = 0, .height = height_};
    plot_.width = std::max(kChartWidth - plot_.x - std::max(values + 12, 26.0), kChartWidth / 3);
  }

  bool is_empty() const { return empty_; }

  std::string paint() {
    svg::Writer picture(svg::Inline{.id = chart_.id,
                                    .width = kChartWidth,
                                    .height = plot_.bottom() + kBelow,
                                    .title = chart_.title,
                                    .description = chart_.description});
    paint_legend(picture, entries_, {.width = kChartWidth}, "bar");
    paint_axis(picture);
    double y = plot_.y;
    for (const BarGroup& group : chart_.groups) {
      if (!group.name.empty()) picture.add_text({0, y + kBase + 2}, kChartText, group.name, "strong");
      y += group.name.empty() ? 0 : kHeading;
      for (const Bar& bar : group.bars) {
        paint(picture, bar, y);
        y += kStep;
      }
    }
    return picture.finish();
  }

 private:
  double width_of(double value) const { return most_ > 0 ? plot_.width * std::max(value, 0.0) / most_ : 0; }

  void paint_axis(svg::Writer& picture) const {
    double used = -1;  // to where the marks' texts reach
    for (const double tick : linear_ticks(most_)) {
      const double x = plot_.x + width_of(tick);
      picture.add_line({x, plot_.y}, {x, plot_.bottom()}, tick == 0 ? "axis" : "grid");
      const std::string text = short_number(chart_.tick_text(tick));
      const double half = svg::text_width(text, kChartText) / 2;
      if (x - half < used) continue;
      picture.add_centred_text({x, plot_.bottom() + 18}, kChartText, text, "quiet");
      used = x + half + 4;
    }
  }

  void paint(svg::Writer& picture, const Bar& bar, double y) const {
    picture.add_text_before({plot_.x - 8, y + kBase}, kChartText, svg::fit_text(bar.name, kChartText, kLongestName));
    double x = plot_.x;
    for (const Segment& segment : bar.segments) {
      const double width = width_of(segment.value);
      if (width < 0.05) continue;
      picture.open_group("", segment.title);
      picture.add_rectangle({.x = x, .y = y, .width = width, .height = kBarHeight}, "bar " + look_class(segment.series),
                            1);
      paint_name(picture, segment, {.x = x, .y = y, .width = width});
      picture.close_group();
      x += width;
    }
    picture.add_text({x + 6, y + kBase}, kChartText, bar.value, "value");
  }

  // Colours alone tell nothing to some people.
  void paint_name(svg::Writer& picture, const Segment& segment, const svg::Box& place) const {
    if (segment.series >= chart_.legend.size()) return;
    const std::string& name = chart_.legend[segment.series];
    if (svg::text_width(name, kChartText) + 8 > place.width) return;
    picture.add_centred_text({place.x + place.width / 2, place.y + kBase}, kChartText, name, "inside");
  }

  const BarChart& chart_;
  std::vector<LegendEntry> entries_;
  svg::Box plot_;
  double most_ = 0;
  double height_ = 0;
  bool empty_ = true;
};

}  // namespace

std::string bar_chart(const BarChart& chart) {
  BarPainter painter(chart);
  return painter.is_empty() ? std::string() : painter.paint();
}

}  // namespace vireo::compare
