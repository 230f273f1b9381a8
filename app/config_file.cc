#include "app/config_file.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "app/option_table.h"
#include "app/quote.h"
#include "app/site_config.h"
#include "app/toml.h"
#include "app/toml_guard.h"

namespace rcodescope {
namespace {

constexpr size_t kMaxFileSize = size_t{1} << 20;
constexpr size_t kMaxBadLines = 100;

// The parser nests a table for every dot of a key, and frees them by recursion.
constexpr size_t kMaxLineLength = 4096;

// Put before a key that stands in the file twice, to read on behind it.
constexpr std::string_view kDuplicateMark = "duplicate-of--";

absl::StatusOr<std::string> ReadWholeFile(const std::string& path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rbe"),
                                                             &std::fclose);
  if (file == nullptr) {
    return absl::NotFoundError(absl::StrCat("cannot open: ", std::strerror(errno)));
  }
  std::string text(kMaxFileSize + 1, '\0');
  errno = 0;
  text.resize(std::fread(text.data(), 1, text.size(), file.get()));
  if (std::ferror(file.get()) != 0) {
    return absl::UnavailableError(absl::StrCat("cannot read: ", std::strerror(errno)));
  }
  if (text.size() > kMaxFileSize) return absl::InvalidArgumentError("larger than 1 MiB");
  return text;
}

// Where line `line` (from 1) begins; the end of the text when there is none.
size_t LineBegin(const std::string& text, uint32_t line) {
  size_t begin = 0;
  for (uint32_t i = 1; i < line && begin < text.size(); ++i) {
    const size_t newline = text.find('\n', begin);
    begin = newline == std::string::npos ? text.size() : newline + 1;
  }
  return begin;
}

class Reader {
 public:
  Reader(std::string text, Options& options) : text_(std::move(text)), options_(options) {}

  ConfigReading Read() {
    const toml::table table = Parse();
    for (const auto& [key, node] : table) ReadKey(key, node);
    CheckOutputs(table);
    std::stable_sort(reading_.problems.begin(), reading_.problems.end(),
                     [](const ConfigProblem& a, const ConfigProblem& b) {
                       return std::pair(a.line, a.column) < std::pair(b.line, b.column);
                     });
    return std::move(reading_);
  }

 private:
  // The parser stops at its first error. To find the next one, the offending line is emptied, or
  // the key that stands there twice renamed, and the text is read again; errors have to come
  // further down every time. When they do not (something is never closed), the lines above the
  // trouble are all there is; after kMaxBadLines this is no configuration file.
  toml::table Parse() {
    EmptyLongLines();
    for (uint32_t last_line = 0; EmptyStrayLines();) {
      toml::parse_result result = toml::parse(std::string_view(text_));
      if (result) return std::move(result).table();
      const toml::source_position at = result.error().source().begin;
      if (at.line <= last_line) return ParseHead();
      last_line = at.line;
      if (!SkipDuplicate(result.error())) {
        Add(at, Escape(result.error().description()));
        EmptyLine(at.line);
      }
    }
    return {};
  }

  void EmptyLongLines() {
    uint32_t line = 1;
    for (size_t begin = 0; begin < text_.size(); ++begin, ++line) {
      const size_t end = std::min(text_.find('\n', begin), text_.size());
      if (end - begin <= kMaxLineLength) {
        begin = end;
        continue;
      }
      Add({line, 1}, absl::StrCat("a line of more than ", kMaxLineLength, " bytes"));
      text_.erase(begin, end - begin);
    }
  }

  // Makes the text fit for the parser. False when the file has too many problems to go on.
  bool EmptyStrayLines() {
    while (reading_.problems.size() < kMaxBadLines) {
      const std::vector<TextPosition> strays = FindStrayCharacters(text_);
      if (strays.empty()) return true;
      // Emptying a line may end or begin a string, and so bring more to light.
      for (const TextPosition& at : strays) {
        Add({at.line, at.column}, "a character beyond ASCII outside one-line strings and comments");
        EmptyLine(at.line);
        if (reading_.problems.size() == kMaxBadLines) break;
      }
    }
    return false;
  }

  void EmptyLine(uint32_t line) {
    const size_t begin = LineBegin(text_, line);
    text_.erase(begin, std::min(text_.find('\n', begin), text_.size()) - begin);
  }

  // The longest head of whole lines that is TOML, by bisection.
  toml::table ParseHead() {
    toml::table best;
    uint32_t good = 0;
    auto bad = static_cast<uint32_t>(std::count(text_.begin(), text_.end(), '\n')) + 1;
    while (bad - good > 1) {
      const uint32_t lines = good + (bad - good) / 2;
      toml::parse_result result =
          toml::parse(std::string_view(text_).substr(0, LineBegin(text_, lines + 1)));
      if (result) best = std::move(result).table();
      (result ? good : bad) = lines;
    }
    return best;
  }

  // Whether the error was a known key that stands there twice (the parser notices it where the
  // value begins); it is renamed then.
  bool SkipDuplicate(const toml::parse_error& error) {
    if (error.description().find("cannot redefine existing ") == std::string_view::npos) {
      return false;
    }
    const toml::source_position at = error.source().begin;
    const size_t begin = LineBegin(text_, at.line);
    const size_t start = text_.find_first_not_of(" \t", begin);
    const size_t key = text_.find_first_not_of("\"'", start);
    if (key == std::string::npos) return false;
    const std::string name = text_.substr(key, text_.find_first_of(" \t\"'=.", key) - key);
    const size_t value = text_.find_first_not_of(" \t", text_.find('=', key) + 1);
    if (FindOption(name) == nullptr || value != begin + at.column - 1) return false;
    Add({at.line, static_cast<toml::source_index>(start - begin + 1)},
        "duplicate key " + Quote(name));
    text_.insert(key, absl::StrCat(absl::string_view(kDuplicateMark.data(), kDuplicateMark.size()),
                                   reading_.problems.size(), "-"));
    return true;
  }

