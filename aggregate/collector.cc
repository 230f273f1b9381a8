#include "aggregate/collector.h"

#include <algorithm>

#include "aggregate/top_keys.h"

namespace rcodescope {
namespace {

constexpr int64_t kEndOfInput = std::numeric_limits<int64_t>::max();

template <size_t kSize>
void AddEach(std::array<uint64_t, kSize>& to, const std::array<uint64_t, kSize>& from) {
  for (size_t i = 0; i < kSize; ++i) to[i] += from[i];
}

TrackedKeys MakeTable(Dimension dimension, const CollectorOptions& options) {
  return TrackedKeys(KeyBytesOf(dimension, options.key_bytes), HasNames(dimension), options.secret,
                     dimension == Dimension::kClient && options.labels.min_clients > 1);
}

SpikeOptions WithWindow(SpikeOptions options, int64_t window) {
  options.window = window;
  return options;
}

}  // namespace

Collector::Collector(const CollectorOptions& options, Bell& bell,
                     std::span<const std::unique_ptr<Shard>> shards)
    : options_(options),
      labels_(options.labels),
      bell_(bell),
      taps_(options.sites),
      learner_({.capacity = options.cuts, .window = options.window, .secret = options.secret}),
      windows_(options.window, options.sites, labels_),
      detector_(WithWindow(options.spikes, options.window)),
      series_(options.window),
      keys_{MakeTable(Dimension::kServer, options), MakeTable(Dimension::kZone, options),
            MakeTable(Dimension::kClient, options)} {
  if (options.errors.has_value()) {
    errors_.emplace(options.window, *options.errors, options.labels);
  }
  if (options.baseline != nullptr) detector_.Load(*options.baseline);
  for (const auto& shard : shards) members_.push_back({.shard = shard.get()});
  if (options.tenure == 0) return;
  for (size_t i = 0; i < kDimensions; ++i) {
    key_series_.emplace_back(
        static_cast<Dimension>(i),
        KeySeriesOptions{.top = options.top, .tenure = options.tenure, .labels = labels_});
  }
}

bool Collector::usable() const {
  return std::all_of(keys_.begin(), keys_.end(),
                     [](const TrackedKeys& keys) { return keys.usable(); });
}

void Collector::Prefault() const {
  for (const TrackedKeys& keys : keys_) keys.Prefault();
}

void Collector::Run(const CutSink& cut, const SpikeSink& spikes) {
  for (bool ended = false; !ended;) {
    const uint32_t heard = bell_.Heard();
    bool any = false;
    for (Member& member : members_) any |= CollectFrom(member);
    if (any) {
      int64_t complete = kEndOfInput;
      for (const Member& member : members_) complete = std::min(complete, member.reached);
      if (options_.board != nullptr) PostCuts(complete);
      LookForSpikes(complete, spikes);
    }
    if (EpochEnded()) {
      MeasureLoss();
      if (cut) {
        cut(Build());
        unique_.Clear();
        responses_before_ = ResponsesByGroup();
      }
      ++epoch_;
      ended = std::all_of(members_.begin(), members_.end(),
                          [](const Member& member) { return member.ended == kEndOfInput; });
    } else if (!any) {
      bell_.Wait(heard);
    }
  }
}

bool Collector::EpochEnded() const {
  return std::all_of(members_.begin(), members_.end(),
                     [this](const Member& member) { return member.ended >= epoch_; });
}

bool Collector::CollectFrom(Member& member) {
  bool any = false;
  while (member.ended < epoch_) {
    const Delivery* const delivery = member.shard->Front();
    if (delivery == nullptr) break;
    epoch_ = std::max(epoch_, delivery->epoch);
    Take(member, *delivery);
    any = true;
  }
  return any;
}

void Collector::Take(Member& member, const Delivery& delivery) {
  Shard& shard = *member.shard;
  const auto [window, keys, epoch, reached, ends_epoch, ends_input] = delivery;
  shard.Pop();
  member.reached = reached;
  if (window != nullptr) {
    Merge(*window);
    windows_.Add(*window);
    window->keys.Clear();
    window->totals.Clear();
    window->taps.Clear();
    window->evidence.Clear();
    shard.windows.Return(window);
  }
  if (keys == nullptr) return;
  Merge(*keys);
  for (KeyCounts& table : keys->dimensions) table.Clear();
  if (ends_epoch) {
    member.ledger = keys->ledger;
    member.ended = ends_input ? kEndOfInput : epoch;
  }
  shard.keys.Return(keys);
}

// Replay's workers wait for this.
void Collector::PostCuts(int64_t complete) {
  if (learner_.Close(complete) || complete != complete_) {
    options_.board->Post({learner_.table(), complete});
  }
  complete_ = complete;
}

void Collector::LookForSpikes(int64_t complete, const SpikeSink& spikes) {
  windows_.Close(complete, completeness_, [&](const Window& window) {
    detector_.Add(window);
    if (errors_.has_value()) errors_->Add(window);
    const size_t now = detector_.active().size() + detector_.active_disagreements().size();
    if (spikes && (now != 0 || told_ != 0)) spikes(detector_);
    told_ = now;
  });
}

// Of live frames. Where nothing is known of drops, nothing was lost.
void Collector::MeasureLoss() {
  uint64_t seen = 0;
  uint64_t dropped = 0;
  for (const Member& member : members_) {
    seen += member.ledger.source.seen;
    for (const auto& stage : member.ledger.source.dropped) dropped += stage.value_or(0);
  }
  const auto more_seen = static_cast<double>(seen - seen_);
  const auto more_dropped = static_cast<double>(dropped - dropped_);
  if (seen != seen_ || dropped != dropped_) {
    completeness_ = more_seen / (more_seen + more_dropped);
  }
  seen_ = seen;
  dropped_ = dropped;
}

void Collector::Merge(const WindowDelta& delta) {
  const Totals& totals = delta.totals;
  query_total_ += totals.query_total();
  response_total_ += totals.response_total();
  AddEach(header_rcodes_, totals.header_rcodes());
  AddEach(answer_kinds_, totals.answer_kinds());
  AddEach(low4_reasons_, totals.low4_reasons());
  AddEach(transfers_, totals.transfers());
  nxdomain_via_cname_ += totals.nxdomain_via_cname();
  AddEach(evidence_refusals_, delta.evidence.refusals());
  learner_.Add(delta.window, delta.evidence.cuts());
  totals.ForEachResponse([&](const ResponseCount& row) {
    Admit(row.rcode);
    const Rcode rcode = Limited(row.rcode);
    responses_[{rcode, row.certainty, row.opcode, row.transport, row.family}] += row.count;
    series_.Add(delta.window, rcode, row.count);
  });
  taps_.Merge(delta.taps, [this](Rcode rcode) { return Limited(rcode); });
  totals.ForEachQuery([&](const QueryCount& row) {
    queries_[{row.qtype, row.opcode, row.transport, row.family}] += row.count;
  });
  totals.ForEachEde([&](const EdeCount& row) {
    ede_[{row.info_code, Limited(row.rcode)}] += row.count;
  });
}

void Collector::Merge(const KeyDelta& delta) {
  for (size_t i = 0; i < kDimensions; ++i) {
    keys_[i].MergeFrom(delta.dimensions[i]);
    if (!key_series_.empty()) key_series_[i].Note(delta.dimensions[i]);
    unique_.Add(delta.dimensions[i], static_cast<Dimension>(i));
  }
}

Rcode Collector::Limited(Rcode rcode) const {
  if (rcode.space == RcodeSpace::kDns || IsAssigned(rcode)) return rcode;
  const auto& codes = error_codes_[static_cast<size_t>(rcode.space)];
  return codes.contains(rcode.code) ? rcode : Rcode{rcode.space, kOtherCode};
}

void Collector::Admit(Rcode rcode) {
  if (rcode.space == RcodeSpace::kDns || IsAssigned(rcode) || rcode.code == kOtherCode) return;
  auto& codes = error_codes_[static_cast<size_t>(rcode.space)];
  const bool full = codes.size() == kMostErrorCodes;
  if (full && rcode.code > *codes.rbegin()) return;
  if (codes.insert(rcode.code).second && full) {
    const Rcode largest{rcode.space, *codes.rbegin()};
    codes.erase(largest.code);
    Fold(largest, {rcode.space, kOtherCode});
  }
}

void Collector::Fold(Rcode from, Rcode to) {
  for (auto row = responses_.lower_bound({from, {}, {}, {}, {}});
       row != responses_.end() && std::get<Rcode>(row->first) == from;
       row = responses_.erase(row)) {
    ResponseKey key = row->first;
    std::get<Rcode>(key) = to;
    responses_[key] += row->second;
  }
  for (auto row = ede_.begin(); row != ede_.end();) {
    if (row->first.second == from) {
      ede_[{row->first.first, to}] += row->second;
      row = ede_.erase(row);
    } else {
      ++row;
    }
  }
  taps_.Fold(from, to);
  series_.Fold(from, to);
}

Snapshot Collector::Build(std::span<const CaptureStats> sources) {
  Snapshot snapshot;
  for (const Member& member : members_) {
    AddDecoder(snapshot, member.ledger);
    if (sources.empty()) AddQueue(snapshot, member.ledger.source);
  }
  for (const CaptureStats& source : sources) AddQueue(snapshot, source);
  for (const auto& [key, count] : responses_) {
    const auto& [rcode, certainty, opcode, transport, family] = key;
    snapshot.responses.push_back({rcode, certainty, opcode, transport, family, count});
  }
  for (const auto& [key, count] : queries_) {
    const auto& [qtype, opcode, transport, family] = key;
    snapshot.queries.push_back({qtype, opcode, transport, family, count});
  }
  for (const auto& [key, count] : ede_) snapshot.ede.push_back({key.first, key.second, count});
  snapshot.header_rcodes = header_rcodes_;
  snapshot.answer_kinds = answer_kinds_;
  snapshot.low4_reasons = low4_reasons_;
  snapshot.transfers = transfers_;
  snapshot.nxdomain_via_cname = nxdomain_via_cname_;
  snapshot.has_sites = !options_.sites.empty();
  TapTotals::Codes all;
  for (const ResponseCount& row : snapshot.responses) all[row.rcode] += row.count;
  snapshot.sites = taps_.BuildSites(all);
  snapshot.nsids = taps_.BuildNsids(all);
  snapshot.zone_cuts = {.tracked = learner_.tracked(),
                        .capacity = learner_.capacity(),
                        .refusals = evidence_refusals_};
  snapshot.zone_cuts.refusals[static_cast<size_t>(EvidenceRefusal::kNoRoom)] += learner_.refused();
  snapshot.query_total = query_total_;
  snapshot.response_total = response_total_;
  snapshot.window = options_.window;
  snapshot.series = series_.Build();
  snapshot.spikes = ReportOf(detector_);
  if (options_.keep_baseline) snapshot.baseline = std::make_shared<Baseline>(detector_.Save());
  BuildKeys(snapshot);
  BuildUnique(snapshot);
  Settle(snapshot);
  return snapshot;
}

void Collector::BuildKeys(Snapshot& snapshot) {
  const auto shown_as = [this](Rcode rcode) { return Limited(rcode); };
  for (size_t i = 0; i < kDimensions; ++i) {
    const TrackedKeys& keys = keys_[i];
    DimensionCount& counts = snapshot.dimensions[i];
    counts = TopKeys(keys.counts(), static_cast<Dimension>(i), options_.top, labels_, shown_as);
    counts.overflow_responses = keys.overflow();
    counts.evicted = keys.evicted();
    counts.error_bound = keys.error_bound();
  }
  if (errors_.has_value()) {
    errors_->Build(snapshot, shown_as);
    snapshot.error_overflow = windows_.overflow().errors;
  }
  for (size_t i = 0; i < key_series_.size(); ++i) {
    snapshot.exported[i] = key_series_[i].Update(keys_[i].counts(), epoch_, shown_as);
    keys_[i].Hold(key_series_[i].keys());
  }
}

void Collector::BuildUnique(Snapshot& snapshot) {
  unique_in_all_.Merge(unique_);
  const UniqueCounts in_all = ResponsesByGroup();
  UniqueCounts responses = in_all;
  for (size_t group = 0; group < kUniqueGroups; ++group) {
    responses[group] -= responses_before_[group];
  }
  for (size_t i = 0; i < kDimensions; ++i) {
    const auto dimension = static_cast<Dimension>(i);
    snapshot.unique[i] = unique_.Estimates(dimension, responses);
    snapshot.unique_in_all[i] = unique_in_all_.Estimates(dimension, in_all);
  }
}

UniqueCounts Collector::ResponsesByGroup() const {
  UniqueCounts sums{response_total_};
  for (const auto& [key, count] : responses_) {
    for (size_t group = 1; group < kUniqueGroups; ++group) {
      if (std::get<Rcode>(key) == kUniqueGroupTable[group].rcode) sums[group] += count;
    }
  }
  return sums;
}

}  // namespace rcodescope
