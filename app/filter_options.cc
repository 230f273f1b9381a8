#include "app/filter_options.h"

#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <optional>
#include <string_view>
#include <utility>

#include <arpa/inet.h>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "app/code_words.h"
#include "app/comma_list.h"
#include "app/duration_size.h"
#include "app/quote.h"
#include "parse/dns_name.h"

namespace rcodescope {
namespace {

constexpr size_t kLongestLabel = 63;              // RFC 1035 §2.3.4
constexpr int64_t kLatestSecond = 9'223'372'035;  // of 64 bits of nanoseconds

absl::Status Refuse(const std::string& what, const char* why) {
  return absl::InvalidArgumentError(absl::StrCat(Quote(what), " is ", why));
}

void AddChoices(const std::vector<CodeMeaning>& meanings, std::vector<CodeChoice>& choices) {
  for (const CodeMeaning& meaning : meanings) {
    CodeChoice choice{.code = meaning.rcode.code,
                      .signature = meaning.rcode.space != RcodeSpace::kDns};
    if (meaning.kind == CodeMeaning::Kind::kExtendedError) {
      choice.kind = CodeChoice::Kind::kExtendedError;
    }
    choices.push_back(choice);
  }
}

absl::StatusOr<AddressPrefix> ParsePrefix(const std::string& text) {
  const size_t slash = text.find('/');
  const std::string address = text.substr(0, slash);
  std::array<std::byte, 16> bytes{};
  AddressPrefix prefix;
  const bool zero = address.find('\0') != std::string::npos;
  if (!zero && inet_pton(AF_INET, address.c_str(), bytes.data()) == 1) {
    prefix.family = Family::kIpv4;
  } else if (!zero && inet_pton(AF_INET6, address.c_str(), bytes.data()) == 1) {
    prefix.family = Family::kIpv6;
  } else {
    return Refuse(text, "no numeric address or network");
  }
  const int most = prefix.family == Family::kIpv4 ? 32 : 128;
  prefix.bits = most;
  if (slash != std::string::npos) {
    const auto bits = ParseInteger(text.substr(slash + 1), 0, static_cast<uint64_t>(most));
    if (!bits.ok()) return Refuse(text, "no network: its length is wrong");
    prefix.bits = static_cast<int>(*bits);
  }
  prefix.network = IpAddress::From(prefix.family, bytes.data()).Prefix(prefix.bits, prefix.bits);
  return prefix;
}

// The octet that a backslash begins, and where the text goes on; empty where that is none.
std::optional<std::pair<uint8_t, size_t>> ReadEscape(std::string_view text, size_t at) {
  if (at + 1 >= text.size()) return std::nullopt;
  if (absl::ascii_isdigit(static_cast<unsigned char>(text[at + 1])) == 0) {
    return std::pair(static_cast<uint8_t>(text[at + 1]), at + 2);
  }
  const std::string_view digits = text.substr(at + 1, 3);
  uint8_t octet = 0;
  const auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), octet);
  if (digits.size() != 3 || error != std::errc() || stop != digits.data() + 3) return std::nullopt;
  return std::pair(octet, at + 4);
}

absl::StatusOr<std::vector<uint8_t>> ParseName(const std::string& text) {
  std::vector<uint8_t> name;
  std::vector<uint8_t> label;
  const auto end_label = [&] {
    const bool good = !label.empty() && label.size() <= kLongestLabel;
    name.push_back(static_cast<uint8_t>(label.size()));
    name.insert(name.end(), label.begin(), label.end());
    label.clear();
    return good;
  };
  if (text.empty()) return Refuse(text, "no name");
  const std::string whole = text == "." || text.ends_with('.') ? text : text + ".";
  for (size_t at = 0; whole != "." && at < whole.size();) {
    const char c = whole[at];
    if (c == '.') {
      if (!end_label()) return Refuse(text, "no name: a label is empty or too long");
      ++at;
    } else if (c == '\\') {
      const auto escape = ReadEscape(whole, at);
      if (!escape.has_value()) return Refuse(text, "no name: a backslash leads nowhere");
      label.push_back(escape->first);
      at = escape->second;
    } else if (absl::ascii_isgraph(static_cast<unsigned char>(c)) != 0) {
      label.push_back(static_cast<uint8_t>(c));
      ++at;
    } else {
      return Refuse(text, "no name: other bytes than printable ASCII are written \\DDD");
    }
  }
  if (!label.empty()) return Refuse(text, "no name: a backslash leads nowhere");
  name.push_back(0);
  if (name.size() > kLongestName) return Refuse(text, "no name: it is too long");
  for (uint8_t& octet : name) octet = static_cast<uint8_t>(absl::ascii_tolower(octet));
  return name;
}

// Nanoseconds of ".25"; empty when that is none.
std::optional<int64_t> ReadFraction(std::string_view digits) {
  if (digits.empty() || digits.size() > 9) return std::nullopt;
  int64_t fraction = 0;
  for (size_t i = 0; i < 9; ++i) {
    const char c = i < digits.size() ? digits[i] : '0';
    if (c < '0' || c > '9') return std::nullopt;
    fraction = fraction * 10 + (c - '0');
  }
  return fraction;
}

// Takes ".25" off the front of `rest`.
std::optional<int64_t> TakeFraction(std::string_view& rest) {
  if (!rest.starts_with('.')) return 0;
  const size_t end = rest.find_first_not_of("0123456789", 1);
  const std::string_view digits = rest.substr(1, end == std::string_view::npos ? end : end - 1);
  rest.remove_prefix(1 + digits.size());
  return ReadFraction(digits);
}

