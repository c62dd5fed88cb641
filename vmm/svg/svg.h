#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vireo::svg {

// Return text as it may stand in XML, also between quotes. What is no UTF-8, no character of XML's, or turns the
// direction of writing becomes U+FFFD; tabs and line ends become blanks.
// Source: XML 1.0 2.2; Unicode Standard Annex 9, explicit formatting.
std::string xml_text(std::string_view text);

// How text is set. `name` is its class in the style sheet.
struct TextStyle {
  const char* name;
  unsigned size;  // pixels
  bool monospaced = false;
  bool bold = false;
};

// Return how wide a line is at most: nobody knows which font a viewer has.
// Units: pixels.
double text_width(std::string_view text, const TextStyle& style);
// Return the line cut to a width, with an ellipsis where something is left out.
std::string fit_text(std::string_view text, const TextStyle& style, double width);
// Return the text broken into lines of a width; the last of `most` lines is cut.
std::vector<std::string> wrap_text(std::string_view text, const TextStyle& style, double width, size_t most);

struct Point {
  double x = 0;
  double y = 0;
};

struct Box {
  double x = 0;
  double y = 0;
  double width = 0;
  double height = 0;
  double right() const { return x + width; }
  double bottom() const { return y + height; }
};

// A picture in an HTML page, whose style sheet it uses. `id`: unlike all others' in the page, no blanks.
struct Inline {
  std::string id;
  double width = 0;
  double height = 0;
  std::string title;  // these two: for who cannot see it
  std::string description;
};

// Writes one picture that needs nothing else: no script, no font, no other file. Classes are the style sheet's.
class Writer {
 public:
  explicit Writer(const Inline& picture);
  // `style_sheet`: CSS of ours. `title`, `description`: for who cannot see it.
  Writer(double width, double height, const std::string& title, const std::string& description,
         const std::string& style_sheet);

  using Attributes = std::vector<std::pair<std::string, std::string>>;
  // What follows until close_group() belongs together; `title` is shown when somebody points at it.
  void open_group(const std::string& css_class, const std::string& title, const Attributes& attributes = {});
  void close_group();
  void add_rectangle(const Box& box, const std::string& css_class, double radius = 0);
  // `at`: where its base line begins.
  void add_text(const Point& at, const TextStyle& style, const std::string& text, const std::string& css_class = {});
  // `right`: where its base line ends.
  void add_text_before(const Point& right, const TextStyle& style, const std::string& text,
                       const std::string& css_class = {});
  // `middle`: of its base line.
  void add_centred_text(const Point& middle, const TextStyle& style, const std::string& text,
                        const std::string& css_class = {});
  // The same turned by a quarter, to be read from below upwards.
  void add_upright_text(const Point& middle, const TextStyle& style, const std::string& text,
                        const std::string& css_class = {});
  void add_line(const Point& from, const Point& to, const std::string& css_class);
  // Lines from point to point.
  void add_polyline(const std::vector<Point>& points, const std::string& css_class);
  // A curve that leaves and arrives level.
  void add_curve(const Point& from, const Point& to, const std::string& css_class);
  // Return the whole document.
  std::string finish();

 private:
  std::string text_;
};

}  // namespace vireo::svg
