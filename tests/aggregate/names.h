// Names in wire form for tests.
#pragma once

#include <string>
#include <string_view>

#include "parse/dns_name.h"
#include "tests/support/wire.h"

namespace rcodescope {

// Owns a name that a NameRef refers to. Made from labels separated by dots; "." is the root.
class OwnedName {
 public:
  explicit OwnedName(std::string_view dotted) : wire_(Name(dotted)) {}
  // From labels of any bytes, the root's not among them.
  static OwnedName FromLabels(const std::vector<std::string>& labels);

  NameRef ref() const;
  std::string text() const { return PresentationForm(ref()); }

 private:
  OwnedName() = default;

  Bytes wire_;
};

}  // namespace rcodescope
