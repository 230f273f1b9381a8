// Prometheus's own tool, where a replay needs it.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "app/child_process.h"

namespace rcodescope {

// Runs it and waits; see RunChild. It is of Debian's package prometheus.
ChildResult RunPromtool(std::vector<std::string> arguments, const std::string& input = {},
                        const std::function<bool()>& stops = {});

// Why it did not do what it was run for, in one line: what it said last, or where to get it.
std::string WhyPromtoolFailed(const ChildResult& done);

}  // namespace rcodescope
