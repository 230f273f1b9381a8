#include "exporters/spike_metrics.h"

#include <array>
#include <string>

#include "exporters/enum_name.h"
#include "exporters/sums.h"
#include "parse/rcode.h"

namespace rcodescope {
namespace {

using prometheus::MetricType;

constexpr size_t kMostSeries = 64;

// There before the first of them, so that rate() sees it.
constexpr std::array<uint16_t, 3> kCommonCodes = {kRcodeServFail, kRcodeNxDomain, kRcodeRefused};

// The first of them by their key.
class KeyedSeries {
 public:
  explicit KeyedSeries(MetricBuilder& metric) : metric_(metric) {}

  void Add(Rcode rcode, const std::string& dimension, const std::string& key) {
    metric_.Add({RcodeName(rcode), dimension, series_++ < kMostSeries ? key : kOther}, 1);
  }

 private:
  MetricBuilder& metric_;
  size_t series_ = 0;
};

}  // namespace

void AddSpikes(const SpikeReport& report, Families& families) {
  MetricBuilder active("spike_active",
                       "Spikes that go on: 1 each. Beyond the first 64, their number is other's.",
                       MetricType::Gauge, {"rcode", "dimension", "key"});
  KeyedSeries spikes(active);
  for (const Spike& spike : report.spikes) {
    if (spike.end) continue;
    spikes.Add(spike.rcode, NameOf(kSpikeDimensionNames, spike.dimension), spike.key);
  }
  active.MoveTo(families);

  MetricBuilder odd(
      "disagreement_active",
      "Servers of a zone, or sites, that answer otherwise than their siblings: 1 each. "
      "Beyond the first 64, their number is other's.",
      MetricType::Gauge, {"rcode", "dimension", "key"});
  KeyedSeries disagreements(odd);
  for (const Disagreement& one : report.disagreements) {
    if (one.end) continue;
    disagreements.Add(one.rcode, NameOf(kSiblingKindNames, one.kind), one.odd.key);
  }
  odd.MoveTo(families);

  MetricBuilder found("spikes_total", "Spikes that have begun.", MetricType::Counter,
                      {"rcode", "dimension"});
  for (const uint16_t code : kCommonCodes) {
    for (size_t i = 0; i < kSpikeDimensions; ++i) {
      found.Add({RcodeName({RcodeSpace::kDns, code}), std::string(kSpikeDimensionNames[i])}, 0);
    }
  }
  for (const SpikeTally& tally : report.tallies) {
    found.Add({RcodeName(tally.rcode), NameOf(kSpikeDimensionNames, tally.dimension)},
              static_cast<double>(tally.spikes));
  }
  found.MoveTo(families);
}

}  // namespace rcodescope
