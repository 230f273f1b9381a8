#include "exporters/spike_metrics.h"

#include <array>
#include <string>

#include "exporters/sums.h"
#include "parse/rcode.h"

namespace rcodescope {
namespace {

using prometheus::MetricType;

constexpr size_t kMostSeries = 64;

// There before the first of them, so that rate() sees it.
constexpr std::array<uint16_t, 3> kCommonCodes = {kRcodeServFail, kRcodeNxDomain, kRcodeRefused};

std::string NameOf(SpikeDimension dimension) {
  return std::string(kSpikeDimensionNames[static_cast<size_t>(dimension)]);
}

}  // namespace

void AddSpikes(const SpikeReport& report, Families& families) {
  MetricBuilder active("spike_active",
                       "Spikes that go on: 1 each. Beyond the first 64, their number is other's.",
                       MetricType::Gauge, {"rcode", "dimension", "key"});
  size_t series = 0;
  for (const Spike& spike : report.spikes) {
    if (spike.end) continue;
    const std::string rcode = RcodeName(spike.rcode);
    if (series++ < kMostSeries) {
      active.Add({rcode, NameOf(spike.dimension), spike.key}, 1);
    } else {
      active.Add({rcode, NameOf(spike.dimension), kOther}, 1);
    }
  }
  active.MoveTo(families);

  MetricBuilder found("spikes_total", "Spikes that have begun.", MetricType::Counter,
                      {"rcode", "dimension"});
  for (const uint16_t code : kCommonCodes) {
    for (size_t i = 0; i < kSpikeDimensions; ++i) {
      found.Add({RcodeName({RcodeSpace::kDns, code}), std::string(kSpikeDimensionNames[i])}, 0);
    }
  }
  for (const SpikeTally& tally : report.tallies) {
    found.Add({RcodeName(tally.rcode), NameOf(tally.dimension)}, static_cast<double>(tally.spikes));
  }
  found.MoveTo(families);
}

}  // namespace rcodescope
