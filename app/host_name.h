// Which machine this is.
#pragma once

#include <string>

namespace rcodescope {

// As samples and alerts are labelled with it.
std::string HostName();

}  // namespace rcodescope
