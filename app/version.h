// The version of this build; set by meson from the project's.
#pragma once

namespace rcodescope {

inline constexpr const char* kVersion = RCODESCOPE_VERSION;

}  // namespace rcodescope
