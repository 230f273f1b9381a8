// `explain` for programs.
#pragma once

#include <string>
#include <vector>

#include "app/code_topic.h"

namespace rcodescope {

// {"codes": [{"name", "number", "title", "reference", "fields", "statements": [{"about", "text",
// "source", "opcode"}]}], "differences": […]}: `opcode` where `about` is "opcode"; `differences`
// where there are two codes.
std::string ExplainJson(const std::vector<CodeTopic>& topics);

// All codes that ListCodes has.
std::vector<CodeTopic> AllTopics();

}  // namespace rcodescope
