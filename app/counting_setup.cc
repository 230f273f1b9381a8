#include "app/counting_setup.h"

#include <string>
#include <tuple>
#include <utility>

#include <sys/random.h>

#include "absl/status/statusor.h"
#include "aggregate/public_suffix.h"
#include "app/duration_size.h"
#include "app/fail.h"
#include "app/memory_plan.h"
#include "app/privacy.h"
#include "exporters/baseline_file.h"

namespace rcodescope {
namespace {

constexpr uint64_t kMiB = uint64_t{1} << 20;

uint64_t RandomKey() {
  uint64_t key = 0;
  while (getrandom(&key, sizeof(key), 0) != sizeof(key)) {
  }
  return key;
}

std::vector<uint16_t> PortList(const std::vector<PortRange>& ranges) {
  std::vector<uint16_t> ports;
  for (const PortRange& range : ranges) {
    for (uint32_t port = range.first; port <= range.last; ++port) {
      ports.push_back(static_cast<uint16_t>(port));
    }
  }
  return ports;
}

absl::StatusOr<ZonePolicy> MakeZonePolicy(const Options& options, uint64_t key) {
  if (options.zone_by.mode == ZoneBy::Mode::kLabels) {
    return ZonePolicy::ByLabels(options.zone_by.labels);
  }
  auto list = PublicSuffixList::Load(options.public_suffix_list, key);
  if (!list.ok()) return list.status();
  return options.zone_by.mode == ZoneBy::Mode::kEvidence
             ? ZonePolicy::ByEvidence(*std::move(list))
             : ZonePolicy::ByPublicSuffix(*std::move(list));
}

}  // namespace

CountingSetup::CountingSetup(const Options& options)
    : options_(options),
      key_(options.hash_key.has_value() ? *options.hash_key : RandomKey()),
      dns_port_list_(PortList(options.ports)),
      dns_ports_(dns_port_list_),
      vxlan_ports_(PortList(options.vxlan_ports)),
      frames_{.dns_ports = &dns_ports_, .vxlan_ports = vxlan_ports_} {
  if (!options.sites.empty()) sites_ = std::make_unique<SiteTable>(options.sites);
}

ExitCode CountingSetup::LoadBaseline() {
  if (options_.baseline.empty()) return ExitCode::kDone;
  auto baseline = ReadBaseline(options_.baseline);
  if (!baseline.ok()) {
    return Fail(absl::IsNotFound(baseline.status()) ? ExitCode::kNoInput : ExitCode::kBadData,
                options_.baseline + ": " + std::string(baseline.status().message()));
  }
  baseline_ = std::make_shared<const Baseline>(*std::move(baseline));
  return ExitCode::kDone;
}

ExitCode CountingSetup::LoadFiles() {
  auto zones = MakeZonePolicy(options_, key_);
  if (!zones.ok()) {
    return Fail(ExitCode::kConfig, std::string(zones.status().message()) +
                                       " (install publicsuffix, name another file with "
                                       "--public-suffix-list, or use --zone-by labels:2)");
  }
  zones_ = std::make_unique<ZonePolicy>(*std::move(zones));
  if (options_.no_qname) zones_->HideNames();
  if (!options_.zones.empty()) {
    auto configured = ZoneList::Load(options_.zones, key_);
    if (!configured.ok()) {
      return Fail(ExitCode::kConfig, "--zones " + std::string(configured.status().message()));
    }
    zones_->Configure(*std::move(configured));
  }
  if (!options_.pseudonym_key.empty()) {
    auto pseudonyms = LoadPseudonyms(options_.pseudonym_key);
    if (!pseudonyms.ok()) {
      return Fail(ExitCode::kConfig,
                  "--pseudonym-key " + std::string(pseudonyms.status().message()));
    }
    pseudonyms_ = *std::move(pseudonyms);
  }
  return ExitCode::kDone;
}

ExitCode CountingSetup::CheckMemory(size_t workers, Logger& logger, LogLevel level) const {
  const MemoryPlan plan = PlanMemory(options_.memory, workers);
  if (!plan.enough()) {
    return Fail(ExitCode::kConfig, "--memory " + FormatSize(options_.memory) +
                                       " is too little for " + std::to_string(workers) +
                                       (workers == 1 ? " worker" : " workers") + ": at least " +
                                       FormatSize((plan.minimum + kMiB - 1) / kMiB * kMiB));
  }
  logger.Log(level, "memory is divided",
             {{"bytes", plan.total},
              {"keys", plan.keys},
              {"listing", plan.listing},
              {"codes", plan.codes},
              {"spikes", plan.spikes},
              {"errors", plan.errors},
              {"workers", workers},
              {"each_key_deltas", plan.key_delta * Shard::kKeyCopies},
              {"each_windows", plan.windows},
              {"each_streams", plan.streams},
              {"each_fragments", plan.fragments}});
  return ExitCode::kDone;
}

std::unique_ptr<FlightRecorder> CountingSetup::MakeFlightRecorder(size_t workers,
                                                                  Logger& logger) const {
  if (options_.flight_recorder.empty()) return nullptr;
  return std::make_unique<FlightRecorder>(FlightRecorderOptions{
      .folder = options_.flight_recorder,
      .bytes = options_.flight_recorder_size,
      .files = options_.flight_recorder_files,
      .workers = workers,
      .told = [&logger](const std::string& path, size_t frames, const std::string& problem) {
        if (problem.empty()) {
          logger.Log(LogLevel::kInfo, "what led to a spike is written",
                     {{"path", path}, {"frames", frames}});
        } else {
          logger.Log(LogLevel::kWarning, "what led to a spike cannot be written",
                     {{"path", path}, {"reason", problem}});
        }
      }});
}

ExitCode CountingSetup::MakeTap(size_t workers, Logger& logger,
                                std::unique_ptr<MessageTap>& tap) const {
  const bool replays = options_.command == Command::kReplay;
  std::unique_ptr<LineOutput> events;
  std::unique_ptr<LineOutput> packets;
  const std::tuple<const char*, const std::string*, std::unique_ptr<LineOutput>*> outputs[] = {
      {"events", &options_.events, &events}, {"write", &options_.write, &packets}};
  for (const auto& [name, path, output] : outputs) {
    if (path->empty()) continue;
    auto opened = LineOutput::Open(*path, workers, /*waits=*/replays);
    if (!opened.ok()) {
      return Fail(ExitCode::kCannotCreate,
                  std::string("--") + name + " " + std::string(opened.status().message()));
    }
    *output = *std::move(opened);
  }
  auto flight = MakeFlightRecorder(workers, logger);
  if (events == nullptr && packets == nullptr && flight == nullptr && options_.filters.empty()) {
    return ExitCode::kDone;
  }
  tap = std::make_unique<MessageTap>(
      MessageTapOptions{.filter = options_.filters.messages,
                        .counts_matching_only = replays && !options_.filters.empty(),
                        .events_a_second = replays ? 0 : options_.events_rate},
      *zones_, std::move(events), std::move(packets), std::move(flight), workers);
  return ExitCode::kDone;
}

PipelineOptions CountingSetup::pipeline(size_t workers) const {
  return {.workers = workers,
          .cpus = options_.cpus,
          .memory = options_.memory,
          .top = options_.top,
          .hash_key = key_,
          .baseline = baseline_,
          .keep_baseline = !options_.save_baseline.empty(),
          .labels = {.pseudonyms = pseudonyms_.get(),
                     .client_prefix_v4 = options_.client_prefix_v4,
                     .client_prefix_v6 = options_.client_prefix_v6,
                     .min_clients = options_.min_clients},
          .recorder = {.window = options_.window_ns,
                       .client_prefix_v4 = options_.client_prefix_v4,
                       .client_prefix_v6 = options_.client_prefix_v6,
                       .count_members = options_.min_clients > 1,
                       .sites = sites_.get()}};
}

}  // namespace rcodescope
