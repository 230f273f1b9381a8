// The options that are about which files go in at which pace, and what comes out.
#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "app/filter_options.h"
#include "app/option_table.h"
#include "app/option_values.h"

namespace rcodescope {
namespace {

// Takes a filter over, and what was given for it.
template <typename T>
absl::Status Keep(Options& options, const char* name, const std::string& given,
                  absl::StatusOr<T> value, T& target) {
  if (!value.ok()) return value.status();
  target = *std::move(value);
  auto& words = options.filters.words;
  std::erase_if(words, [&](const auto& word) { return word.first == name; });
  words.emplace_back(name, given);
  std::sort(words.begin(), words.end());
  return absl::OkStatus();
}

absl::Status SetSpeed(const std::string& value, double& target) {
  double speed = 0;
  if (value != "off") {
    const char* const end = value.data() + value.size();
    const auto [stop, error] = std::from_chars(value.data(), end, speed, std::chars_format::fixed);
    if (error != std::errc() || stop != end) return absl::InvalidArgumentError("no number");
    if (!(speed >= 0.001)) return absl::InvalidArgumentError("too small");
    if (!(speed <= 1'000'000)) return absl::InvalidArgumentError("too large");
  }
  target = speed;
  return absl::OkStatus();
}

constexpr char kPrefixes[] = "addresses and networks, as 192.0.2.0/24,2001:db8::1";
constexpr char kTimes[] = "RFC 3339, as 2026-01-01T12:00:00Z, or seconds since 1970";

constexpr std::array kOutputs = {
    OptionSpec{"recursive", ValueKind::kFlag, "", "true or false",
               "read the captures below a folder, by name", "false",
               [](Options& o, const std::string& v) { return SetFlag(v, o.recursive); },
               OptionScope::kEverywhere, OptionUse::kReplay},
    OptionSpec{"merge", ValueKind::kFlag, "", "true or false",
               "read all files at once, in order of packet time:\ncaptures of several sensors that "
               "overlap",
               "false", [](Options& o, const std::string& v) { return SetFlag(v, o.merge); },
               OptionScope::kEverywhere, OptionUse::kReplay},
    OptionSpec{"follow", ValueKind::kText, "DIR", "a folder",
               "in place of FILE: read the captures there, then those\nthat come, until SIGINT", "",
               [](Options& o, const std::string& v) { return SetPath(v, o.follow); },
               OptionScope::kEverywhere, OptionUse::kReplay},
    OptionSpec{"speed", ValueKind::kText, "X", "0.001 to 1000000, or off",
               "pace of the capture's own time, 1 for as it was;\nwith --listen the page follows",
               "off", [](Options& o, const std::string& v) { return SetSpeed(v, o.speed); },
               OptionScope::kEverywhere, OptionUse::kReplay},
    OptionSpec{"html", ValueKind::kText, "FILE", "a file name, - for standard output, or off",
               "the report as a page for a browser", "off",
               [](Options& o, const std::string& v) { return SetOutput(v, o.html); }},
    OptionSpec{"openmetrics", ValueKind::kText, "FILE",
               "a file name, - for standard output, or off",
               "time series for a Prometheus or VictoriaMetrics:\nthe metrics page step by step; "
               "one worker",
               "off", [](Options& o, const std::string& v) { return SetOutput(v, o.openmetrics); },
               OptionScope::kEverywhere, OptionUse::kReplay},
    OptionSpec{"openmetrics-step", ValueKind::kDuration, "DURATION", "1s to 1h",
               "source time between two samples; rounded up to\nwhole windows", "15s",
               [](Options& o, const std::string& v) {
                 return SetDuration(v, kNanosPerSecond, 3600 * kNanosPerSecond,
                                    o.openmetrics_step_ns);
               },
               OptionScope::kEverywhere, OptionUse::kReplay},
    OptionSpec{"into-prometheus", ValueKind::kText, "DIR", "a folder, or off",
               "put these time series into a Prometheus's storage;\nneeds promtool", "off",
               [](Options& o, const std::string& v) { return SetOutput(v, o.into_prometheus); },
               OptionScope::kEverywhere, OptionUse::kReplay},
    OptionSpec{"rules", ValueKind::kList, "FILE", "file names, each once, without a comma",
               "tell when alerts of these Prometheus rules would\nhave fired, step by step; needs "
               "promtool; more than\none may be given",
               "", [](Options& o, const std::string& v) { return SetPaths(v, o.rules); },
               OptionScope::kEverywhere, OptionUse::kReplay, "", /*repeats=*/true},
    OptionSpec{"events", ValueKind::kText, "FILE", "a file name, - for standard output, or off",
               "each message as a line of JSON; a replay then has\none worker", "off",
               [](Options& o, const std::string& v) { return SetOutput(v, o.events); }},
    OptionSpec{"events-rate", ValueKind::kInteger, "N", "0 to 1000000000, 0 for no limit",
               "lines of --events a second; the others are counted", "10000",
               [](Options& o, const std::string& v) {
                 return SetInteger(v, 0, 1'000'000'000, o.events_rate);
               },
               OptionScope::kEverywhere, OptionUse::kWatching},
    OptionSpec{
        "write", ValueKind::kText, "FILE", "a file name, - for standard output, or off",
        "the packets that matching messages end in, as\npcapng; a replay then has one worker",
        "off", [](Options& o, const std::string& v) { return SetOutput(v, o.write); }},
    OptionSpec{"flight-recorder", ValueKind::kText, "DIR", "a folder, or off",
               "when a spike begins, write the last responses with\nits code there, as pcapng",
               "off",
               [](Options& o, const std::string& v) { return SetOutput(v, o.flight_recorder); },
               OptionScope::kEverywhere, OptionUse::kWatching},
    OptionSpec{"flight-recorder-size", ValueKind::kSize, "SIZE", "1MiB to 4GiB",
               "memory for the last error responses, of all workers\ntogether; beside --memory",
               "16MiB",
               [](Options& o, const std::string& v) {
                 return SetSize(v, uint64_t{1} << 20, uint64_t{4} << 30, o.flight_recorder_size);
               },
               OptionScope::kEverywhere, OptionUse::kWatching},
    OptionSpec{"flight-recorder-files", ValueKind::kInteger, "N", "1 to 10000",
               "files that are kept there; the oldest go first", "20",
               [](Options& o, const std::string& v) {
                 return SetInteger(v, 1, 10'000, o.flight_recorder_files);
               },
               OptionScope::kEverywhere, OptionUse::kWatching},
    OptionSpec{"rcode", ValueKind::kList, "LIST",
               "names or numbers of codes, EDE and a number, or errors, as SERVFAIL,23,EDE22",
               "events, and reports of a replay, only of responses\nwith one of these codes", "",
               [](Options& o, const std::string& v) {
                 return Keep(o, "rcode", v, ParseCodes(v), o.filters.messages.codes);
               }},
    OptionSpec{"client", ValueKind::kList, "CIDR", kPrefixes, "the same, of these clients", "",
               [](Options& o, const std::string& v) {
                 return Keep(o, "client", v, ParsePrefixes(v), o.filters.messages.clients);
               }},
    OptionSpec{"server", ValueKind::kList, "CIDR", kPrefixes, "the same, of these servers", "",
               [](Options& o, const std::string& v) {
                 return Keep(o, "server", v, ParsePrefixes(v), o.filters.messages.servers);
               }},
    OptionSpec{"zone", ValueKind::kList, "NAME", "names, as example.com",
               "the same, of responses about these names or names\nbelow them", "",
               [](Options& o, const std::string& v) {
                 return Keep(o, "zone", v, ParseNames(v), o.filters.messages.zones);
               }},
    OptionSpec{
        "opcode", ValueKind::kList, "LIST", "names or numbers of opcodes, as QUERY,UPDATE",
        "the same, with these opcodes", "",
        [](Options& o,
           const std::string&
               v) { return Keep(o, "opcode", v, ParseOpcodes(v), o.filters.messages.opcodes); }},
    OptionSpec{"from", ValueKind::kText, "TIME", kTimes, "the same, from this time on", "",
               [](Options& o, const std::string& v) {
                 return Keep(o, "from", v, ParseTime(v), o.filters.messages.from);
               }},
    OptionSpec{"to", ValueKind::kText, "TIME", kTimes, "the same, before this time", "",
               [](Options& o, const std::string& v) {
                 return Keep(o, "to", v, ParseTime(v), o.filters.messages.to);
               }},
};

}  // namespace

std::span<const OptionSpec> OutputOptions() { return kOutputs; }

std::vector<std::pair<const char*, std::string*>> OutputPaths(Options& options) {
  return {{"json", &options.json},     {"text", &options.text},
          {"html", &options.html},     {"openmetrics", &options.openmetrics},
          {"events", &options.events}, {"write", &options.write}};
}

}  // namespace rcodescope
