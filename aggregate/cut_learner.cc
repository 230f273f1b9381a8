#include "aggregate/cut_learner.h"

#include <algorithm>

namespace rcodescope {
namespace {

constexpr int64_t kDelay = 2;  // windows until a cut is in force

// How often a lifetime a cut is renewed that is seen all the time: each renewal makes a new table.
constexpr int64_t kRenewals = 4;

constexpr int64_t kLifetime = 900 * kNanosPerSecond;

}  // namespace

void CutBoard::Post(const Posting& posting) {
  {
    const std::lock_guard lock(mutex_);
    posting_ = posting;
  }
  posted_.notify_all();
}

CutBoard::Posting CutBoard::Latest() const {
  const std::lock_guard lock(mutex_);
  return posting_;
}

CutBoard::Posting CutBoard::Await(int64_t complete) const {
  std::unique_lock lock(mutex_);
  posted_.wait(lock, [&] { return posting_.complete >= complete; });
  return posting_;
}

CutLearner::CutLearner(const CutLearnerOptions& options)
    : options_(options), lifetime_(std::max(kLifetime / options.window, kRenewals)) {
  known_.reserve(options.capacity);
}

void CutLearner::Add(int64_t window, std::span<const CutEvidence> cuts) {
  newest_ = std::max(newest_, window);
  if (cuts.empty()) return;
  std::vector<CutEvidence>& pending = pending_[window];
  pending.insert(pending.end(), cuts.begin(), cuts.end());
}

bool CutLearner::Close(int64_t complete) {
  while (!pending_.empty() &&
         (pending_.begin()->first < complete || pending_.size() > kMostPending)) {
    const auto first = pending_.begin();
    for (const CutEvidence& evidence : first->second) Take(first->first, evidence);
    pending_.erase(first);
  }
  if (newest_ != CutBoard::kNoWindow && complete != CutBoard::kNoWindow) {
    Forget(std::min(complete - 1, newest_));
  }
  const bool changed = changed_;
  if (changed) Build();
  return changed;
}

void CutLearner::Take(int64_t window, const CutEvidence& evidence) {
  const uint64_t key = ZoneCuts::KeyOf(evidence.server, evidence.zone, options_.secret);
  const auto known = known_.find(key);
  if (known == known_.end() && known_.size() == options_.capacity) {
    ++refused_;
    return;
  }
  Known& place = known == known_.end() ? known_[key] : known->second;
  const bool is_new = known == known_.end();
  // One that nobody in `window` or behind it can see in force any more begins anew. A worker is at
  // most one window ahead of what it sees, so that it makes no difference whether it sees this.
  const bool lapsed = !is_new && window >= place.seen + lifetime_;
  if (is_new || lapsed) {
    place.cut = {.server = evidence.server,
                 .zone = evidence.zone,
                 .labels = evidence.labels,
                 .from = window + kDelay};
  } else if (window < place.seen + lifetime_ / kRenewals) {
    return;
  }
  place.seen = window;
  place.cut.to = window + lifetime_;
  changed_ = true;
}

void CutLearner::Forget(int64_t before) {
  const size_t forgotten =
      std::erase_if(known_, [&](const auto& known) { return known.second.cut.to < before; });
  changed_ |= forgotten != 0;
}

void CutLearner::Build() {
  std::vector<ZoneCut> cuts;
  cuts.reserve(known_.size());
  for (const auto& [key, known] : known_) cuts.push_back(known.cut);
  table_ = std::make_shared<const ZoneCuts>(cuts, options_.secret);
  changed_ = false;
}

}  // namespace rcodescope
