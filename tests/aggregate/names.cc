#include "tests/aggregate/names.h"

namespace rcodescope {

OwnedName OwnedName::FromLabels(const std::vector<std::string>& labels) {
  OwnedName name;
  for (const std::string& label : labels) name.wire_ = Join(name.wire_, Label(label));
  name.wire_ = Join(name.wire_, U8(0));
  return name;
}

NameRef OwnedName::ref() const {
  uint8_t labels = 0;
  for (size_t at = 0; wire_[at] != std::byte{0}; at += 1 + std::to_integer<size_t>(wire_[at])) {
    ++labels;
  }
  return {reinterpret_cast<const uint8_t*>(wire_.data()), static_cast<uint8_t>(wire_.size()),
          labels};
}

}  // namespace rcodescope
