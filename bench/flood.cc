// Floods through the whole pipeline: memory stays what --memory says, sums stay exact, and what
// matters stays on the page. Prints what it found; exit status 1 when something does not hold.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include <CLI/CLI.hpp>
#include <sys/resource.h>

#include "app/memory_plan.h"
#include "app/pipeline.h"
#include "app/process_memory.h"
#include "bench/flood_traffic.h"
#include "parse/protocol.h"

namespace rcodescope {
namespace {

using Codes = std::map<Rcode, uint64_t>;

constexpr char kPublicSuffixFile[] = "/usr/share/publicsuffix/public_suffix_list.dat";
constexpr uint64_t kMiB = uint64_t{1} << 20;
constexpr uint64_t kAllowedMiB = 64;  // beside --memory: the program, its libraries, pages
// What memory may grow by once a tenth of the time is over: what is usual of each zone, server and
// network is kept beside --memory and fills as they come.
constexpr uint64_t kFlatMiB = 44;
constexpr uint64_t kKey = 1;
constexpr size_t kTop = 4'000;
constexpr int64_t kCuts = 40;

bool all_hold = true;

void Hold(bool holds, const char* what, const std::string& where = "") {
  if (holds) return;
  all_hold = false;
  std::printf("DOES NOT HOLD: %s%s%s\n", what, where.empty() ? "" : ": ", where.c_str());
}

void AddRow(const KeyCount& row, Codes& sums) {
  for (const auto& [rcode, count] : row.rcodes) sums[rcode] += count;
}

void DropZeros(Codes& sums) {
  std::erase_if(sums, [](const auto& sum) { return sum.second == 0; });
}

// What somebody sees who reads the page at every cut.
class Reader {
 public:
  void Read(const Snapshot& snapshot) {
    ++cuts_;
    Codes totals;
    for (const ResponseCount& row : snapshot.responses) totals[row.rcode] += row.count;
    Hold(snapshot.frames.residual == 0 && snapshot.frames.message_residual == 0, "residuals are 0");
    for (size_t i = 0; i < kDimensions; ++i) {
      const std::string dimension(kDimensionNames[i]);
      const DimensionCount& counts = snapshot.dimensions[i];
      Codes listed;
      for (const KeyCount& row : counts.top) AddRow(row, listed);
      AddRow(counts.other, listed);
      DropZeros(listed);
      Hold(listed == totals, "keys + other == total, by code", dimension);
      ReadPage(dimension, *snapshot.exported[i], totals);
    }
    ReadMemory();
  }

  uint64_t cuts() const { return cuts_; }
  uint64_t largest() const { return largest_; }
  uint64_t early() const { return early_; }
  const ProcessMemory& memory() const { return memory_; }

 private:
  void ReadPage(const std::string& dimension, const ExportedKeys& page, const Codes& totals) {
    Codes sums;
    std::map<std::pair<std::string, Rcode>, uint64_t> values;
    const auto read = [&](const KeyCount& row) {
      AddRow(row, sums);
      for (const auto& [rcode, count] : row.rcodes) values[{row.key, rcode}] = count;
    };
    for (const KeyCount& row : page.keys) read(row);
    read(page.other);
    for (const auto& [rcode, count] : page.retired) sums[rcode] += count;
    DropZeros(sums);
    Hold(sums == totals, "keys + other + retired == total, by code", dimension);
    auto& last = values_[dimension];
    for (const auto& [series, value] : values) {
      const auto before = last.find(series);
      if (before != last.end()) {
        Hold(value >= before->second, "no series decreases", dimension + " " + series.first);
      }
    }
    last = std::move(values);
  }

  void ReadMemory() {
    memory_ = ReadProcessMemory();
    const uint64_t sum = memory_.anonymous + memory_.shared;
    largest_ = std::max(largest_, sum);
    if (cuts_ <= kCuts / 10) early_ = largest_;
  }

  uint64_t cuts_ = 0;
  uint64_t largest_ = 0;
  uint64_t early_ = 0;
  ProcessMemory memory_;
  std::map<std::string, std::map<std::pair<std::string, Rcode>, uint64_t>> values_;
};

double UserSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_utime.tv_sec) +
         static_cast<double>(usage.ru_utime.tv_usec) / 1e6;
}

