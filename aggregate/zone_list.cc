#include "aggregate/zone_list.h"

#include <algorithm>
#include <fstream>
#include <limits>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

namespace rcodescope {
namespace {

constexpr size_t kLongestLabel = 63;  // RFC 1035 §2.3.4

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// Reads one octet of a label at `at` and moves behind it; -1 for an escape that is none.
int ReadOctet(const std::string& text, size_t& at) {
  if (text[at] != '\\') return static_cast<uint8_t>(text[at++]);
  ++at;
  if (at == text.size()) return -1;
  if (!IsDigit(text[at])) return static_cast<uint8_t>(text[at++]);
  if (text.size() - at < 3 || !IsDigit(text[at + 1]) || !IsDigit(text[at + 2])) return -1;
  const int octet = (text[at] - '0') * 100 + (text[at + 1] - '0') * 10 + (text[at + 2] - '0');
  at += 3;
  return octet <= 255 ? octet : -1;
}

// In wire form and lower case; empty when it is no name.
std::string WireForm(const std::string& text) {
  if (text == ".") return std::string(1, '\0');
  std::string wire;
  std::string label;
  const auto end_label = [&] {
    if (label.empty() || label.size() > kLongestLabel) return false;
    wire += static_cast<char>(label.size());
    wire += label;
    label.clear();
    return true;
  };
  for (size_t at = 0; at < text.size();) {
    if (text[at] == '.') {
      if (!end_label()) return {};
      ++at;
      continue;
    }
    if (static_cast<uint8_t>(text[at]) <= ' ') return {};
    const int octet = ReadOctet(text, at);
    if (octet < 0) return {};
    label += static_cast<char>(octet >= 'A' && octet <= 'Z' ? octet + ('a' - 'A') : octet);
  }
  if (!label.empty() && !end_label()) return {};
  wire += '\0';
  return wire.size() > 1 && wire.size() <= kLongestName ? wire : std::string{};
}

NameRef RefTo(const std::string& wire) {
  uint8_t labels = 0;
  for (size_t at = 0; wire[at] != '\0'; at += size_t{1} + static_cast<uint8_t>(wire[at])) ++labels;
  return {reinterpret_cast<const uint8_t*>(wire.data()), static_cast<uint8_t>(wire.size()), labels};
}

}  // namespace

absl::StatusOr<ZoneList> ZoneList::Load(const std::string& path, uint64_t secret) {
  std::ifstream file(path);
  if (!file) return absl::NotFoundError(absl::StrCat(path, ": cannot be opened"));
  std::set<std::string> names;
  int number = 0;
  for (std::string line; std::getline(file, line);) {
    ++number;
    line.erase(std::min(line.find('#'), line.size()));
    const size_t begin = line.find_first_not_of(" \t\r");
    if (begin == std::string::npos) continue;
    const std::string name = line.substr(begin, line.find_last_not_of(" \t\r") + 1 - begin);
    std::string wire = WireForm(name);
    if (wire.empty() || RefTo(wire).labels > ZoneCuts::kMostLabels) {
      return absl::InvalidArgumentError(absl::StrCat(path, ":", number, ": not a zone's name"));
    }
    names.insert(std::move(wire));
    if (names.size() > kMost) {
      return absl::InvalidArgumentError(
          absl::StrCat(path, ":", number, ": more than ", kMost, " zones"));
    }
  }
  if (file.bad()) return absl::NotFoundError(absl::StrCat(path, ": cannot be read"));
  std::vector<ZoneCut> cuts;
  cuts.reserve(names.size());
  for (const std::string& wire : names) {
    const NameRef name = RefTo(wire);
    cuts.push_back({.server = ZoneCuts::kAnyServer,
                    .zone = ZoneCuts::ZoneHash(name, secret),
                    .labels = name.labels,
                    .from = std::numeric_limits<int64_t>::min(),
                    .to = std::numeric_limits<int64_t>::max()});
  }
  return ZoneList(ZoneCuts(cuts, secret));
}

}  // namespace rcodescope
