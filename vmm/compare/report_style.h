#pragma once

#include <string>

namespace vireo::compare {

// The style sheet of a report: for light and dark, and a colour and a stroke for each look of a chart. The colours are
// told apart with each kind of colour blindness (M. Okabe, K. Ito, Color Universal Design), darker or lighter so that
// they stand out from the page, too.
std::string report_style_sheet();

}  // namespace vireo::compare
