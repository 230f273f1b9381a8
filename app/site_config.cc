#include "app/site_config.h"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include <arpa/inet.h>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "app/duration_size.h"
#include "app/quote.h"
#include "parse/observation_batch.h"

namespace rcodescope {
namespace {

constexpr size_t kLongestName = 63;
constexpr uint32_t kMostVlan = 4094;
constexpr uint32_t kMostVni = 0xff'ffff;
constexpr uint32_t kMostSession = 1023;

// 128 bits, IPv4 mapped.
constexpr int kMappedBits = 96;

absl::StatusOr<Network> ParseNetwork(const std::string& text) {
  const size_t slash = text.find('/');
  const std::string address = text.substr(0, slash);
  std::array<std::byte, 16> bytes;
  Network network;
  int most = 0;
  if (inet_pton(AF_INET, address.c_str(), bytes.data()) == 1) {
    network.address = IpAddress::FromIpv4(bytes.data());
    most = 32;
  } else if (inet_pton(AF_INET6, address.c_str(), bytes.data()) == 1) {
    network.address = IpAddress::FromIpv6(bytes.data());
    most = 128;
  } else {
    return absl::InvalidArgumentError("no address");
  }
  uint64_t bits = static_cast<uint64_t>(most);
  if (slash != std::string::npos) {
    const auto length = ParseInteger(text.substr(slash + 1), 0, static_cast<uint64_t>(most));
    if (!length.ok()) return absl::InvalidArgumentError("its length is no number that can be");
    bits = *length;
  }
  network.bits = static_cast<int>(bits) + (most == 32 ? kMappedBits : 0);
  return network;
}

std::optional<int> HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return std::nullopt;
}

absl::StatusOr<std::string> ParseNsid(const std::string& text) {
  std::string bytes = text;
  if (text.starts_with("0x")) {
    bytes.clear();
    if (text.size() % 2 != 0) return absl::InvalidArgumentError("half a byte");
    for (size_t i = 2; i < text.size(); i += 2) {
      const auto high = HexDigit(text[i]);
      const auto low = HexDigit(text[i + 1]);
      if (!high || !low) return absl::InvalidArgumentError("not hexadecimal");
      bytes += static_cast<char>(*high * 16 + *low);
    }
  }
  if (bytes.empty() || bytes.size() > ObservationBatch::kLongestNsid) {
    return absl::InvalidArgumentError("not 1 to 128 bytes");
  }
  return bytes;
}

absl::Status CheckName(const std::string& name) {
  const bool printable =
      std::all_of(name.begin(), name.end(), [](char c) { return c >= ' ' && c <= '~'; });
  if (name.empty() || name.size() > kLongestName || !printable) {
    return absl::InvalidArgumentError("not 1 to 63 printable ASCII characters");
  }
  if (name == "other") return absl::InvalidArgumentError("stands for what no site has");
  return absl::OkStatus();
}

// One [[site]] table.
class SiteReader {
 public:
  SiteReader(const toml::table& table, std::vector<ConfigProblem>& problems)
      : table_(table), problems_(problems) {}

  // Nothing when something is wrong.
  std::optional<SiteRule> Read() {
    const size_t before = problems_.size();
    for (const auto& [key, node] : table_) ReadKey(key, node);
    const bool any = !rule_.prefixes.empty() || !rule_.vlans.empty() || !rule_.vnis.empty() ||
                     !rule_.sessions.empty() || !rule_.nsids.empty();
    if (problems_.size() == before && rule_.name.empty()) Add(table_, "site: it has no name");
    if (problems_.size() == before && !any) Add(table_, "site: nothing says what is one of it");
    if (problems_.size() != before) return std::nullopt;
    return std::move(rule_);
  }

 private:
  void ReadKey(const toml::key& key, const toml::node& node) {
    const std::string_view name = key.str();
    if (name == "name") {
      ReadName(node);
    } else if (name == "prefixes") {
      ReadTexts(node, name, rule_.prefixes, ParseNetwork);
    } else if (name == "nsid") {
      ReadTexts(node, name, rule_.nsids, ParseNsid);
    } else if (name == "vlan") {
      ReadNumbers(node, name, kMostVlan, rule_.vlans);
    } else if (name == "vni") {
      ReadNumbers(node, name, kMostVni, rule_.vnis);
    } else if (name == "erspan") {
      ReadNumbers(node, name, kMostSession, rule_.sessions);
    } else {
      problems_.push_back({key.source().begin.line, key.source().begin.column,
                           absl::StrCat("unknown key ", Quote(name),
                                        " in site (allowed: name, prefixes, vlan, vni, erspan, "
                                        "nsid)")});
    }
  }

  void ReadName(const toml::node& node) {
    const auto* text = node.as_string();
    if (text == nullptr) return Add(node, "name: a string belongs here");
    const absl::Status status = CheckName(text->get());
    if (!status.ok()) {
      return Add(node, absl::StrCat("name = ", Quote(text->get()), ": ", status.message()));
    }
    rule_.name = text->get();
  }

  // Calls `read` for the node, or for each of its elements.
  template <typename Read>
  static void ForEach(const toml::node& node, Read read) {
    const auto* array = node.as_array();
    if (array == nullptr) return read(node);
    for (const toml::node& element : *array) read(element);
  }

  template <typename Value, typename Parse>
  void ReadTexts(const toml::node& node, std::string_view key, std::vector<Value>& values,
                 Parse parse) {
    ForEach(node, [&](const toml::node& element) {
      const auto* text = element.as_string();
      if (text == nullptr) return Add(element, std::string(key) + ": strings belong here");
      auto value = parse(text->get());
      if (value.ok()) return values.push_back(*std::move(value));
      Add(element, absl::StrCat(std::string(key), " = ", Quote(text->get()), ": ",
                                value.status().message()));
    });
  }

  void ReadNumbers(const toml::node& node, std::string_view key, uint32_t most,
                   std::vector<uint32_t>& values) {
    ForEach(node, [&](const toml::node& element) {
      const auto* integer = element.as_integer();
      if (integer == nullptr) return Add(element, std::string(key) + ": integers belong here");
      if (integer->get() >= 1 && integer->get() <= int64_t{most}) {
        return values.push_back(static_cast<uint32_t>(integer->get()));
      }
      Add(element, absl::StrCat(std::string(key), " = ", integer->get(), ": not 1 to ", most));
    });
  }

  void Add(const toml::node& node, std::string what) {
    const toml::source_position at = node.source().begin;
    problems_.push_back({at.line, at.column, std::move(what)});
  }

  const toml::table& table_;
  std::vector<ConfigProblem>& problems_;
  SiteRule rule_;
};

}  // namespace

void ReadSites(const toml::node& node, std::vector<SiteRule>& sites,
               std::vector<ConfigProblem>& problems) {
  const toml::source_position at = node.source().begin;
  const auto* array = node.as_array();
  if (array == nullptr || !array->is_homogeneous(toml::node_type::table)) {
    problems.push_back({at.line, at.column, "site: [[site]] tables belong here"});
    return;
  }
  std::set<std::string> names;
  sites.clear();
  for (const toml::node& element : *array) {
    std::optional<SiteRule> rule = SiteReader(*element.as_table(), problems).Read();
    if (!rule) continue;
    names.insert(rule->name);
    sites.push_back(*std::move(rule));
  }
  if (array->size() > SiteTable::kMostRules || names.size() > SiteTable::kMostSites) {
    problems.push_back({at.line, at.column,
                        absl::StrCat("site: more than ", SiteTable::kMostRules, " tables or ",
                                     SiteTable::kMostSites, " names")});
  }
}

}  // namespace rcodescope
