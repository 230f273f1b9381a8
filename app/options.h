// What the user asked for, and how it is read from the command line.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "aggregate/message_filter.h"
#include "aggregate/site_table.h"
#include "app/exit_code.h"

namespace rcodescope {

enum class Command : uint8_t { kReplay, kLive, kDpdk, kCheckConfig, kVersion, kExplain, kTop };

// first ≤ last; both are meant.
struct PortRange {
  uint16_t first = 0;
  uint16_t last = 0;
  bool operator==(const PortRange&) const = default;
};

// Which part of a name is its zone.
struct ZoneBy {
  enum class Mode : uint8_t {
    kEvidence,      // what servers say of their zones, then as kPublicSuffix
    kPublicSuffix,  // the public suffix and one label more
    kLabels,        // the last `labels` labels
  };
  Mode mode = Mode::kEvidence;
  int labels = 0;  // 1 to 127 with kLabels
  bool operator==(const ZoneBy&) const = default;
};

// Which messages events and reports are about.
struct FilterOptions {
  MessageFilter messages;
  std::vector<std::pair<std::string, std::string>> words;  // what was given, in order of options
  bool operator==(const FilterOptions&) const = default;

  bool empty() const { return words.empty(); }
  // As on a command line; not the time of it.
  std::string ToString() const;
};

// What is to be explained; see explain.h for what the words may be.
struct ExplainOptions {
  std::vector<std::string> codes;  // empty: list all
  std::string opcode;              // empty: any
  bool json = false;
  bool operator==(const ExplainOptions&) const = default;
};

// Which instance is shown, and how.
struct TopOptions {
  std::string url = "http://127.0.0.1:10053";  // without a slash at its end
  bool once = false;
  bool operator==(const TopOptions&) const = default;
};

// Plain values, checked when they were read; ranges are those of the option table.
struct Options {
  Command command = Command::kReplay;
  std::vector<std::string> files;  // replay: at least one, without `follow`; "-" is standard input
  std::string filter;              // replay and live: BPF, what stood behind "--", joined by
                                   // blanks; empty: none
  ExplainOptions explain;
  TopOptions top_view;
  std::string config;  // check-config: the file to check; others: empty if none

  int workers = 0;  // 0: chosen by the engine, as the table of options says
  int64_t window_ns = 1'000'000'000;
  std::vector<PortRange> ports = {{53, 53}};  // ascending, neither overlapping nor touching
  std::vector<PortRange> vxlan_ports = {{4789, 4789}};  // the same
  ZoneBy zone_by;
  std::vector<SiteRule> sites;  // of the configuration file only
  std::string zones;            // file of zones to count by name; empty: none
  int client_prefix_v4 = 32;
  int client_prefix_v6 = 128;
  size_t min_clients = 1;     // addresses of a network before it is named
  std::string pseudonym_key;  // file; empty: clients go by their addresses
  bool no_qname = false;
  uint64_t memory = uint64_t{256} << 20;  // bytes
  size_t top = 500;
  // Dpdk.
  std::vector<std::string> eal_arguments;  // what stood behind "--"
  std::vector<uint16_t> dpdk_ports;        // by DPDK's numbers; empty: all
  // Live.
  std::vector<std::string> interfaces;      // at least one
  std::vector<uint16_t> cpus;               // of the first worker, the second …; empty: any
  std::string capture = "af_packet";        // or pcap
  uint64_t ring_size = uint64_t{64} << 20;  // bytes, of each worker
  uint32_t snap_length = 262'144;           // bytes kept of a frame
  // Live and dpdk.
  bool no_promiscuous = false;
  int64_t epoch_ns = 5'000'000'000;
  int64_t scrape_interval_ns = 60'000'000'000;
  std::string user = "nobody";  // to become where the process is root's
  bool no_sandbox = false;

  std::string baseline;                    // file to begin with; empty: none
  std::string save_baseline;               // file to write at the end; empty: none
  std::vector<std::string> alertmanagers;  // URLs; live and dpdk

  std::vector<std::string> remote_writes;  // URLs
  std::map<std::string, std::string> external_labels;
  uint64_t remote_write_queue = uint64_t{32} << 20;      // bytes, of each URL
  std::string remote_write_spool;                        // folder; empty: none
  uint64_t remote_write_spool_size = uint64_t{1} << 30;  // bytes, of each URL
  int64_t remote_write_patience_ns = 60'000'000'000;     // live and dpdk: 5 s

  std::string listen;           // "ADDR:PORT" or "[ADDR]:PORT", addresses numeric; empty: off
  std::string json;             // file, "-" standard output; empty: off
  std::string text = "-";       // the same; json and text never name the same place
  std::string html;             // the same
  std::string openmetrics;      // the same, for time series
  std::string into_prometheus;  // a Prometheus's folder, for the same; empty: none
  int64_t openmetrics_step_ns = 15'000'000'000;
  std::vector<std::string> rules;  // replay: files of Prometheus rules
  std::string events;              // the same, for lines of single messages
  std::string write;               // the same, for packets
  uint64_t events_rate = 10'000;   // live: of lines, a second; 0: no limit
  FilterOptions filters;
  // Live and dpdk: what led to a spike.
  std::string flight_recorder;                         // a folder; empty: off
  uint64_t flight_recorder_size = uint64_t{16} << 20;  // bytes
  size_t flight_recorder_files = 20;
  std::string public_suffix_list = "/usr/share/publicsuffix/public_suffix_list.dat";
  bool resync = false;
  bool recursive = false;
  bool merge = false;
  std::string follow;                // folder; empty: files are read
  double speed = 0;                  // of the capture's own pace; 0: as fast as can be
  uint64_t dissect = 0;              // the frame to show; 0: none
  std::string color = "auto";        // auto, always, never
  std::optional<uint64_t> hash_key;  // empty: from the kernel's random numbers
  bool quiet = false;                // no progress line
  std::string log_level = "info";    // debug, info, warning, error

  bool operator==(const Options&) const = default;
};

// Either `options` to carry out, or the end already: a help text or an error.
struct ParseResult {
  std::optional<Options> options;
  Outcome outcome;  // meaningful when `options` is empty
};

// What holds where neither command line nor file say otherwise.
Options DefaultsOf(Command command);

// Reads a command line, and the file that its --config names; what stands on the command line wins
// over the file. Prints nothing. Errors: kUsage with one line that names the option, its value and
// what is allowed; kConfig with one line for each problem of the file.
ParseResult ParseCommandLine(int argc, const char* const* argv);

}  // namespace rcodescope
