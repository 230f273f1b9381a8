#include "app/option_table.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <utility>
#include <vector>

#include <arpa/inet.h>

#include "absl/strings/str_cat.h"
#include "app/comma_list.h"
#include "app/duration_size.h"
#include "app/filter_options.h"
#include "app/option_values.h"
#include "app/quote.h"

namespace rcodescope {
namespace {

constexpr int64_t kMillisecond = 1'000'000;
constexpr int64_t kHour = 3'600'000'000'000;
constexpr uint64_t kMiB = uint64_t{1} << 20;
constexpr uint64_t kTiB = uint64_t{1} << 40;
constexpr uint64_t kMaxPort = 65'535;
constexpr uint64_t kMaxCpu = 1023;  // sched_setaffinity(2): CPU_SETSIZE is 1024
constexpr size_t kMaxWorkers = 256;
constexpr uint64_t kMaxLabels = 127;  // RFC 1035 §3.1: 255 octets, two for each label, one root

absl::Status SetPorts(const std::string& value, std::vector<PortRange>& target) {
  absl::StatusOr<std::vector<NumberRange>> numbers = ParseRanges(value, "port", 1, kMaxPort);
  if (!numbers.ok()) return numbers.status();
  std::sort(numbers->begin(), numbers->end(),
            [](const NumberRange& a, const NumberRange& b) { return a.first < b.first; });
  target.clear();
  for (const NumberRange& number : *numbers) {
    const PortRange range{static_cast<uint16_t>(number.first), static_cast<uint16_t>(number.last)};
    if (!target.empty() && range.first <= target.back().last + 1) {
      target.back().last = std::max(target.back().last, range.last);
    } else {
      target.push_back(range);
    }
  }
  return absl::OkStatus();
}

// In the order in which they are given.
absl::Status SetCpus(const std::string& value, std::vector<uint16_t>& target) {
  const absl::StatusOr<std::vector<NumberRange>> ranges = ParseRanges(value, "CPU", 0, kMaxCpu);
  if (!ranges.ok()) return ranges.status();
  std::vector<uint16_t> cpus;
  for (const NumberRange& range : *ranges) {
    for (uint64_t cpu = range.first; cpu <= range.last; ++cpu) {
      if (std::find(cpus.begin(), cpus.end(), cpu) != cpus.end()) {
        return absl::InvalidArgumentError(absl::StrCat("CPU ", cpu, " stands there twice"));
      }
      cpus.push_back(static_cast<uint16_t>(cpu));
    }
  }
  if (cpus.size() > kMaxWorkers) return absl::InvalidArgumentError("more CPUs than workers can be");
  target = std::move(cpus);
  return absl::OkStatus();
}

absl::Status SetZoneBy(const std::string& value, ZoneBy& target) {
  static constexpr std::string_view kLabels = "labels:";
  if (value == "evidence" || value == "psl") {
    target = {.mode = value == "psl" ? ZoneBy::Mode::kPublicSuffix : ZoneBy::Mode::kEvidence};
    return absl::OkStatus();
  }
  if (!value.starts_with(kLabels)) return absl::InvalidArgumentError("none of the choices");
  int labels = 0;
  absl::Status status = SetInteger(value.substr(kLabels.size()), 1, kMaxLabels, labels);
  if (status.ok()) target = ZoneBy{ZoneBy::Mode::kLabels, labels};
  return status;
}

absl::Status SetClientPrefix(const std::string& value, Options& options) {
  const std::vector<std::string> parts = SplitAtCommas(value);
  if (parts.size() != 2) return absl::InvalidArgumentError("not two lengths");
  const absl::StatusOr<uint64_t> v4 = ParseInteger(parts[0], 0, 32);
  if (!v4.ok()) return Prefixed("IPv4 length ", v4.status());
  const absl::StatusOr<uint64_t> v6 = ParseInteger(parts[1], 0, 128);
  if (!v6.ok()) return Prefixed("IPv6 length ", v6.status());
  options.client_prefix_v4 = static_cast<int>(*v4);
  options.client_prefix_v6 = static_cast<int>(*v6);
  return absl::OkStatus();
}

absl::Status SetInterfaces(const std::string& value, std::vector<std::string>& target) {
  constexpr size_t kLongest = 15;  // IFNAMSIZ, a zero byte included, is 16
  std::vector<std::string> names = SplitAtCommas(value);
  for (size_t i = 0; i < names.size(); ++i) {
    const std::string& name = names[i];
    if (name.empty()) return absl::InvalidArgumentError("an empty name");
    const bool possible = name.size() <= kLongest &&
                          std::all_of(name.begin(), name.end(),
                                      [](char c) { return c > ' ' && c != '/' && c != '\x7f'; });
    if (!possible) return absl::InvalidArgumentError(Quote(name) + " is no interface's name");
    if (std::find(names.begin(), names.begin() + static_cast<ptrdiff_t>(i), name) !=
        names.begin() + static_cast<ptrdiff_t>(i)) {
      return absl::InvalidArgumentError(Quote(name) + " stands there twice");
    }
  }
  target = std::move(names);
  return absl::OkStatus();
}

absl::Status SetPortIds(const std::string& value, std::vector<uint16_t>& target) {
  constexpr uint64_t kLargest = 31;  // RTE_MAX_ETHPORTS, as DPDK is built by default, is 32
  std::vector<uint16_t> ids;
  for (const std::string& part : SplitAtCommas(value)) {
    const absl::StatusOr<uint64_t> id = ParseInteger(part, 0, kLargest);
    if (!id.ok()) return Prefixed("port " + Quote(part) + " is ", id.status());
    if (std::find(ids.begin(), ids.end(), *id) != ids.end()) {
      return absl::InvalidArgumentError("port " + part + " stands there twice");
    }
    ids.push_back(static_cast<uint16_t>(*id));
  }
  target = std::move(ids);
  return absl::OkStatus();
}

absl::Status SetListen(const std::string& value, std::string& target) {
  if (value == "off") {
    target.clear();
    return absl::OkStatus();
  }
  const size_t colon = value.rfind(':');
  if (colon == std::string::npos) return absl::InvalidArgumentError("no port");
  std::string address = value.substr(0, colon);
  const bool bracketed = address.size() >= 2 && address.front() == '[' && address.back() == ']';
  if (bracketed) address = address.substr(1, address.size() - 2);
  in6_addr scratch;
  if (address.find('\0') != std::string::npos ||
      inet_pton(bracketed ? AF_INET6 : AF_INET, address.c_str(), &scratch) != 1) {
    return absl::InvalidArgumentError("no numeric address before the port");
  }
  const absl::StatusOr<uint64_t> port = ParseInteger(value.substr(colon + 1), 0, kMaxPort);
  if (!port.ok()) return Prefixed("port ", port.status());
  target = value;
  return absl::OkStatus();
}

absl::Status SetHashKey(const std::string& value, std::optional<uint64_t>& target) {
  const bool hex = value.starts_with("0x");
  uint64_t key = 0;
  const char* end = value.data() + value.size();
  const auto [stop, error] = std::from_chars(value.data() + (hex ? 2 : 0), end, key, hex ? 16 : 10);
  if (error != std::errc() || stop != end) return absl::InvalidArgumentError("not a 64-bit number");
  target = key;
  return absl::OkStatus();
}

constexpr std::array kOptions = {
    OptionSpec{"config", ValueKind::kText, "FILE", "a file name",
               "TOML; every option below is a key there;\nthe command line wins", "",
               [](Options& o, const std::string& v) { return SetPath(v, o.config); },
               OptionScope::kCommandLine},
    OptionSpec{"interface", ValueKind::kList, "IFACE", "names of up to 15 characters",
               "listen on this interface; more than one may be\ngiven", "",
               [](Options& o, const std::string& v) { return SetInterfaces(v, o.interfaces); },
               OptionScope::kEverywhere, OptionUse::kLive, "i", /*repeats=*/true},
    OptionSpec{"port-id", ValueKind::kList, "N", "numbers of ports, 0 to 31, each once",
               "count on this port of DPDK's; more than one may be\ngiven; default all", "",
               [](Options& o, const std::string& v) { return SetPortIds(v, o.dpdk_ports); },
               OptionScope::kEverywhere, OptionUse::kDpdk, "", /*repeats=*/true},
    OptionSpec{"capture", ValueKind::kText, "HOW", "af_packet, pcap",
               "how frames are had: rings shared with the kernel,\nor libpcap", "af_packet",
               [](Options& o, const std::string& v) {
                 return SetChoice(v, {"af_packet", "pcap"}, o.capture);
               },
               OptionScope::kEverywhere, OptionUse::kLive},
    OptionSpec{"no-promiscuous", ValueKind::kFlag, "", "true or false",
               "leave out frames to other stations", "false",
               [](Options& o, const std::string& v) { return SetFlag(v, o.no_promiscuous); },
               OptionScope::kEverywhere, OptionUse::kWatching, "p"},
    OptionSpec{"ring-size", ValueKind::kSize, "SIZE", "1MiB to 4GiB",
               "room in which frames wait, of each worker", "64MiB",
               [](Options& o, const std::string& v) {
                 return SetSize(v, kMiB, uint64_t{4} << 30, o.ring_size);
               },
               OptionScope::kEverywhere, OptionUse::kLive},
    OptionSpec{
        "snap-length", ValueKind::kInteger, "BYTES", "96 to 262144",
        "of a frame, keep no more than this", "262144",
        [](Options& o, const std::string& v) { return SetInteger(v, 96, 262'144, o.snap_length); },
        OptionScope::kEverywhere, OptionUse::kLive},
    OptionSpec{"epoch", ValueKind::kDuration, "DURATION", "10ms to 1h",
               "how often the metrics page changes; rounded up\nto whole windows", "5s",
               [](Options& o, const std::string& v) {
                 return SetDuration(v, 10 * kMillisecond, kHour, o.epoch_ns);
               },
               OptionScope::kEverywhere, OptionUse::kWatching},
    OptionSpec{
        "scrape-interval", ValueKind::kDuration, "DURATION", "10ms to 1h",
        "of the slowest reader of the metrics page; a key\nstands there at 0 for twice as long "
        "before it counts",
        "60s",
        [](Options& o, const std::string& v) {
          return SetDuration(v, 10 * kMillisecond, kHour, o.scrape_interval_ns);
        },
        OptionScope::kEverywhere, OptionUse::kWatching},
    OptionSpec{"baseline", ValueKind::kText, "FILE", "a file name",
               "what is usual, as --save-baseline has written it:\nspikes are told from it at once",
               "", [](Options& o, const std::string& v) { return SetPath(v, o.baseline); }},
    OptionSpec{"save-baseline", ValueKind::kText, "FILE", "a file name, or off",
               "write what is usual, for --baseline, at the end", "off",
               [](Options& o, const std::string& v) { return SetOutput(v, o.save_baseline); }},
    OptionSpec{"user", ValueKind::kText, "NAME", "the name of a user",
               "whom to become once everything is open, when\nstarted as root", "nobody",
               [](Options& o, const std::string& v) { return SetPath(v, o.user); },
               OptionScope::kEverywhere, OptionUse::kWatching},
    OptionSpec{"no-sandbox", ValueKind::kFlag, "", "true or false",
               "keep all rights of the process, for debugging", "false",
               [](Options& o, const std::string& v) { return SetFlag(v, o.no_sandbox); },
               OptionScope::kEverywhere, OptionUse::kWatching},
    OptionSpec{
        "workers", ValueKind::kInteger, "N", "1 to 256",
        "worker threads; default one a core, with DPDK one\na core of -l; replay: one less, and 1 "
        "for "
        "files\nunder 64 MiB",
        "",
        [](Options& o, const std::string& v) { return SetInteger(v, 1, kMaxWorkers, o.workers); }},
    OptionSpec{"cpus", ValueKind::kList, "LIST",
               "CPUs 0 to 1023 and ranges, each once, at most 256, as 2,4-7",
               "run the first worker on the first of these, and so\non; without --workers one a "
               "CPU; default on any",
               "", [](Options& o, const std::string& v) { return SetCpus(v, o.cpus); },
               OptionScope::kEverywhere, OptionUse::kLive},
    OptionSpec{
        "window", ValueKind::kDuration, "DURATION", "1ms to 1h",
        "slice of source time for detection", "1s",
        [](Options& o,
           const std::string& v) { return SetDuration(v, kMillisecond, kHour, o.window_ns); }},
    OptionSpec{"ports", ValueKind::kList, "LIST", "ports 1 to 65535 and ranges, as 53,8053-8060",
               "UDP and TCP ports that carry DNS", "53",
               [](Options& o, const std::string& v) { return SetPorts(v, o.ports); }},
    OptionSpec{"vxlan-ports", ValueKind::kList, "LIST", "ports 1 to 65535 and ranges, as 4789,8472",
               "UDP ports that carry VXLAN", "4789",
               [](Options& o, const std::string& v) { return SetPorts(v, o.vxlan_ports); }},
    OptionSpec{
        "zone-by", ValueKind::kText, "MODE", "evidence, psl, or labels:N with N 1 to 127",
        "what the zone of a name is: what its server says\nof it, then public suffix and one "
        "label; only that;\nor its last N labels",
        "evidence", [](Options& o, const std::string& v) { return SetZoneBy(v, o.zone_by); }},
    OptionSpec{"zones", ValueKind::kText, "FILE", "a file name",
               "zones to count by name, one a line; they go before\nwhat --zone-by says", "",
               [](Options& o, const std::string& v) { return SetPath(v, o.zones); }},
    OptionSpec{"client-prefix", ValueKind::kList, "V4,V6", "0 to 32, comma, 0 to 128",
               "count clients by networks of these lengths", "32,128",
               [](Options& o, const std::string& v) { return SetClientPrefix(v, o); }},
    OptionSpec{
        "min-clients", ValueKind::kInteger, "K", "1 to 32",
        "name a network of clients only when so many\naddresses of it were seen", "1",
        [](Options& o, const std::string& v) { return SetInteger(v, 1, 32, o.min_clients); }},
    OptionSpec{"pseudonym-key", ValueKind::kText, "FILE", "a file name",
               "32 bytes: show pseudonyms of clients that keep\nnetworks together", "",
               [](Options& o, const std::string& v) { return SetPath(v, o.pseudonym_key); }},
    OptionSpec{"no-qname", ValueKind::kFlag, "", "true or false",
               "show no more of a name than its public suffix and\none label", "false",
               [](Options& o, const std::string& v) { return SetFlag(v, o.no_qname); }},
    OptionSpec{"memory", ValueKind::kSize, "SIZE", "1MiB to 1TiB",
               "ceiling for all tables, taken at start", "256MiB",
               [](Options& o, const std::string& v) { return SetSize(v, kMiB, kTiB, o.memory); }},
    OptionSpec{"top", ValueKind::kInteger, "K", "1 to 1000000", "keys shown for each dimension",
               "500",
               [](Options& o, const std::string& v) { return SetInteger(v, 1, 1'000'000, o.top); }},
    OptionSpec{
        "listen", ValueKind::kText, "ADDR:PORT",
        "a numeric address and a port, as 127.0.0.1:10053 or [::1]:10053, or off",
        "HTTP; a replay keeps serving after its last file\nuntil SIGINT; port 0 takes a free "
        "one",
        "off", [](Options& o, const std::string& v) { return SetListen(v, o.listen); },
        OptionScope::kEverywhere, OptionUse::kAll, "", /*repeats=*/false,
        /*live_default=*/"127.0.0.1:10053"},
    OptionSpec{"json", ValueKind::kText, "FILE", "a file name, - for standard output, or off",
               "the report as JSON", "off",
               [](Options& o, const std::string& v) { return SetOutput(v, o.json); }},
    OptionSpec{"text", ValueKind::kText, "FILE", "a file name, - for standard output, or off",
               "the report for people; off by itself when JSON\ngoes to standard output", "-",
               [](Options& o, const std::string& v) { return SetOutput(v, o.text); }},
    OptionSpec{"public-suffix-list", ValueKind::kText, "FILE", "a file name",
               "the list that --zone-by evidence and psl read",
               "/usr/share/publicsuffix/public_suffix_list.dat",
               [](Options& o, const std::string& v) { return SetPath(v, o.public_suffix_list); }},
    OptionSpec{"resync", ValueKind::kFlag, "", "true or false",
               "search on behind a damaged pcap record", "false",
               [](Options& o, const std::string& v) { return SetFlag(v, o.resync); },
               OptionScope::kEverywhere, OptionUse::kReplay},
    OptionSpec{"dissect", ValueKind::kInteger, "FRAME", "1 to 18446744073709551615",
               "show how this frame was decoded, layer by\nlayer, in place of the reports", "",
               [](Options& o, const std::string& v) {
                 return SetInteger(v, 1, std::numeric_limits<uint64_t>::max(), o.dissect);
               },
               OptionScope::kCommandLine, OptionUse::kReplay},
    OptionSpec{
        "color", ValueKind::kText, "WHEN", "auto, always, never", "colors in the text report",
        "auto",
        [](Options& o,
           const std::string& v) { return SetChoice(v, {"auto", "always", "never"}, o.color); }},
    OptionSpec{"quiet", ValueKind::kFlag, "", "true or false", "no progress line", "false",
               [](Options& o, const std::string& v) { return SetFlag(v, o.quiet); },
               OptionScope::kEverywhere, OptionUse::kReplay},
    OptionSpec{"log-level", ValueKind::kText, "LEVEL", "debug, info, warning, error",
               "what is worth a line on standard error", "info",
               [](Options& o, const std::string& v) {
                 return SetChoice(v, {"debug", "info", "warning", "error"}, o.log_level);
               }},
    OptionSpec{"hash-key", ValueKind::kText, "N", "a 64-bit number, decimal or 0x and hexadecimal",
               "fixes the key of the table hashes, for tests", "",
               [](Options& o, const std::string& v) { return SetHashKey(v, o.hash_key); },
               OptionScope::kHidden},
};

}  // namespace

std::span<const OptionSpec> OptionTable() {
  static const std::vector<OptionSpec> table = [] {
    std::vector<OptionSpec> all(kOptions.begin(), kOptions.end());
    for (const std::span<const OptionSpec> part : {OutputOptions(), PushOptions()}) {
      all.insert(all.end(), part.begin(), part.end());
    }
    return all;
  }();
  return table;
}

const OptionSpec* FindOption(std::string_view name) {
  const std::span<const OptionSpec> table = OptionTable();
  const auto found = std::find_if(table.begin(), table.end(),
                                  [name](const OptionSpec& spec) { return spec.name == name; });
  return found == table.end() ? nullptr : &*found;
}

absl::Status SetOption(const OptionSpec& spec, Options& options, const std::string& value) {
  const absl::Status status = spec.set(options, value);
  if (status.ok()) return status;
  return absl::InvalidArgumentError(
      absl::StrCat(status.message(), " (allowed: ", spec.allowed, ")"));
}

absl::Status SettleOutputs(Options& options, bool text_given) {
  const std::vector<std::pair<const char*, std::string*>> outputs = OutputPaths(options);
  for (const auto& [name, path] : outputs) {
    if (path->empty() || path == &options.text) continue;
    if (*path == options.text && !text_given) options.text.clear();
    for (const auto& [other_name, other] : outputs) {
      if (other == path || *other != *path) continue;
      const bool text = other == &options.text;
      const std::string pair =
          text ? absl::StrCat(name, " and text") : absl::StrCat(name, " and ", other_name);
      return absl::InvalidArgumentError(pair + " may not write to the same place");
    }
  }
  const absl::Status pushes = CheckPushes(options);
  return pushes.ok() ? CheckFilters(options) : pushes;
}

}  // namespace rcodescope