const ZonePolicy& Zones() {
  static const ZonePolicy zones = [] {
    auto list = PublicSuffixList::Load(kPublicSuffixFile, kKey);
    if (!list.ok()) std::abort();
    return ZonePolicy::ByPublicSuffix(*std::move(list));
  }();
  return zones;
}

// Answers with the user time of the run, that of taking the memory left out.
double Count(const FloodOptions& flood, uint64_t memory, FloodCapture& capture,
             const CutSink& cut) {
  static const PortSet ports(std::vector<uint16_t>{kDnsPort});
  PipelineOptions options{.workers = flood.queues,
                          .memory = memory,
                          .prefault = true,
                          .top = kTop,
                          .hash_key = kKey,
                          .tenure = 2};
  options.recorder = {.window = flood.slice, .epoch = flood.slice};
  Pipeline pipeline({.dns_ports = &ports}, Zones(), options);
  const double begin = UserSeconds();
  pipeline.Watch(capture, cut);
  return UserSeconds() - begin;
}

void CheckKeys(const Snapshot& last, const FloodTruth& truth, size_t ranks) {
  const DimensionCount& clients = last.dimensions[static_cast<size_t>(Dimension::kClient)];
  std::map<std::string, uint64_t> found;
  for (const KeyCount& row : clients.top) found[row.key] = row.responses;
  std::vector<std::pair<uint32_t, size_t>> order;
  for (size_t rank = 1; rank < kCountedRanks; ++rank) order.emplace_back(truth.zipf[rank], rank);
  std::sort(order.rbegin(), order.rend());
  size_t wrong = 0;
  double worst = 0;
  for (size_t i = 0; i < ranks; ++i) {
    const auto [responses, rank] = order[i];
    const double off = 1 - static_cast<double>(found[ZipfClient(rank)]) / responses;
    worst = std::max(worst, off);
    if (off > 0.01 || off < 0) ++wrong;
  }
  std::printf(
      "zipf(1): of the first %zu clients %zu are off by more than 1 %%; the worst by %.3f %%\n",
      ranks, wrong, worst * 100);
  Hold(wrong == 0, "the first clients are within 1 %");

  const auto index = static_cast<size_t>(Dimension::kZone);
  std::map<std::string, uint64_t> listed;
  for (const KeyCount& row : last.dimensions[index].top) listed[row.key] = row.responses;
  std::map<std::string, uint64_t> exported;
  for (const KeyCount& row : last.exported[index]->keys) exported[row.key] = row.responses;
  size_t whole = 0;
  for (size_t zone = 0; zone < kFailingZones; ++zone) {
    const std::string name = FailingZone(zone);
    Hold(exported.contains(name), "zones that fail are on the page", name);
    Hold(listed.contains(name), "zones that fail are in the report", name);
    if (listed[name] == truth.failures[zone]) ++whole;
  }
  std::printf("failing zones: %zu of %zu with all their responses (%lu each, about)\n", whole,
              kFailingZones, truth.failures[0]);
}

