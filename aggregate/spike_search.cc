#include "aggregate/spike_search.h"

#include <algorithm>

#include "aggregate/spike_parts.h"

namespace rcodescope {
namespace {

constexpr double kNewcomersPart = 0.6;  // of what is more than usual: then it is theirs

struct Found {
  SpikePlace place;
  double excess = 0;  // a step
};

const KeyWatches& Of(const AllWatches& watches, SpikeDimension dimension) {
  return watches[static_cast<size_t>(dimension)];
}

// Over that span, whether it is the newcomers'.
bool IsOfNewcomers(const RateWatch& rate, const WatchBar& bar, const SpikeSearch& search,
                   size_t span) {
  const Newcomers newcomers = search.newcomers(span);
  const double excess = rate.Excess(span) / static_cast<double>(span);
  const double least = std::max({rate.floor(), bar.least_excess, kNewcomersPart * excess});
  return newcomers.excess >= least && newcomers.surprise >= bar.surprise;
}

// The shortest span over which it is a spike above what is usual; 0: over none.
size_t SpanOf(const RateWatch& rate, const WatchBar& bar, const SpikeSearch& search, bool is_all) {
  const WatchBar low{.surprise = 0, .least_excess = bar.least_excess};
  if (rate.SpanAbove(low) == 0) return 0;
  const size_t span = rate.SpanAbove(bar);
  if (span != 0 || !is_all || !search.newcomers) return span;
  for (const size_t likely : RateWatch::kSpans) {
    if (rate.IsAbove(likely, low) && IsOfNewcomers(rate, bar, search, likely)) return likely;
  }
  return 0;
}

// The one rate that is most above what is usual. Of equals, that of the first key.
std::optional<Found> FindLargest(const AllWatches& watches, const SpikeSearch& search) {
  const KeyWatch* const all = Of(watches, SpikeDimension::kOverall).Find({}, search.code);
  const double least_of_zone = all == nullptr ? 0 : search.zone_part * all->rate.usual().rate();
  std::optional<Found> largest;
  for (const KeyWatches& dimension : watches) {
    const bool is_zone = dimension.dimension() == SpikeDimension::kZone;
    const bool is_all = dimension.dimension() == SpikeDimension::kOverall;
    if (search.without_sites && dimension.dimension() == SpikeDimension::kSite) continue;
    const WatchBar bar{search.surprise, std::max(search.least_excess, is_zone ? least_of_zone : 0)};
    for (KeyWatch* const watch : dimension.loud(search.code)) {
      if (watch->held) continue;
      const bool known = watch->rate.usual().known();
      // Of a zone it is not known what it answers otherwise.
      if (!known && is_zone) continue;
      const size_t span = known ? SpanOf(watch->rate, bar, search, is_all)
                                : watch->rate.SpanHigh(search.high_share);
      if (span == 0) continue;
      const double excess = watch->rate.Excess(span) / static_cast<double>(span);
      if (excess < search.least_excess) continue;
      const std::string& name = dimension.NameOf(*watch);
      if (largest && excess < largest->excess) continue;
      if (largest && excess == largest->excess &&
          (largest->place.dimension != dimension.dimension() || largest->place.key < name)) {
        continue;
      }
      const SpikeKind kind = known ? SpikeKind::kAboveBaseline : SpikeKind::kHighFromStart;
      largest = Found{{dimension.dimension(), name, kind, span, {}, watch}, excess};
    }
  }
  return largest;
}

// The key of a dimension that has most of what is more than usual, where it has enough of it. Of
// equals, the last.
std::optional<SpikePlace> Narrower(const KeyWatches& dimension, size_t code, const Found& found) {
  std::optional<SpikePlace> place;
  double most = kExplained * found.excess;
  for (KeyWatch* const watch : dimension.loud(code)) {
    if (watch->held) continue;
    const size_t span = found.place.span;
    const double excess = watch->rate.Excess(span) / static_cast<double>(span);
    if (excess < most || !watch->rate.StandsOut(span)) continue;
    const std::string& name = dimension.NameOf(*watch);
    if (place && excess == most && name < place->key) continue;
    most = excess;
    place = SpikePlace{dimension.dimension(), name, found.place.kind, span, {}, watch};
  }
  return place;
}

}  // namespace

std::optional<SpikePlace> FindSpike(const AllWatches& watches, const SpikeSearch& search) {
  const std::optional<Found> found = FindLargest(watches, search);
  if (!found) return std::nullopt;
  std::optional<SpikePlace> place = found->place;
  const std::optional<SpikePlace> site =
      Narrower(Of(watches, SpikeDimension::kSite), search.code, *found);
  const bool one_of_many = Of(watches, SpikeDimension::kSite).size() > 1;
  if (place->dimension == SpikeDimension::kZone) {
    // Nothing is narrower.
  } else if (auto zone = Narrower(Of(watches, SpikeDimension::kZone), search.code, *found)) {
    place = std::move(zone);
  } else if (place->dimension == SpikeDimension::kServer) {
    // Nor here, but zones.
  } else if (auto server = Narrower(Of(watches, SpikeDimension::kServer), search.code, *found)) {
    place = std::move(server);
  } else if (site && one_of_many) {
    place = site;
  }
  if (site) place->site = site->key;
  return place;
}

}  // namespace rcodescope
