#include "aggregate/spike_detector.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <list>
#include <utility>

#include "aggregate/group_history.h"
#include "aggregate/newcomers.h"
#include "aggregate/rate_book.h"
#include "aggregate/sibling_watch.h"
#include "aggregate/spike_case.h"
#include "aggregate/spike_search.h"
#include "aggregate/step_counts.h"

namespace rcodescope {
namespace {

constexpr double kMemorySeconds = 2400;  // in which what is usual follows what comes
constexpr double kWarmSeconds = 30;      // until something is usual
constexpr double kWarmSteps = 10;        // and steps
constexpr double kProvisionalSeconds = 3600;
constexpr double kUsualAfterSeconds = 12 * 3600;  // what goes on for longer is a spike no more
constexpr double kFirstSurprise = 14.5;  // -ln of the chance that is let pass: in the first minute
constexpr double kMoreSurprise = 0.6;    // and more for each e-fold of the time
constexpr double kSilence = 20;          // responses that would have come
constexpr double kLongestSilence = 60;   // seconds: without windows, longer ones say nothing
constexpr double kTotalMemory = 60;      // seconds
constexpr double kPartOfOther = 0.3;     // of a spike that many keys have a part in
constexpr size_t kMostActive = 256;
constexpr size_t kOftenDescribed = 5;  // steps, each of which describes it anew
constexpr size_t kSeldom = 10;         // then every so many

double Seconds(int64_t ns) { return static_cast<double>(ns) / kNanosPerSecond; }

std::vector<Rcode> CodesOf(const SpikeOptions& options) {
  std::vector<Rcode> codes;
  for (const SpikeLimits& row : options.rcodes) codes.push_back(row.rcode);
  return codes;
}

std::vector<SiblingCode> SiblingCodesOf(const SpikeOptions& options) {
  std::vector<SiblingCode> codes;
  for (const SpikeLimits& row : options.rcodes) codes.push_back({row.rcode, row.normal_share});
  return codes;
}

// Windows of less than a second are taken together.
int64_t StepOf(const SpikeOptions& options) {
  return options.window *
         std::max<int64_t>(1, (kNanosPerSecond + options.window - 1) / options.window);
}

bool IsWide(SpikeDimension dimension) {
  return dimension == SpikeDimension::kOverall || dimension == SpikeDimension::kSite;
}

}  // namespace

class SpikeDetector::State {
 public:
  explicit State(const SpikeOptions& options);

  void Add(const Window& window);
  void Load(const Baseline& baseline);
  Baseline Save() const;

  std::vector<Spike> active;
  std::vector<Spike> ended;
  std::vector<SpikeTally> tallies;
  SiblingWatch siblings;

 private:
  double Steps(double seconds) const { return seconds / step_seconds_; }
  bool IsBlind(double seconds, const CodeCounts& overall) const;
  void AddSilence(Timestamp until);
  void Step(Timestamp end);
  void LookForOwners();
  HeldCounts LookForHeld();
  void KeepGroups();
  void Search(Timestamp end);
  void Open(size_t code, const SpikePlace& place, Timestamp end);
  void FollowCases(Timestamp end);
  void Tell(SpikeCase& opened);
  bool IsLed(const SpikeCase& leader) const;
  bool GoesOn(const SpikeCase& leader) const;
  void Close(SpikeCase& spike_case, bool is_usual);
  FleetState FleetOf(const SpikeCase& beside) const;
  bool HasCase(size_t code) const;
  double LeastExcess(size_t code) const;
  void Publish();