int Flood(FloodOptions flood, uint64_t memory, size_t ranks) {
  flood.slice = std::max<int64_t>(static_cast<int64_t>(flood.total()) * 1'000 / kCuts, 1'000'000);
  FloodCapture capture(flood);
  Reader reader;
  Snapshot last;
  const double seconds = Count(flood, memory, capture, [&](Snapshot snapshot) {
    reader.Read(snapshot);
    last = std::move(snapshot);
  });
  const FloodTruth truth = capture.truth();
  Codes totals;
  Codes made;
  for (const ResponseCount& row : last.responses) totals[row.rcode] += row.count;
  for (uint16_t code = 0; code < truth.codes.size(); ++code) {
    if (truth.codes[code] != 0) made[{RcodeSpace::kDns, code}] = truth.codes[code];
  }
  Hold(totals == made, "totals are those of what was given out");
  std::printf(
      "%lu responses to %lu forged clients, %lu random names; %lu cuts; %zu workers; %.0f ns of "
      "user time each\n",
      last.response_total, flood.clients, flood.clients / 2, reader.cuts(), flood.queues,
      seconds * 1e9 / static_cast<double>(flood.total()));
  for (size_t i = 0; i < kDimensions; ++i) {
    const DimensionCount& counts = last.dimensions[i];
    std::printf(
        "%ss: %lu of %lu, %lu evicted, %lu responses without a key, no count off by more than "
        "%lu\n",
        kDimensionNames[i].data(), counts.tracked, counts.capacity, counts.evicted,
        counts.overflow_responses, counts.error_bound);
  }
  CheckKeys(last, truth, ranks);
  const ProcessMemory& at_end = reader.memory();
  std::printf(
      "memory: %lu MiB given, %lu MiB at most, %lu MiB in the first tenth; at the end "
      "anonymous %lu, shared %lu, locked %lu, huge %lu MiB\n",
      memory / kMiB, reader.largest() / kMiB, reader.early() / kMiB, at_end.anonymous / kMiB,
      at_end.shared / kMiB, at_end.locked / kMiB, at_end.huge / kMiB);
  Hold(reader.largest() <= memory + kAllowedMiB * kMiB, "memory is what was given and 64 MiB");
  Hold(reader.largest() <= reader.early() + kFlatMiB * kMiB, "memory is flat after the start");
  return all_hold ? EXIT_SUCCESS : EXIT_FAILURE;
}

double Uniform(uint64_t clients, uint64_t packets, uint64_t memory) {
  const FloodOptions flood{.uniform_clients = clients, .packets = packets};
  FloodCapture capture(flood);
  return Count(flood, memory, capture, {}) * 1e9 / static_cast<double>(packets);
}

// Pairs, so that whatever else the machine does meets both.
int Cost(uint64_t packets, uint64_t memory) {
  constexpr size_t kPairs = 7;
  std::vector<double> ratios;
  for (size_t i = 0; i < kPairs; ++i) {
    const double few = Uniform(1'000, packets, memory);
    const double many = Uniform(10'000'000, packets, memory);
    ratios.push_back(many / few);
    std::printf("1,000 clients %.0f ns, 10,000,000 clients %.0f ns of user time a packet: %.2f\n",
                few, many, ratios.back());
  }
  std::sort(ratios.begin(), ratios.end());
  std::printf("median %.2f\n", ratios[kPairs / 2]);
  Hold(ratios[kPairs / 2] <= 2, "10 million clients cost twice as much as 1,000, at most");
  return all_hold ? EXIT_SUCCESS : EXIT_FAILURE;
}

int Run(int argc, char** argv) {
  CLI::App app("Floods through the whole pipeline.");
  FloodOptions flood;
  uint64_t memory_mib = 256;
  uint64_t cost = 0;
  size_t ranks = 1'000;
  app.add_option("--clients", flood.clients, "forged clients; half as many random names");
  app.add_option("--failures", flood.failures_each, "of each of the 20 failing zones");
  app.add_option("--memory-mib", memory_mib, "as --memory has it");
  app.add_option("--ranks", ranks, "so many of the zipf clients are to be within 1 %");
  app.add_option("--workers", flood.queues, "queues, each with a worker");
  app.add_option("--cost", cost,
                 "instead: user time of so many packets, 10 million clients to 1,000");
  app.add_option("--uniform", flood.uniform_clients,
                 "instead: count --packets for so many clients");
  app.add_option("--packets", flood.packets, "see --uniform");
  CLI11_PARSE(app, argc, argv);
  const uint64_t memory = memory_mib * kMiB;
  if (!PlanMemory(memory, flood.queues).enough()) {
    std::printf("too little memory for so many workers\n");
    return EXIT_FAILURE;
  }
  if (cost != 0) return Cost(cost, memory);
  if (flood.uniform_clients != 0) {
    std::printf("%.0f ns of user time a packet\n",
                Uniform(flood.uniform_clients, flood.packets, memory));
    return EXIT_SUCCESS;
  }
  return Flood(flood, memory, ranks);
}

}  // namespace
}  // namespace rcodescope

int main(int argc, char** argv) { return rcodescope::Run(argc, argv); }
