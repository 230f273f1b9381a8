// The options: one table for the command lines, the configuration file and the help.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "app/options.h"

namespace rcodescope {

// Which TOML values a key takes. On the command line everything is text.
enum class ValueKind : uint8_t {
  kText,      // string
  kInteger,   // integer
  kSize,      // string, or integer for bytes
  kDuration,  // string
  kFlag,      // boolean; the option needs no value, --name=false takes it back
  kList,      // string with commas, integer, or array of both
};

enum class OptionScope : uint8_t {
  kEverywhere,
  kCommandLine,  // not a key of the configuration file
  kHidden,       // that, and not in the help either
};

// Which commands take it on their line: a bit for each, at the Command's place. The configuration
// file has the keys of all.
enum class OptionUse : uint8_t {
  kReplay = 0b001,
  kLive = 0b010,
  kDpdk = 0b100,
  kWatching = 0b110,
  kAll = 0b111
};

struct OptionSpec {
  const char* name;  // the long option without its dashes, and the key
  ValueKind kind;
  const char* value_name;  // in the help; empty for a flag
  const char* allowed;     // in messages and the help, next to `set`, which enforces it
  const char* help;
  const char* default_value;  // what `set` would take; empty when there is no such value
  // Takes the value over into the options. InvalidArgument with the reason, and the options as
  // they were, when it is not allowed.
  absl::Status (*set)(Options& options, const std::string& value);
  OptionScope scope = OptionScope::kEverywhere;
  OptionUse use = OptionUse::kAll;
  const char* short_name = "";         // "-x" without its dash
  bool repeats = false;                // may be given more than once; kList, joined by commas
  const char* live_default = nullptr;  // where it differs, in live and dpdk

  bool BelongsTo(Command command) const {
    return (static_cast<unsigned>(use) >> static_cast<unsigned>(command) & 1U) != 0;
  }
  const char* DefaultOf(Command command) const {
    return command != Command::kReplay && live_default != nullptr ? live_default : default_value;
  }
};

std::span<const OptionSpec> OptionTable();

// Its part that is about what comes out, and at which pace: files, and which messages are in them.
std::span<const OptionSpec> OutputOptions();
// And the one about what is pushed where.
std::span<const OptionSpec> PushOptions();

// The row of that name, or null.
const OptionSpec* FindOption(std::string_view name);

// spec.set, whose refusal is made whole: "too small (allowed: 1 to 256)".
absl::Status SetOption(const OptionSpec& spec, Options& options, const std::string& value);

// Where results go, by option.
std::vector<std::pair<const char*, std::string*>> OutputPaths(Options& options);

// InvalidArgument: something is said of pushes that are not asked for.
absl::Status CheckPushes(const Options& options);

// The rules that tie options together: no two outputs may go to the same place, but the text
// report's default of standard output gives way to another's -, unless `text_given`; CheckPushes
// and CheckFilters.
absl::Status SettleOutputs(Options& options, bool text_given);

}  // namespace rcodescope