  void ReadKey(const toml::key& key, const toml::node& node) {
    const std::string_view name = key.str();
    if (name.starts_with(kDuplicateMark)) return;
    if (name == kSiteKey) return ReadSites(node, options_.sites, reading_.problems);
    const OptionSpec* spec = FindOption(name);
    if (spec == nullptr || spec->scope == OptionScope::kHidden) {
      Add(key.source().begin,
          absl::StrCat("unknown key ", Quote(name), " (allowed: ", KeyList(), ")"));
      return;
    }
    if (spec->scope == OptionScope::kCommandLine) {
      Add(key.source().begin, absl::StrCat(spec->name, ": only on the command line"));
      return;
    }
    reading_.keys.insert(spec->name);
    const std::optional<std::string> value = TextOf(*spec, node);
    if (!value.has_value()) return;
    const absl::Status status = SetOption(*spec, options_, *value);
    if (!status.ok()) {
      Add(node.source().begin,
          absl::StrCat(spec->name, " = ", Quote(*value), ": ", status.message()));
    }
  }

  // The value as the command line would have it. Nothing, and a problem, when its type is wrong.
  std::optional<std::string> TextOf(const OptionSpec& spec, const toml::node& node) {
    const ValueKind kind = spec.kind;
    const bool takes_text = kind != ValueKind::kInteger && kind != ValueKind::kFlag;
    const bool takes_integer =
        kind == ValueKind::kInteger || kind == ValueKind::kSize || kind == ValueKind::kList;
    if (const auto* text = node.as_string(); text != nullptr && takes_text) return text->get();
    if (const auto* integer = node.as_integer(); integer != nullptr && takes_integer) {
      return std::to_string(integer->get());
    }
    if (const auto* flag = node.as_boolean(); flag != nullptr && kind == ValueKind::kFlag) {
      return flag->get() ? "true" : "false";
    }
    if (const auto* array = node.as_array(); array != nullptr && kind == ValueKind::kList) {
      return TextOfArray(spec, *array);
    }
    AddWrongType(spec, node);
    return std::nullopt;
  }

  std::optional<std::string> TextOfArray(const OptionSpec& spec, const toml::array& array) {
    std::string joined;
    bool good = true;
    for (const toml::node& element : array) {
      if (!joined.empty()) joined += ',';
      if (const auto* text = element.as_string(); text != nullptr) {
        joined += text->get();
      } else if (const auto* integer = element.as_integer(); integer != nullptr) {
        joined += std::to_string(integer->get());
      } else {
        AddWrongType(spec, element);
        good = false;
      }
    }
    if (!good) return std::nullopt;
    return joined;
  }

  void AddWrongType(const OptionSpec& spec, const toml::node& node) {
    static constexpr auto kExpected = [](ValueKind kind) {
      switch (kind) {
        case ValueKind::kText: return "a string";
        case ValueKind::kInteger: return "an integer";
        case ValueKind::kSize: return "a string or an integer";
        case ValueKind::kDuration: return "a string";
        case ValueKind::kFlag: return "a boolean";
        case ValueKind::kList: return "a string, an integer, or an array of them";
      }
      return "";
    };
    static constexpr std::string_view kTomlTypes[] = {
        "nothing", "a table",   "an array", "a string", "an integer",
        "a float", "a boolean", "a date",   "a time",   "a date and time"};
    const std::string got(kTomlTypes[static_cast<size_t>(node.type())]);
    Add(node.source().begin, absl::StrCat(spec.name, ": ", got, " where ", kExpected(spec.kind),
                                          " belongs (allowed: ", spec.allowed, ")"));
  }

  void CheckOutputs(const toml::table& table) {
    const toml::node* text = table.get("text");
    if (text == nullptr) return;
    const absl::Status status = SettleOutputs(options_, true);
    if (!status.ok()) Add(text->source().begin, std::string(status.message()));
  }

  static std::string KeyList() {
    std::string list;
    for (const OptionSpec& spec : OptionTable()) {
      if (spec.scope != OptionScope::kEverywhere) continue;
      absl::StrAppend(&list, list.empty() ? "" : ", ", spec.name);
    }
    absl::StrAppend(&list, ", [[", kSiteKey, "]]");
    return list;
  }

  void Add(toml::source_position at, std::string_view what) {
    ConfigProblem& problem = reading_.problems.emplace_back();
    problem.line = at.line;
    problem.column = at.column;
    problem.what = what;
  }

  std::string text_;
  Options& options_;
  ConfigReading reading_;
};

}  // namespace

ConfigReading ReadConfigFile(const std::string& path, Options& options) {
  absl::StatusOr<std::string> text = ReadWholeFile(path);
  if (!text.ok()) return {{ConfigProblem{0, 0, std::string(text.status().message())}}, {}};
  return Reader(*std::move(text), options).Read();
}

std::string DescribeProblems(const std::string& path, const std::vector<ConfigProblem>& problems) {
  std::string lines;
  for (const ConfigProblem& problem : problems) {
    lines += Escape(path);
    if (problem.line != 0) absl::StrAppend(&lines, ":", problem.line, ":", problem.column);
    absl::StrAppend(&lines, ": ", problem.what, "\n");
  }
  return lines;
}

Outcome CheckConfig(const std::string& path) {
  Options scratch;
  const ConfigReading reading = ReadConfigFile(path, scratch);
  if (reading.problems.empty()) return {ExitCode::kDone, Escape(path) + ": ok\n"};
  return {ExitCode::kConfig, DescribeProblems(path, reading.problems)};
}

}  // namespace rcodescope
