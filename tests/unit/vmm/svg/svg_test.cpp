#include "vmm/svg/svg.h"

#include <gmock/gmock.h>

namespace vireo::svg {
namespace {

constexpr TextStyle kStyle{.name = "body", .size = 10, .monospaced = true};  // 6.2 pixels a letter

TEST(SvgText, EscapesMarkup) {
  EXPECT_EQ(xml_text("<a href=\"x\">&'"), "&lt;a href=&quot;x&quot;&gt;&amp;&#39;");
}

TEST(SvgText, KeepsCharacters) {
  EXPECT_EQ(xml_text("\xc3\xa9\xe2\x82\xac\xf0\x9f\x90\xa6"), "\xc3\xa9\xe2\x82\xac\xf0\x9f\x90\xa6");
}

// XML 1.0 2.2: of the control characters there are three.
TEST(SvgText, ReplacesControlCharacters) {
  EXPECT_EQ(xml_text(std::string_view("a\0b\x1b", 4)),
            "a\xef\xbf\xbd"
            "b\xef\xbf\xbd");
  EXPECT_EQ(xml_text("a\tb\nc"), "a b c");
}

TEST(SvgText, ReplacesWhatIsNoUtf8) {
  EXPECT_EQ(xml_text("\xff"), "\xef\xbf\xbd");
  EXPECT_EQ(xml_text("\xc3"), "\xef\xbf\xbd");
  EXPECT_EQ(xml_text("\xc0\xaf"), "\xef\xbf\xbd\xef\xbf\xbd");          // not the shortest form
  EXPECT_EQ(xml_text("\xed\xa0\x80").find("\xed"), std::string::npos);  // a surrogate
  EXPECT_EQ(xml_text("\xf4\x90\x80\x80").find("\xf4"), std::string::npos);
}

TEST(SvgText, ReplacesWhatXmlHasNot) {
  EXPECT_EQ(xml_text("\xef\xbf\xbe"), "\xef\xbf\xbd");
}

// A name that turns the line around it would lie about its neighbours.
TEST(SvgText, ReplacesWhatTurnsTheDirection) {
  EXPECT_EQ(xml_text("\xe2\x80\xae"), "\xef\xbf\xbd");
}

TEST(SvgText, CutsWithAnEllipsis) {
  EXPECT_EQ(fit_text("abcd", kStyle, 25), "abcd");
  EXPECT_EQ(fit_text("abcdefgh", kStyle, 25), "ab\xe2\x80\xa6");
}

TEST(SvgText, CutsBetweenCharacters) {
  EXPECT_EQ(fit_text("\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9", kStyle, 31), "\xc3\xa9\xc3\xa9\xe2\x80\xa6");
}

TEST(SvgText, BreaksAtBlanks) {
  EXPECT_THAT(wrap_text("ab cd ef", kStyle, 32, 9), testing::ElementsAre("ab cd", "ef"));
}

TEST(SvgText, BreaksALongWord) {
  EXPECT_THAT(wrap_text("abcdefg", kStyle, 25, 9), testing::ElementsAre("abcd", "efg"));
}

TEST(SvgText, CutsTheLastLine) {
  EXPECT_THAT(wrap_text("ab cd ef", kStyle, 25, 2), testing::ElementsAre("ab", "cd\xe2\x80\xa6"));
}

TEST(Writer, WritesADocument) {
  Writer svg(10, 20, "a < b", "c", "text{}\n");
  svg.open_group("box", "whole", {{"data-name", "\""}});
  svg.add_rectangle({.x = 1.25, .y = 2, .width = 3, .height = 4}, "plain");
  svg.add_text({1, 2}, kStyle, "t", "quiet");
  svg.add_curve({0, 1}, {4, 5}, "link");
  svg.close_group();
  EXPECT_THAT(svg.finish(),
              testing::HasSubstr("<title id=\"title\">a &lt; b</title>\n<desc id=\"description\">c</desc>\n"
                                 "<style>\ntext{}\n</style>\n"
                                 "<g class=\"box\" data-name=\"&quot;\">\n<title>whole</title>\n"
                                 "<rect class=\"plain\" x=\"1.2\" y=\"2\" width=\"3\" height=\"4\" rx=\"0\"/>\n"
                                 "<text class=\"body quiet\" x=\"1\" y=\"2\">t</text>\n"
                                 "<path class=\"link\" d=\"M0 1C2 1 2 5 4 5\"/>\n</g>\n</svg>\n"));
}

TEST(Writer, WritesAPictureInsideAPage) {
  Writer svg({.id = "p1", .width = 10, .height = 20, .title = "a < b", .description = "c"});
  EXPECT_EQ(svg.finish(),
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"10\" height=\"20\" viewBox=\"0 0 10 20\" role=\"img\" "
            "aria-labelledby=\"p1-title\" aria-describedby=\"p1-description\">\n"
            "<title id=\"p1-title\">a &lt; b</title>\n<desc id=\"p1-description\">c</desc>\n</svg>\n");
}

TEST(Writer, WritesWhatChartsNeed) {
  Writer svg({.id = "p1"});
  svg.add_polyline({{0, 1}, {2, 3.25}, {4, 5}}, "s0");
  svg.add_centred_text({1, 2}, kStyle, "<t>");
  svg.add_upright_text({3, 4}, kStyle, "u", "quiet");
  EXPECT_THAT(svg.finish(),
              testing::HasSubstr("<path class=\"s0\" d=\"M0 1L2 3.2L4 5\"/>\n"
                                 "<text class=\"body\" x=\"1\" y=\"2\" text-anchor=\"middle\">&lt;t&gt;</text>\n"
                                 "<text class=\"body quiet\" x=\"3\" y=\"4\" text-anchor=\"middle\" "
                                 "transform=\"rotate(-90 3 4)\">u</text>\n"));
}

}  // namespace
}  // namespace vireo::svg
