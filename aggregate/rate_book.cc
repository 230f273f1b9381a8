#include "aggregate/rate_book.h"

#include <algorithm>
#include <numeric>

namespace rcodescope {
namespace {

constexpr size_t kFleetSteps = 60;  // a server that did not answer for longer is gone
constexpr size_t kLately = 5;       // steps

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
  KeyedCounts overall(codes_);
  overall.At({}) = counts.overall();
  KeyedCounts overall_held(codes_);
  overall_held.At({}).codes = held.overall;
  PushAll(of(SpikeDimension::kOverall), overall, overall_held, learn);
  PushAll(of(SpikeDimension::kServer), counts.servers(), held.servers, learn);
  PushAll(of(SpikeDimension::kZone), counts.zones(), held.zones, learn);
  PushAll(of(SpikeDimension::kSite), counts.sites(), held.sites, learn);
  for (KeyWatches& watches : watches_) watches.Bound();
}

void RateBook::PushAll(KeyWatches& watches, const KeyedCounts& counts, const KeyedCounts& held,
                       const std::vector<bool>& learn) {
  Admit(watches, counts);
  for (size_t row = 0; row < held.size(); ++row) {
    const size_t key = watches.KeyOf(held.key(row));
    if (key != KeyWatches::kNone) key_steps_[key].held = &held.counts(row);
  }
  for (size_t code = 0; code < codes_; ++code) {
    std::vector<KeyWatch*>& loud = watches.loud(code);
    loud.clear();
    watches.ForEach(code, [&](KeyWatch& watch) {
      PushWatch(watches, code, watch, learn[code]);
      if (watch.rate.Loud()) loud.push_back(&watch);
    });
  }
}

// Makes what is not there yet of what came.
void RateBook::Admit(KeyWatches& watches, const KeyedCounts& counts) {
  const bool warm = steps_ > warm_steps_;
  key_steps_.assign(watches.size(), {});
  for (size_t row = 0; row < counts.size(); ++row) {
    const CodeCounts& count = counts.counts(row);
    const size_t key = watches.At(counts.key(row));
    if (key == key_steps_.size()) key_steps_.emplace_back();
    key_steps_[key].counts = &count;
    const double errors = std::accumulate(count.codes.begin(), count.codes.end(), 0.0);
    if (count.all > errors) watches.SetAnswered(key, steps_);
    for (size_t code = 0; code < codes_; ++code) {
      if (count.codes[code] != 0) watches.MakeWatch(key, code, warm ? steps_ - 1 : 0);
    }
  }
}

void RateBook::PushWatch(KeyWatches& watches, size_t code, KeyWatch& watch, bool learn) const {
  const KeyStep& step = key_steps_[watch.key];
  const double all = step.counts == nullptr ? 0 : step.counts->all;
  const double count = step.counts == nullptr ? 0 : step.counts->codes[code];
  const double held = step.held == nullptr ? 0 : step.held->codes[code];
  // A zone's other responses are those of all: how many of its own are good is not counted.
  const bool is_zone = watches.dimension() == SpikeDimension::kZone;
  const double others = is_zone ? overall_.all - overall_.codes[code] : all - count;
  const bool is_server = watches.dimension() == SpikeDimension::kServer;
  const double elsewhere = held + (is_server ? nowhere_[code] : 0);
  // Nor is it known which of a spike's responses are a site's.
  const bool is_site = watches.dimension() == SpikeDimension::kSite;
  const double own = is_site      ? count
                     : watch.held ? count - (held - watch.owned)
                                  : count - elsewhere;
  watch.rate.Push(std::max(own, 0.0), std::max(others, 0.0), learn);
  if (watch.held || watch.rate.usual().known()) return;
  if (steps_ == warm_steps_ || watch.rate.pushed() >= warm_steps_) {
    watch.rate.Begin(warm_steps_);
  }
}

// Keys of one code that have some of a spike's responses: those of other dimensions, and all.
template <typename Visit>
void RateBook::ForEachSharing(const SpikePlace& place, size_t code, Visit visit) {
  const bool is_wide =
      place.dimension == SpikeDimension::kOverall || place.dimension == SpikeDimension::kSite;
  for (KeyWatches& watches : watches_) {
    if (!is_wide && watches.dimension() == place.dimension) continue;
    watches.ForEach(code, [&](KeyWatch& watch) {
      if (!watch.held) visit(watch.rate);
    });
  }
}

std::map<std::string, double, std::less<>> RateBook::ExcessByServer(size_t code) const {
  std::map<std::string, double, std::less<>> excess;
  const KeyWatches& servers = of(SpikeDimension::kServer);
  for (size_t key = 0; key < servers.size(); ++key) {
    const size_t answered = servers.answered(key);
    if (answered == 0 || answered + kFleetSteps < steps_) continue;
    const KeyWatch* const watch = servers.WatchOf(key, code);
    excess[servers.name(key)] = watch == nullptr ? 0 : watch->rate.Excess(kLately) / kLately;
  }
  return excess;
}

void RateBook::Load(std::span<const BaselineRow> rows, double times, std::span<const Rcode> codes) {
  for (const BaselineRow& row : rows) {
    const auto code = std::find(codes.begin(), codes.end(), row.rcode);
    if (code == codes.end() || row.age <= 0) continue;
    KeyWatches& watches = of(row.dimension);
    KeyWatch& watch = watches.MakeWatch(watches.At(row.key),
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
      const size_t first = rows.size();
      for (size_t key = 0; key < watches.size(); ++key) {
        const KeyWatch* const watch = watches.WatchOf(key, code);
        if (watch == nullptr || !watch->rate.usual().known()) continue;
        const UsualRate& usual = watch->rate.usual();
        rows.push_back({codes[code], watches.dimension(), watches.name(key), usual.rate(),
                        usual.step_variance(), usual.run_variance(), watch->rate.usual_others(),
                        usual.age()});
      }
      std::sort(rows.begin() + static_cast<ptrdiff_t>(first), rows.end(),
                [](const BaselineRow& a, const BaselineRow& b) { return a.key < b.key; });
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
