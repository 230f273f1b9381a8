// `explain` for people: short sentences, at most `width` columns.
#pragma once

#include <string>
#include <vector>

#include "app/code_topic.h"
#include "exporters/text_report.h"

namespace rcodescope {

// All that is known of one code.
std::string ExplainOne(const CodeTopic& topic, const TextStyle& style);

// Two codes, point by point.
std::string ExplainTwo(const CodeTopic& a, const CodeTopic& b, const TextStyle& style);

// Every code with its number and where it is defined; ranges; Extended DNS Errors.
std::string ListCodes(const TextStyle& style);

}  // namespace rcodescope
