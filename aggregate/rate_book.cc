#include "aggregate/rate_book.h"

#include <algorithm>
#include <numeric>

namespace rcodescope {
namespace {

const StepCounts::Keys kNothingHeld;

std::vector<WatchLimits> LimitsOf(const SpikeOptions& options, double step) {
  std::vector<WatchLimits> limits;
  for (const SpikeLimits& row : options.rcodes) limits.push_back({row.floor * step, row.factor});
  return limits;
}

}  // namespace

RateBook::RateBook(const SpikeOptions& options, double step, double memory, size_t warm_steps)
    : warm_steps_(warm_steps),
      codes_(options.rcodes.size()),
      watches_{
          KeyWatches(SpikeDimension::kOverall, 1, LimitsOf(options, step), memory),
          KeyWatches(SpikeDimension::kServer, options.most_servers, LimitsOf(options, step),
                     memory),
          KeyWatches(SpikeDimension::kZone, options.most_zones, LimitsOf(options, step), memory),
          KeyWatches(SpikeDimension::kSite, options.most_sites, LimitsOf(options, step), memory)} {}

void RateBook::Push(const StepCounts& counts, const HeldCounts& held,
                    const std::vector<bool>& learn) {
  ++steps_;
  overall_ = counts.overall();
  nowhere_ = held.nowhere;
  const StepCounts::Keys overall = {{"", counts.overall()}};
  const StepCounts::Keys overall_held = {{"", {0, held.overall}}};
  PushAll(of(SpikeDimension::kOverall), overall, overall_held, learn);
  PushAll(of(SpikeDimension::kServer), counts.servers(), held.servers, learn);
  PushAll(of(SpikeDimension::kZone), counts.zones(), held.zones, learn);
  PushAll(of(SpikeDimension::kSite), counts.sites(), kNothingHeld, learn);
  for (KeyWatches& watches : watches_) watches.Bound();
}

void RateBook::PushAll(KeyWatches& watches, const StepCounts::Keys& counts,
                       const StepCounts::Keys& held, const std::vector<bool>& learn) {
  const CodeCounts nothing{0, std::vector<double>(codes_)};
  for (const auto& [name, key] : counts) watches.At(name);
  // All three are in order of the keys.
  auto count = counts.begin();
  auto hold = held.begin();
  for (auto& [name, key] : watches.keys()) {
    while (hold != held.end() && hold->first < name) ++hold;
    const bool has_count = count != counts.end() && count->first == name;
    const bool has_hold = hold != held.end() && hold->first == name;
    PushKey(watches, key, has_count ? count->second : nothing, has_hold ? hold->second : nothing,
            learn);
    if (has_count) ++count;
  }
}

void RateBook::PushKey(KeyWatches& watches, KeyWatches::Key& key, const CodeCounts& counts,
                       const CodeCounts& held, const std::vector<bool>& learn) {
  const bool is_zone = watches.dimension() == SpikeDimension::kZone;
  const bool is_server = watches.dimension() == SpikeDimension::kServer;
  const bool warm = steps_ > warm_steps_;
  const double errors = std::accumulate(counts.codes.begin(), counts.codes.end(), 0.0);
  if (counts.all > errors) key.answered = steps_;
  for (size_t code = 0; code < codes_; ++code) {
    const double count = counts.codes[code];
    if (key.codes[code] == nullptr && count == 0) continue;
    KeyWatch& watch = watches.WatchOf(key, code, warm ? steps_ - 1 : 0);
    // A zone's other responses are those of all: how many of its own are good is not counted.
    const double others = is_zone ? overall_.all - overall_.codes[code] : counts.all - count;
    const double elsewhere = held.codes[code] + (is_server ? nowhere_[code] : 0);
    const double own = watch.held ? count - (held.codes[code] - watch.owned) : count - elsewhere;
    watch.rate.Push(std::max(own, 0.0), std::max(others, 0.0), learn[code]);
    if (watch.held || watch.rate.usual().known()) continue;
    if (steps_ == warm_steps_ || watch.rate.pushed() >= warm_steps_) {
      watch.rate.Begin(warm_steps_);
    }
  }
}

// Keys of one code that have some of a spike's responses: those of other dimensions, and all.
template <typename Visit>
void RateBook::ForEachSharing(const SpikePlace& place, size_t code, Visit visit) {
  const bool is_wide =
      place.dimension == SpikeDimension::kOverall || place.dimension == SpikeDimension::kSite;
  for (KeyWatches& watches : watches_) {
    if (!is_wide && watches.dimension() == place.dimension) continue;
    for (auto& [name, key] : watches.keys()) {
      KeyWatch* const watch = key.codes[code].get();
      if (watch != nullptr && !watch->held) visit(watch->rate);
    }
  }
}

void RateBook::Load(std::span<const BaselineRow> rows, double times, std::span<const Rcode> codes) {
  for (const BaselineRow& row : rows) {
    const auto code = std::find(codes.begin(), codes.end(), row.rcode);
    if (code == codes.end() || row.age <= 0) continue;
    KeyWatches& watches = of(row.dimension);
    KeyWatch& watch = watches.WatchOf(watches.At(row.key),
                                      static_cast<size_t>(code - codes.begin()), /*steps=*/0);
    UsualRate usual = watch.rate.Unknown();
    usual.Begin(row.rate / times, row.step_variance / times, row.run_variance / times,
                row.age * times);
    watch.rate.Begin(usual, row.others / times);
    // Nothing of a key that is not among them came in all that time.
    steps_ = std::max(steps_, static_cast<size_t>(row.age * times));
  }
  steps_ = rows.empty() ? 0 : std::max(steps_, warm_steps_ + 1);
}

std::vector<BaselineRow> RateBook::Save(std::span<const Rcode> codes) const {
  std::vector<BaselineRow> rows;
  for (size_t code = 0; code < codes.size(); ++code) {
    for (const KeyWatches& watches : watches_) {
      for (const auto& [name, key] : watches.keys()) {
        const KeyWatch* const watch = key.codes[code].get();
        if (watch == nullptr || !watch->rate.usual().known()) continue;
        const UsualRate& usual = watch->rate.usual();
        rows.push_back({codes[code], watches.dimension(), name, usual.rate(), usual.step_variance(),
                        usual.run_variance(), watch->rate.usual_others(), usual.age()});
      }
    }
  }
  return rows;
}

void RateBook::Lower(const SpikePlace& place, size_t code, size_t steps) {
  ForEachSharing(place, code, [steps](RateWatch& rate) { rate.Lower(steps); });
}

void RateBook::Unlearn(const SpikePlace& place, size_t code) {
  ForEachSharing(place, code, [](RateWatch& rate) { rate.Unlearn(); });
}

}  // namespace rcodescope
