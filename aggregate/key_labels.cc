#include "aggregate/key_labels.h"

#include <bit>
#include <charconv>
#include <optional>
#include <string_view>
#include <vector>

namespace rcodescope {
namespace {

// What a label of a reverse tree stands for.
struct Tree {
  std::string_view suffix;
  Family family;
  unsigned bits;  // of an address, for each label
  int base;
};
constexpr Tree kTrees[] = {{".in-addr.arpa.", Family::kIpv4, 8, 10},
                           {".ip6.arpa.", Family::kIpv6, 4, 16}};

// An octet in decimal, or a nibble in hexadecimal.
std::optional<unsigned> Number(std::string_view label, const Tree& tree) {
  unsigned number = 0;
  const char* const end = label.data() + label.size();
  const auto [stop, error] = std::from_chars(label.data(), end, number, tree.base);
  if (label.empty() || error != std::errc() || stop != end || number >> tree.bits != 0) {
    return std::nullopt;
  }
  return number;
}

// Labels in front of `tree`, from the one next to it on, as far as they are parts of an address.
std::vector<unsigned> Numbers(std::string_view labels, const Tree& tree) {
  const size_t most = (tree.family == Family::kIpv4 ? 32 : 128) / tree.bits;
  std::vector<unsigned> numbers;
  for (bool first = false; !first && numbers.size() < most;) {
    const size_t dot = labels.rfind('.');
    first = dot == std::string_view::npos;
    const std::string_view label = first ? labels : labels.substr(dot + 1);
    const std::optional<unsigned> number = Number(label, tree);
    if (!number) break;
    numbers.push_back(*number);
    if (!first) labels = labels.substr(0, dot);
  }
  return numbers;
}

std::string Text(unsigned number, int base) {
  char text[4];
  return {text, std::to_chars(text, text + sizeof(text), number, base).ptr};
}

}  // namespace

bool KeyLabels::Names(const KeyCounts& table, Dimension dimension, size_t number) const {
  if (dimension != Dimension::kClient) return true;
  return static_cast<size_t>(std::popcount(table.MembersOf(number))) >= options_.min_clients;
}

std::string KeyLabels::Of(const KeyCounts& table, Dimension dimension, size_t number) const {
  switch (dimension) {
    case Dimension::kZone: return OfZone(table.NameOf(number));
    case Dimension::kClient: return OfClient(table.AddressOf(number));
    default: return table.AddressOf(number).ToString();
  }
}

std::string KeyLabels::OfClient(const IpAddress& address) const {
  if (options_.pseudonyms == nullptr) return address.ToString();
  return options_.pseudonyms->Of(address)
      .Prefix(options_.client_prefix_v4, options_.client_prefix_v6)
      .ToString();
}

std::string KeyLabels::OfClientInWindow(const IpAddress& client, int bits) const {
  if (bits == 0 || options_.min_clients > 1) return {};
  const bool whole = bits == (client.family() == Family::kIpv4 ? 32 : 128);
  const IpAddress shown =
      options_.pseudonyms == nullptr ? client : options_.pseudonyms->Of(client).Prefix(bits, bits);
  return whole ? shown.ToString() : shown.ToString() + "/" + std::to_string(bits);
}

std::string KeyLabels::OfZone(NameRef zone) const {
  std::string text = PresentationForm(zone);
  if (options_.pseudonyms == nullptr) return text;
  for (const Tree& tree : kTrees) {
    if (!text.ends_with(tree.suffix)) continue;
    const std::string_view labels(text.data(), text.size() - tree.suffix.size());
    const std::vector<unsigned> numbers = Numbers(labels, tree);
    std::array<std::byte, 16> bytes{};
    const unsigned in_byte = 8 / tree.bits;
    for (size_t i = 0; i < numbers.size(); ++i) {
      const auto shift = static_cast<unsigned>((in_byte - 1 - i % in_byte) * tree.bits);
      bytes[i / in_byte] |= std::byte(numbers[i] << shift);
    }
    const IpAddress pseudonym = options_.pseudonyms->Of(IpAddress::From(tree.family, bytes.data()));
    const std::byte* const hidden = pseudonym.Bytes(tree.family);
    std::string result(tree.suffix.substr(1));
    for (size_t i = 0; i < numbers.size(); ++i) {
      const auto shift = static_cast<unsigned>((in_byte - 1 - i % in_byte) * tree.bits);
      const unsigned part =
          std::to_integer<unsigned>(hidden[i / in_byte]) >> shift & ((1U << tree.bits) - 1);
      result.insert(0, Text(part, tree.base) + ".");
    }
    return result;
  }
  return text;
}

}  // namespace rcodescope