  SpikeOptions options_;
  int64_t step_;  // ns
  double step_seconds_;
  size_t warm_steps_;
  StepCounts counts_;
  RateBook book_;
  std::vector<GroupHistory> groups_;  // by code
  std::list<SpikeCase> cases_;
  SpikeCase::Owners owners_;      // of the groups of the step at hand
  std::deque<Timestamp> begins_;  // of the steps pushed last, the latest first
  Timestamp until_ = kNoTime;     // the end of what came so far
  double usual_responses_ = 0;    // a second, of all
  double usual_completeness_ = 1;
  uint64_t number_ = 0;
};

SpikeDetector::State::State(const SpikeOptions& options)
    : siblings(SiblingCodesOf(options), Seconds(StepOf(options)), options.most_siblings),
      options_(options),
      step_(StepOf(options)),
      step_seconds_(Seconds(step_)),
      warm_steps_(static_cast<size_t>(std::ceil(std::max(kWarmSteps, Steps(kWarmSeconds))))),
      counts_(CodesOf(options)),
      book_(options, step_seconds_, Steps(kMemorySeconds), warm_steps_),
      groups_(options.rcodes.size(), GroupHistory(Steps(kMemorySeconds), options.most_groups)) {}

void SpikeDetector::State::Add(const Window& window) {
  if (until_ != kNoTime && window.begin > until_) AddSilence(window.begin);
  until_ = {window.begin.ns + window.length};
  counts_.Add(window);
  if (counts_.length() < step_) return;
  const int64_t steps =
      std::min<int64_t>((counts_.length() + step_ / 2) / step_, RecentSteps::kCapacity);
  if (steps > 1) counts_.Scale(1 / static_cast<double>(steps));
  for (int64_t left = steps - 1; left >= 0; --left) Step({until_.ns - left * step_});
  counts_.Clear();
  Publish();
}

void SpikeDetector::State::Load(const Baseline& baseline) {
  book_.Load(baseline.rows, baseline.step_seconds / step_seconds_, CodesOf(options_));
  usual_responses_ = baseline.responses;
}

Baseline SpikeDetector::State::Save() const {
  return {step_seconds_, usual_responses_, book_.Save(CodesOf(options_))};
}

// No response where many would be usual: nobody looks, or nothing gets through to us.
bool SpikeDetector::State::IsBlind(double seconds, const CodeCounts& overall) const {
  return overall.all == 0 && usual_responses_ * seconds >= kSilence;
}

void SpikeDetector::State::AddSilence(Timestamp until) {
  const int64_t length = until.ns - until_.ns;
  if (Seconds(length) > kLongestSilence || IsBlind(Seconds(length), CodeCounts{})) return;
  Window silence{.begin = until_, .length = length};
  Add(silence);
}

void SpikeDetector::State::Step(Timestamp end) {
  if (IsBlind(step_seconds_, counts_.overall())) return;
  std::vector<bool> learn;
  for (size_t code = 0; code < options_.rcodes.size(); ++code) learn.push_back(!HasCase(code));
  LookForOwners();
  book_.Push(counts_, LookForHeld(), learn);
  begins_.push_front({end.ns - step_});
  if (begins_.size() > RecentSteps::kCapacity) begins_.pop_back();
  KeepGroups();
  FollowCases(end);
  Search(end);
  siblings.Add(counts_, {end.ns - step_}, end);
  const double gain = 1 / std::min(Steps(kTotalMemory), static_cast<double>(book_.steps()));
  usual_responses_ += gain * (counts_.overall().all / step_seconds_ - usual_responses_);
  usual_completeness_ += gain * (counts_.completeness() - usual_completeness_);
}

// The oldest spike that a group can belong to has it.
void SpikeDetector::State::LookForOwners() {
  owners_.assign(counts_.groups().size(), nullptr);
  for (SpikeCase& spike_case : cases_) spike_case.watch().owned = 0;
  for (size_t i = 0; i < owners_.size() && !cases_.empty(); ++i) {
    const ErrorGroup& group = counts_.groups()[i];
    const auto owner = std::find_if(cases_.begin(), cases_.end(), [&](const SpikeCase& candidate) {
      return candidate.Holds(group);
    });
    if (owner == cases_.end()) continue;
    owners_[i] = &*owner;
    owner->watch().owned += counts_.CountOf(group);
  }
}

HeldCounts SpikeDetector::State::LookForHeld() {
  HeldCounts held(options_.rcodes.size());
  if (cases_.empty()) return held;
  for (size_t i = 0; i < owners_.size(); ++i) {
    const ErrorGroup& group = counts_.groups()[i];
    const size_t code = counts_.PlaceOf(group.rcode);
    // What has lost its zone or server for want of room may well belong to a spike.
    const bool lost = group.zone.empty() && group.server.empty() && HasCase(code);
    if (!lost && owners_[i] == nullptr) continue;
    const double count = counts_.CountOf(group);
    held.overall[code] += count;
    if (group.server.empty()) {
      held.nowhere[code] += count;
    } else {
      held.servers.At(group.server).codes[code] += count;
    }
    if (!group.zone.empty()) held.zones.At(group.zone).codes[code] += count;
  }
  return held;
}

void SpikeDetector::State::KeepGroups() {
  for (GroupHistory& history : groups_) history.BeginStep();
  for (size_t i = 0; i < owners_.size(); ++i) {
    if (owners_[i] != nullptr) continue;
    const ErrorGroup& group = counts_.groups()[i];
    groups_[counts_.PlaceOf(group.rcode)].Add(group, counts_.CountOf(group));
  }
}

void SpikeDetector::State::Search(Timestamp end) {
  // The longer it is looked for, the more often chance would make one.
  const double minutes = static_cast<double>(book_.steps()) * step_seconds_ / 60;
  SpikeSearch search{.surprise = kFirstSurprise + kMoreSurprise * std::log(std::max(minutes, 1.0))};
  for (size_t code = 0; code < options_.rcodes.size(); ++code) {
    search.code = code;
    search.high_share = options_.rcodes[code].normal_share;
    search.newcomers = [this, code](size_t steps) { return FindNewcomers(groups_[code], steps); };
    while (cases_.size() < kMostActive) {
      search.least_excess = LeastExcess(code);
      search.zone_part = options_.rcodes[code].zone_part;
      search.without_sites = HasCase(code);
      const auto place = FindSpike(book_.watches(), search);
      if (!place) break;
      Open(code, *place, end);
    }
  }
}

void SpikeDetector::State::Open(size_t code, const SpikePlace& place, Timestamp end) {
  const size_t lasted = std::min(place.watch->rate.Lasted(place.span), begins_.size());
  Spike spike{.number = number_ + 1,
              .rcode = options_.rcodes[code].rcode,
              .dimension = place.dimension,
              .key = place.key,
              .site = place.site,
              .kind = place.kind,
              .begin = begins_[lasted - 1],
              .detected = end};
  spike.provisional = place.watch->rate.usual().age() < Steps(kProvisionalSeconds);
  // A zone's share is of all responses, and may be far below the limit that all are held to.
  const double high_share =
      place.kind == SpikeKind::kHighFromStart
          ? std::min(options_.rcodes[code].normal_share, place.watch->rate.Share(place.span))
          : 0;
  cases_.emplace_back(std::move(spike), code, *place.watch, high_share, step_);
  SpikeCase& opened = cases_.back();
  const auto belongs = [&](const ErrorGroup& group) {
    return IsWide(place.dimension) || opened.Holds(group);
  };
  groups_[code].Take(lasted, belongs, [&](auto rows) {
    opened.BeginPastStep();
    for (const auto& [group, count] : rows) opened.AddPast(group, count);
  });
  opened.AddSpread(counts_);
  opened.Describe(groups_[code].usual(), FleetOf(opened));
  book_.Lower(place, code, lasted);
  Tell(opened);
}

// On its own, where it is not of one incident with one that goes on.
void SpikeDetector::State::Tell(SpikeCase& opened) {
  const auto leader = std::find_if(cases_.begin(), cases_.end(), [&](const SpikeCase& other) {
    if (&other == &opened || !opened.IsOneWith(other)) return false;
    // Zones one after the other are one attack; at once they are as many.
    return opened.spike().dimension == SpikeDimension::kZone ? !GoesOn(other)
                                                             : other.high() || IsLed(other);
  });
  if (leader != cases_.end()) return opened.Join(*leader);
  ++number_;
  const Spike& spike = opened.spike();
  auto tally = std::find_if(tallies.begin(), tallies.end(), [&](const SpikeTally& row) {
    return row.rcode == spike.rcode && row.dimension == spike.dimension;
  });
  if (tally == tallies.end()) tally = tallies.insert(tally, {spike.rcode, spike.dimension, 0});
  ++tally->spikes;
}

bool SpikeDetector::State::IsLed(const SpikeCase& leader) const {
  return std::any_of(cases_.begin(), cases_.end(), [&](const SpikeCase& other) {
    return other.joined() == &leader && !other.closed();
  });
}

// It or one that has joined it, at this moment.
bool SpikeDetector::State::GoesOn(const SpikeCase& leader) const {
  return std::any_of(cases_.begin(), cases_.end(), [&](const SpikeCase& other) {
    return (&other == &leader || other.joined() == &leader) && !other.closed() && !other.faint();
  });
}

void SpikeDetector::State::FollowCases(Timestamp end) {
  for (SpikeCase& spike_case : cases_) {
    if (spike_case.closed()) continue;  // with the one that it had joined
    spike_case.Add(counts_, owners_, end, usual_completeness_);
    spike_case.Bound(options_.most_rows / cases_.size());
    const bool often = spike_case.steps() <= kOftenDescribed || spike_case.steps() % kSeldom == 0;
    if (often && spike_case.high() && !spike_case.fading()) {
      spike_case.Describe(groups_[spike_case.code()].usual(), FleetOf(spike_case));
    }
    const bool is_usual = static_cast<double>(spike_case.steps()) >= Steps(kUsualAfterSeconds);
    const bool is_over = spike_case.over() && !IsLed(spike_case);
    if (is_over || is_usual) Close(spike_case, is_usual);
  }
  std::erase_if(cases_, [](const SpikeCase& spike_case) { return spike_case.closed(); });
}

void SpikeDetector::State::Close(SpikeCase& spike_case, bool is_usual) {
  RateWatch& rate = spike_case.watch().rate;
  if (is_usual) {
    book_.Unlearn(SpikePlace{.dimension = spike_case.spike().dimension}, spike_case.code());
    rate.Begin(RecentSteps::kCapacity);
  }
  rate.Forget();
  // Sites were not watched meanwhile; and of a wide one, more than it explains was its own.
  for (const SpikeDimension dimension :
       {SpikeDimension::kSite, SpikeDimension::kServer, SpikeDimension::kZone}) {
    if (dimension != SpikeDimension::kSite && !IsWide(spike_case.spike().dimension)) continue;
    book_.of(dimension).ForEach(spike_case.code(), [](KeyWatch& watch) {
      if (!watch.held) watch.rate.Forget();
    });
  }
  for (SpikeCase& other : cases_) {
    if (other.joined() == &spike_case && !other.closed()) Close(other, is_usual);
  }
  if (spike_case.joined() != nullptr) spike_case.joined()->GoOnWith(spike_case);
  Spike spike = spike_case.Close();
  if (spike_case.joined() != nullptr) return;
  ended.push_back(std::move(spike));
  if (ended.size() > options_.most_kept) ended.erase(ended.begin());
}

FleetState SpikeDetector::State::FleetOf(const SpikeCase& beside) const {
  const auto fails = [&](const SpikeCase& other) {
    return &other != &beside && other.code() == beside.code() && other.high() &&
           other.joined() != &beside && beside.joined() != &other;
  };
  return {.fails = std::any_of(cases_.begin(), cases_.end(), fails),
          .excess = book_.ExcessByServer(beside.code())};
}

bool SpikeDetector::State::HasCase(size_t code) const {
  return std::any_of(cases_.begin(), cases_.end(),
                     [code](const SpikeCase& spike_case) { return spike_case.code() == code; });
}

double SpikeDetector::State::LeastExcess(size_t code) const {
  double least = 0;
  for (const SpikeCase& spike_case : cases_) {
    if (spike_case.code() != code || !IsWide(spike_case.spike().dimension)) continue;
    least = std::max(least, kPartOfOther * spike_case.most() * step_seconds_);
  }
  return least;
}

void SpikeDetector::State::Publish() {
  active.clear();
  for (const SpikeCase& spike_case : cases_) {
    if (spike_case.joined() == nullptr) active.push_back(spike_case.spike());
  }
}

SpikeDetector::SpikeDetector(const SpikeOptions& options)
    : state_(std::make_unique<State>(options)) {}
SpikeDetector::~SpikeDetector() = default;
SpikeDetector::SpikeDetector(SpikeDetector&&) noexcept = default;
SpikeDetector& SpikeDetector::operator=(SpikeDetector&&) noexcept = default;

void SpikeDetector::Load(const Baseline& baseline) { state_->Load(baseline); }
Baseline SpikeDetector::Save() const { return state_->Save(); }
void SpikeDetector::Add(const Window& window) { state_->Add(window); }

std::span<const Spike> SpikeDetector::active() const { return state_->active; }
std::span<const Spike> SpikeDetector::ended() const { return state_->ended; }
std::span<const SpikeTally> SpikeDetector::tallies() const { return state_->tallies; }
std::span<const Disagreement> SpikeDetector::active_disagreements() const {
  return state_->siblings.active();
}
std::span<const Disagreement> SpikeDetector::ended_disagreements() const {
  return state_->siblings.ended();
}

SpikeReport ReportOf(const SpikeDetector& detector) {
  const auto all = [](auto active, auto ended) {
    std::vector rows(active.begin(), active.end());
    rows.insert(rows.end(), ended.rbegin(), ended.rend());
    return rows;
  };
  const auto tallies = detector.tallies();
  return {.spikes = all(detector.active(), detector.ended()),
          .tallies = {tallies.begin(), tallies.end()},
          .disagreements = all(detector.active_disagreements(), detector.ended_disagreements())};
}

}  // namespace rcodescope
