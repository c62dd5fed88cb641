#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "vmm/compare/chart_parts.h"
#include "vmm/compare/words.h"

namespace vireo::compare {
namespace {

constexpr double kDecades = 4;  // to 99.99 %
constexpr svg::Box kPlot{.x = 78, .y = 0, .width = kChartWidth - 78 - 14, .height = 260};
constexpr double kBelow = 48;  // for the marks of the lower axis and its name

struct Mark {
  double share;
  const char* text;
};
constexpr std::array kMarks{Mark{0, "0 %"},     Mark{0.5, "50 %"},     Mark{0.9, "90 %"},
                            Mark{0.99, "99 %"}, Mark{0.999, "99.9 %"}, Mark{0.9999, "99.99 %"}};

class CurvePainter {
 public:
  explicit CurvePainter(const CurveChart& chart) : chart_(chart) {
    for (const Curve& curve : chart.curves) {
      entries_.push_back({curve.name, curve.series});
      for (const svg::Point& point : curve.points) extend(std::max(point.y, 1.0));
    }
    if (is_empty()) return;
    // A curve that is level has a decade's room too.
    least_ = std::pow(10, std::floor(std::log10(least_) * 10 - 0.2) / 10);
    most_ = std::max(least_ * 2, std::pow(10, std::ceil(std::log10(most_) * 10 + 0.2) / 10));
    plot_.y = 12 + kLegendLine * static_cast<double>(legend_lines(entries_, kPlot.width));
  }

  bool is_empty() const { return most_ < least_; }

  std::string paint() {
    svg::Writer picture(svg::Inline{.id = chart_.id,
                                    .width = kChartWidth,
                                    .height = plot_.bottom() + kBelow,
                                    .title = chart_.title,
                                    .description = chart_.description});
    paint_legend(picture, entries_, {.x = plot_.x, .y = 0, .width = plot_.width}, "curve");
    paint_axes(picture);
    for (const Curve& curve : chart_.curves) {
      std::vector<svg::Point> points;
      for (const svg::Point& point : curve.points) points.push_back({x_of(point.x), y_of(point.y)});
      picture.open_group("", curve.name);
      picture.add_polyline(points, "curve " + look_class(curve.series));
      picture.close_group();
    }
    return picture.finish();
  }

 private:
  void extend(double latency) {
    least_ = std::min(least_, latency);
    most_ = std::max(most_, latency);
  }
  double x_of(double decades) const { return plot_.x + plot_.width * std::min(decades, kDecades) / kDecades; }
  double y_of(double latency) const {
    const double part = std::log(std::max(latency, 1.0) / least_) / std::log(most_ / least_);
    return plot_.bottom() - plot_.height * part;
  }

  void paint_axes(svg::Writer& picture) const {
    for (const double tick : logarithmic_ticks(least_, most_)) {
      const double y = y_of(tick);
      picture.add_line({plot_.x, y}, {plot_.right(), y}, "grid");
      picture.add_text_before({plot_.x - 8, y + 4}, kChartText, short_number(duration_text(tick)), "quiet");
    }
    for (const Mark& mark : kMarks) {
      const double x = x_of(-std::log10(1 - mark.share));
      picture.add_line({x, plot_.y}, {x, plot_.bottom()}, "grid");
      if (mark.share == kMarks.back().share)
        picture.add_text_before({x + 12, plot_.bottom() + 18}, kChartText, mark.text, "quiet");
      else
        picture.add_centred_text({x, plot_.bottom() + 18}, kChartText, mark.text, "quiet");
    }
    picture.add_line({plot_.x, plot_.bottom()}, {plot_.right(), plot_.bottom()}, "axis");
    picture.add_line({plot_.x, plot_.y}, {plot_.x, plot_.bottom()}, "axis");
    picture.add_centred_text({plot_.x + plot_.width / 2, plot_.bottom() + 40}, kChartText,
                             "part of the operations that take no longer", "quiet");
    picture.add_upright_text({12, plot_.y + plot_.height / 2}, kChartText, "latency", "quiet");
  }

  const CurveChart& chart_;
  std::vector<LegendEntry> entries_;
  svg::Box plot_ = kPlot;
  double least_ = 1e300;
  double most_ = 0;
};

}  // namespace

std::string curve_chart(const CurveChart& chart) {
  CurvePainter painter(chart);
  return painter.is_empty() ? std::string() : painter.paint();
}

}  // namespace vireo::compare
