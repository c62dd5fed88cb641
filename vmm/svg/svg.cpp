#include "vmm/svg/svg.h"

#include <spdlog/fmt/fmt.h>

namespace vireo::svg {
namespace {

std::string class_text(const std::string& css_class) {
  return css_class.empty() ? "" : fmt::format(" class=\"{}\"", xml_text(css_class));
}

// A tenth of a pixel is seen by nobody.
std::string number(double value) {
  std::string text = fmt::format("{:.1f}", value);
  if (text.ends_with(".0")) text.resize(text.size() - 2);
  return text;
}

std::string text_element(const Point& at, const std::string& more, const std::string& css_class,
                         const std::string& text) {
  return fmt::format("<text{} x=\"{}\" y=\"{}\"{}>{}</text>\n", class_text(css_class), number(at.x), number(at.y), more,
                     xml_text(text));
}

std::string classes(const TextStyle& style, const std::string& css_class) {
  return css_class.empty() ? style.name : std::string(style.name) + " " + css_class;
}

}  // namespace

Writer::Writer(double width, double height, const std::string& title, const std::string& description,
               const std::string& style_sheet)
    : text_(fmt::format("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" "
                        "viewBox=\"0 0 {0} {1}\" role=\"graphics-document\" "
                        "aria-labelledby=\"title\" aria-describedby=\"description\">\n"
                        "<title id=\"title\">{2}</title>\n<desc id=\"description\">{3}</desc>\n"
                        "<style>\n{4}</style>\n",
                        number(width), number(height), xml_text(title), xml_text(description), style_sheet)) {}

// No declaration of XML: in HTML it would be an error.
Writer::Writer(const Inline& picture)
    : text_(fmt::format("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{1}\" height=\"{2}\" "
                        "viewBox=\"0 0 {1} {2}\" role=\"img\" "
                        "aria-labelledby=\"{0}-title\" aria-describedby=\"{0}-description\">\n"
                        "<title id=\"{0}-title\">{3}</title>\n<desc id=\"{0}-description\">{4}</desc>\n",
                        xml_text(picture.id), number(picture.width), number(picture.height), xml_text(picture.title),
                        xml_text(picture.description))) {}

void Writer::open_group(const std::string& css_class, const std::string& title, const Attributes& attributes) {
  text_ += fmt::format("<g{}", class_text(css_class));
  for (const auto& [name, value] : attributes) text_ += fmt::format(" {}=\"{}\"", name, xml_text(value));
  text_ += ">\n";
  if (!title.empty()) text_ += fmt::format("<title>{}</title>\n", xml_text(title));
}

void Writer::close_group() {
  text_ += "</g>\n";
}

void Writer::add_rectangle(const Box& box, const std::string& css_class, double radius) {
  text_ += fmt::format("<rect{} x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"{}\"/>\n", class_text(css_class),
                       number(box.x), number(box.y), number(box.width), number(box.height), number(radius));
}

void Writer::add_text(const Point& at, const TextStyle& style, const std::string& text, const std::string& css_class) {
  text_ += text_element(at, "", classes(style, css_class), text);
}

void Writer::add_text_before(const Point& right, const TextStyle& style, const std::string& text,
                             const std::string& css_class) {
  text_ += text_element(right, " text-anchor=\"end\"", classes(style, css_class), text);
}

void Writer::add_centred_text(const Point& middle, const TextStyle& style, const std::string& text,
                              const std::string& css_class) {
  text_ += text_element(middle, " text-anchor=\"middle\"", classes(style, css_class), text);
}

void Writer::add_upright_text(const Point& middle, const TextStyle& style, const std::string& text,
                              const std::string& css_class) {
  const std::string turn =
      fmt::format(" text-anchor=\"middle\" transform=\"rotate(-90 {} {})\"", number(middle.x), number(middle.y));
  text_ += text_element(middle, turn, classes(style, css_class), text);
}

void Writer::add_polyline(const std::vector<Point>& points, const std::string& css_class) {
  std::string path;
  for (const Point& point : points)
    path += fmt::format("{}{} {}", path.empty() ? 'M' : 'L', number(point.x), number(point.y));
  text_ += fmt::format("<path{} d=\"{}\"/>\n", class_text(css_class), path);
}

void Writer::add_line(const Point& from, const Point& to, const std::string& css_class) {
  text_ += fmt::format("<path{} d=\"M{} {}L{} {}\"/>\n", class_text(css_class), number(from.x), number(from.y),
                       number(to.x), number(to.y));
}

void Writer::add_curve(const Point& from, const Point& to, const std::string& css_class) {
  const std::string middle = number((from.x + to.x) / 2);
  text_ += fmt::format("<path{0} d=\"M{1} {2}C{3} {2} {3} {5} {4} {5}\"/>\n", class_text(css_class), number(from.x),
                       number(from.y), middle, number(to.x), number(to.y));
}

std::string Writer::finish() {
  return text_ + "</svg>\n";
}

}  // namespace vireo::svg
