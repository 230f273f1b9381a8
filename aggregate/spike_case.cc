#include "aggregate/spike_case.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "aggregate/spike_words.h"

namespace rcodescope {
namespace {

constexpr size_t kLately = 5;            // steps that the rate is told of
constexpr size_t kCalmSteps = 20;        // until it is over
constexpr size_t kRestless = 2;          // calm steps that a step which is not calm takes back
constexpr double kMoreLost = 0.02;       // of the frames: then a lower rate says nothing
constexpr size_t kMostVarieties = 32;    // zones
constexpr double kNamesCompared = 4000;  // responses: a list of words comes again later, too
constexpr double kLeastVariety = 5;      // responses of a window that names are counted for
constexpr double kFaint = 0.3;           // of the most that is more than usual
constexpr double kTogether = 5;          // steps, between the begins of what is one incident
constexpr double kWandering = 60;        // steps, between those of an attack's zones
constexpr size_t kMostJoined = 1000;     // keys
constexpr size_t kMostJoinedTold = 5;
constexpr double kNearlyAll = 0.95;  // of the responses: then all clients are known
constexpr double kLeastHit = 0.02;   // of the spike: a server with less has no part in it

// The largest parts, but for whose they are: an address of a server has clients of its family.
bool SaysTheSame(const std::vector<SpikePart>& a, const std::vector<SpikePart>& b) {
  if (a.empty() || b.empty()) return a.empty() == b.empty();
  return a[0].zone == b[0].zone && a[0].qtype == b[0].qtype && a[0].info_code == b[0].info_code;
}

bool Contains(const std::vector<std::string>& keys, const std::string& key) {
  return std::find(keys.begin(), keys.end(), key) != keys.end();
}

}  // namespace

SpikeCase::SpikeCase(Spike spike, size_t code, KeyWatch& watch, double high_share, int64_t step)
    : spike_(std::move(spike)),
      code_(code),
      watch_(&watch),
      high_share_(high_share),
      step_seconds_(static_cast<double>(step) / kNanosPerSecond),
      joined_last_(spike_.begin),
      last_high_(spike_.detected) {
  watch.held = true;
  spike_.baseline = high_share > 0 ? 0 : watch.rate.usual().rate() / step_seconds_;
  Measure();
}

bool SpikeCase::Holds(const ErrorGroup& group) const {
  if (group.rcode != spike_.rcode) return false;
  switch (spike_.dimension) {
    case SpikeDimension::kZone: return group.zone == spike_.key;
    case SpikeDimension::kServer: return group.server == spike_.key;
    default:
      return std::any_of(spike_.explains.begin(), spike_.explains.end(),
                         [&](const SpikePart& part) { return IsPart(part, group); });
  }
}

void SpikeCase::Add(const StepCounts& counts, const Owners& owners, Timestamp end,
                    double usual_completeness) {
  ++steps_;
  evidence_.BeginStep();
  const bool takes_rest =
      spike_.dimension == SpikeDimension::kOverall || spike_.dimension == SpikeDimension::kSite;
  for (size_t i = 0; i < owners.size(); ++i) {
    const ErrorGroup& group = counts.groups()[i];
    const bool rest = takes_rest && owners[i] == nullptr && group.rcode == spike_.rcode;
    if (owners[i] == this || rest) evidence_.Add(group, counts.CountOf(group));
  }
  AddSpread(counts);
  spike_.completeness = std::min(spike_.completeness, counts.completeness());
  Measure();
  if (watch_->rate.Calm(high_share_, most() * step_seconds_)) {
    // Fewer are seen where fewer of the frames are: that is no end.
    if (counts.completeness() >= usual_completeness - kMoreLost) ++calm_;
  } else {
    calm_ -= std::min(calm_, kRestless);
    last_high_ = end;
  }
}

void SpikeCase::AddSpread(const StepCounts& counts) {
  for (const ErrorSpread& spread : counts.spread()) {
    if (spread.rcode != spike_.rcode) continue;
    const bool of_zone = spike_.dimension == SpikeDimension::kZone;
    if (of_zone && spread.zone != spike_.key) continue;
    if (of_zone || spread.zone.empty()) {
      clients_ = std::max(clients_, spread.clients);
      client_sketch_.Merge(spread.client_sketch);
    }
    const CodeCounts* const zone =
        spread.zone.empty() ? &counts.overall() : counts.zones().Find(spread.zone);
    const double responses = zone == nullptr ? 0 : zone->codes[code_];
    if (responses < kLeastVariety) continue;
    if (variety_.size() == kMostVarieties && !variety_.contains(spread.zone)) continue;
    Variety& variety = variety_[spread.zone];
    variety.names += spread.names;
    variety.responses += responses;
    ++variety.windows;
    if (variety.sketched >= kNamesCompared) continue;
    variety.sketch.Merge(spread.name_sketch);
    variety.sketched += responses;
  }
}

void SpikeCase::Measure() {
  const RateWatch& rate = watch_->rate;
  spike_.rate = rate.Mean(kLately) / step_seconds_;
  spike_.share = rate.Share(kLately);
  if (spike_.rate < highest_) return;
  highest_ = spike_.rate;
  highest_share_ = spike_.share;
}

bool SpikeCase::BeganBeside(const SpikeCase& other, double steps) const {
  const double apart = std::abs(static_cast<double>(joined_last_.ns - other.joined_last_.ns));
  return apart <= steps * step_seconds_ * kNanosPerSecond;
}

bool SpikeCase::IsOneWith(const SpikeCase& other) const {
  if (code_ != other.code_ || joined_ != nullptr || other.joined_ != nullptr ||
      spike_.dimension != other.spike_.dimension) {
    return false;
  }
  const bool alike = spike_.spike_class == other.spike_.spike_class;
  switch (spike_.dimension) {
    case SpikeDimension::kServer:
      return Contains(other.joined_keys_, spike_.key) ||
             (BeganBeside(other, kTogether) && alike &&
              spike_.spike_class != SpikeClass::kUnknown &&
              SaysTheSame(spike_.explains, other.spike_.explains));
    case SpikeDimension::kZone:
      return BeganBeside(other, kWandering) && alike &&
             spike_.spike_class == SpikeClass::kRandomSubdomainAttack;
    default: return false;
  }
}

void SpikeCase::Join(SpikeCase& other) {
  joined_ = &other;
  other.joined_last_ = std::max(other.joined_last_, spike_.begin);
  std::vector<std::string>& keys = other.joined_keys_;
  if (keys.size() < kMostJoined && !Contains(keys, spike_.key)) keys.push_back(spike_.key);
  other.ListJoined();
}

void SpikeCase::ListJoined() {
  const bool servers = spike_.dimension == SpikeDimension::kServer;
  std::vector<std::string>& reasons = spike_.reasons;
  reasons.resize(own_reasons_);
  const size_t told = std::min(joined_keys_.size(), kMostJoinedTold);
  for (size_t i = 0; i < told; ++i) {
    reasons.push_back((servers ? "the same from " : "the same in ") + joined_keys_[i]);
  }
  const size_t more = joined_keys_.size() - told;
  const std::string at_least = joined_keys_.size() == kMostJoined ? "at least " : "";
  if (more != 0) reasons.push_back("and in " + at_least + std::to_string(more) + " more");
}

bool SpikeCase::over() const { return calm_ >= kCalmSteps; }

bool SpikeCase::IsFaint(double rate) const { return rate - spike_.baseline < kFaint * most(); }

void SpikeCase::AddFleet(const FleetState& fleet, std::span<const Surplus> surplus,
                         SpikeFeatures& features) const {
  std::map<std::string, double> hit;
  double whole = 0;
  for (const Surplus& row : surplus) {
    whole += row.count;
    if (!row.group.server.empty()) hit[row.group.server] += row.count;
  }
  std::erase_if(hit, [&](const auto& entry) { return entry.second < kLeastHit * whole; });
  features.fleet = hit.size();
  features.servers_hit = hit.size();
  double elsewhere = 0;
  for (const auto& [server, excess] : fleet.excess) {
    if (hit.contains(server)) continue;
    ++features.fleet;
    elsewhere += std::max(excess, 0.0);
  }
  features.elsewhere = whole > 0 ? elsewhere / whole : 0;
  if (fleet.fails) features.elsewhere = std::max(features.elsewhere, 1.0);  // which holds its own
}

double SpikeCase::NetExcess() const {
  return std::max(0.0, evidence_.Mean() - spike_.baseline * step_seconds_);
}

void SpikeCase::AddVariety(SpikeFeatures& features) const {
  const auto found =
      variety_.find(spike_.dimension == SpikeDimension::kZone ? spike_.key : features.zones.top);
  if (found == variety_.end() || found->second.responses == 0) return;
  const Variety& variety = found->second;
  features.variety = variety.names / variety.responses;
  features.names = variety.names / variety.windows;
  const double all_names = variety.sketch.Estimate();
  if (all_names > 0) features.lasting_variety = all_names / variety.sketched;
}

// Where many responses have lost their client for want of room, the sketch knows more; but unless
// it is a zone's, it counts whoever gets the code at all.
double SpikeCase::CountClients(std::span<const Surplus> surplus, double net) const {
  const KnownClients known = ClientsOf(surplus, spike_.explains, net);
  if (known.share >= kNearlyAll) return static_cast<double>(known.clients);
  const auto least = static_cast<double>(known.clients);
  const double most = std::max({clients_, client_sketch_.Estimate(), least});
  const bool is_zone = spike_.dimension == SpikeDimension::kZone;
  return is_zone || known.share == 0 ? most : std::min(most, least / known.share);
}

void SpikeCase::Describe(const UsualGroups& usual, const FleetState& fleet) {
  const std::vector<Surplus> surplus = evidence_.Build(usual);
  const double net = NetExcess();
  SpikeFeatures features = FeaturesOf(spike_.rcode, surplus, net);
  AddFleet(fleet, surplus, features);
  features.rate = spike_.rate;
  features.excess = spike_.rate - spike_.baseline;
  features.share = spike_.share;
  features.other_load = watch_->rate.OtherLoad(kLately);
  AddVariety(features);
  spike_.explains = PartsOf(surplus, net, features.fleet);
  spike_.clients_estimate = static_cast<uint64_t>(std::llround(CountClients(surplus, net)));
  Classify(features, spike_);
  own_reasons_ = spike_.reasons.size();
  ListJoined();
  spike_.text = SpikeSentence(spike_, features);
  features_ = std::move(features);
}

Spike SpikeCase::Close() {
  watch_->held = false;
  spike_.end = last_high_;
  spike_.rate = highest_;
  spike_.share = highest_share_;
  spike_.text = SpikeSentence(spike_, features_);
  return std::move(spike_);
}

}  // namespace rcodescope