// Seconds east of UTC.
std::optional<int64_t> ReadOffset(std::string_view text) {
  if (text == "Z" || text == "z") return 0;
  int hours = 0;
  int minutes = 0;
  char sign = 0;
  char rest = 0;
  const std::string copy(text);
  if (std::sscanf(copy.c_str(), "%c%2d:%2d%c", &sign, &hours, &minutes, &rest) != 3 ||
      copy.size() != 6 || (sign != '+' && sign != '-') || hours > 23 || minutes > 59) {
    return std::nullopt;
  }
  return (sign == '-' ? -60 : 60) * int64_t{hours * 60 + minutes};
}

std::optional<Timestamp> ReadRfc3339(const std::string& text) {
  namespace chrono = std::chrono;
  constexpr size_t kDateAndTime = 19;
  std::array<unsigned, 6> field{};
  char separator = 0;
  int used = 0;
  if (text.size() <= kDateAndTime ||
      std::sscanf(text.c_str(), "%4u-%2u-%2u%c%2u:%2u:%2u%n", &field[0], &field[1], &field[2],
                  &separator, &field[3], &field[4], &field[5], &used) != 7 ||
      used != kDateAndTime || (separator != 'T' && separator != 't' && separator != ' ')) {
    return std::nullopt;
  }
  const chrono::year_month_day date{chrono::year{static_cast<int>(field[0])},
                                    chrono::month{field[1]}, chrono::day{field[2]}};
  if (!date.ok() || field[3] > 23 || field[4] > 59 || field[5] > 60) return std::nullopt;
  std::string_view rest = std::string_view(text).substr(kDateAndTime);
  const auto fraction = TakeFraction(rest);
  const auto offset = ReadOffset(rest);
  if (!fraction.has_value() || !offset.has_value()) return std::nullopt;
  const int64_t days = chrono::sys_days{date}.time_since_epoch().count();
  const int64_t seconds = days * 86'400 + field[3] * 3600 + field[4] * 60 + field[5] - *offset;
  if (seconds < -kLatestSecond || seconds > kLatestSecond) return std::nullopt;
  return Timestamp{seconds * kNanosPerSecond + *fraction};
}

std::optional<Timestamp> ReadSeconds(std::string_view text) {
  int64_t seconds = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc() || seconds < 0 || seconds > kLatestSecond) return std::nullopt;
  text.remove_prefix(static_cast<size_t>(stop - text.data()));
  const auto fraction = TakeFraction(text);
  if (!fraction.has_value() || !text.empty()) return std::nullopt;
  return Timestamp{seconds * kNanosPerSecond + *fraction};
}

}  // namespace

absl::StatusOr<std::vector<CodeChoice>> ParseCodes(const std::string& text) {
  std::vector<CodeChoice> choices;
  for (const std::string& part : SplitAtCommas(text)) {
    if (absl::AsciiStrToLower(part) == "errors") {
      choices.push_back({.kind = CodeChoice::Kind::kErrors});
      continue;
    }
    const auto meanings = ReadCode(part);
    if (!meanings.ok()) return Refuse(part, "no response code");
    AddChoices(*meanings, choices);
  }
  return choices;
}

absl::StatusOr<std::vector<Opcode>> ParseOpcodes(const std::string& text) {
  std::vector<Opcode> opcodes;
  for (const std::string& part : SplitAtCommas(text)) {
    const auto opcode = ReadOpcode(part);
    if (!opcode.has_value()) return Refuse(part, "no opcode");
    opcodes.push_back(*opcode);
  }
  return opcodes;
}

absl::StatusOr<std::vector<AddressPrefix>> ParsePrefixes(const std::string& text) {
  std::vector<AddressPrefix> prefixes;
  for (const std::string& part : SplitAtCommas(text)) {
    auto prefix = ParsePrefix(part);
    if (!prefix.ok()) return prefix.status();
    prefixes.push_back(*prefix);
  }
  return prefixes;
}

absl::StatusOr<std::vector<std::vector<uint8_t>>> ParseNames(const std::string& text) {
  std::vector<std::vector<uint8_t>> names;
  for (const std::string& part : SplitAtCommas(text)) {
    auto name = ParseName(part);
    if (!name.ok()) return name.status();
    names.push_back(*std::move(name));
  }
  return names;
}

absl::StatusOr<Timestamp> ParseTime(const std::string& text) {
  std::optional<Timestamp> time = ReadRfc3339(text);
  if (!time.has_value()) time = ReadSeconds(text);
  if (!time.has_value()) return absl::InvalidArgumentError("no time");
  return *time;
}

absl::Status CheckFilters(const Options& options) {
  if (options.filters.empty()) return absl::OkStatus();
  const std::string given = options.filters.ToString();
  if (options.command == Command::kReplay) {
    const char* const whole = !options.listen.empty()        ? "listen: the metrics page is"
                              : !options.openmetrics.empty() ? "openmetrics: time series are"
                              : !options.into_prometheus.empty()
                                  ? "into-prometheus: time series are"
                              : !options.rules.empty()         ? "rules: they are"
                              : !options.remote_writes.empty() ? "remote-write: time series are"
                                                               : nullptr;
    if (whole == nullptr) return absl::OkStatus();
    return absl::InvalidArgumentError(
        absl::StrCat(given, " and --", whole, " of all messages, never of a part"));
  }
  if (!options.events.empty() || !options.write.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(given +
                                    ": without --events or --write, nothing would be filtered");
}

std::string FilterOptions::ToString() const {
  std::string text;
  for (const auto& [name, value] : words) {
    absl::StrAppend(&text, text.empty() ? "" : " ", "--", name, " ", value);
  }
  return text;
}

}  // namespace rcodescope
