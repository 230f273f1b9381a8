// Names of enumerators, from the tables beside them.
#pragma once

#include <cstddef>
#include <string>

namespace rcodescope {

// `names`: an array by value.
template <typename Names, typename Enum>
std::string NameOf(const Names& names, Enum value) {
  return std::string(names[static_cast<size_t>(value)]);
}

}  // namespace rcodescope
