#include "aggregate/collector.h"

#include "aggregate/top_keys.h"

namespace rcodescope {
namespace {

template <size_t kSize>
void AddEach(std::array<uint64_t, kSize>& to, const std::array<uint64_t, kSize>& from) {
  for (size_t i = 0; i < kSize; ++i) to[i] += from[i];
}

}  // namespace

Collector::Collector(const CollectorOptions& options, Bell& bell,
                     std::span<const std::unique_ptr<Shard>> shards)
    : options_(options),
      bell_(bell),
      shards_(shards),
      series_(options.window),
      keys_(options.key_bytes, options.secret) {}

void Collector::Run() {
  for (bool all_finished = false; !all_finished;) {
    const uint32_t heard = bell_.Heard();
    all_finished = true;
    bool any = false;
    for (const auto& shard : shards_) {
      // Asked first: what was published before the answer is collected below.
      const bool finished = shard->finished();
      any |= CollectFrom(*shard);
      all_finished &= finished;
    }
    if (!any && !all_finished) bell_.Wait(heard);
  }
}

bool Collector::CollectFrom(Shard& shard) {
  bool any = false;
  while (WindowDelta* delta = shard.windows.TryCollect()) {
    Merge(*delta);
    delta->totals.Clear();
    shard.windows.Return(delta);
    any = true;
  }
  while (KeyDelta* delta = shard.keys.TryCollect()) {
    Merge(*delta);
    for (KeyCounts& table : delta->dimensions) table.Clear();
    shard.keys.Return(delta);
    any = true;
  }
  return any;
}

void Collector::Merge(const WindowDelta& delta) {
  const Totals& totals = delta.totals;
  query_total_ += totals.query_total();
  response_total_ += totals.response_total();
  AddEach(header_rcodes_, totals.header_rcodes());
  AddEach(answer_kinds_, totals.answer_kinds());
  AddEach(low4_reasons_, totals.low4_reasons());
  totals.ForEachResponse([&](const ResponseCount& row) {
    Admit(row.rcode);
    const Rcode rcode = Limited(row.rcode);
    responses_[{rcode, row.certainty, row.opcode, row.transport, row.family}] += row.count;
    series_.Add(delta.window, rcode, row.count);
  });
  totals.ForEachQuery([&](const QueryCount& row) {
    queries_[{row.qtype, row.opcode, row.transport, row.family}] += row.count;
  });
  totals.ForEachEde([&](const EdeCount& row) {
    ede_[{row.info_code, Limited(row.rcode)}] += row.count;
  });
}

void Collector::Merge(const KeyDelta& delta) {
  for (size_t i = 0; i < kDimensions; ++i) keys_.dimensions[i].MergeFrom(delta.dimensions[i]);
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
  series_.Fold(from, to);
}

Snapshot Collector::Build() const {
  Snapshot snapshot;
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
  snapshot.query_total = query_total_;
  snapshot.response_total = response_total_;
  snapshot.window = options_.window;
  snapshot.series = series_.Build();
  for (size_t i = 0; i < kDimensions; ++i) {
    snapshot.dimensions[i] = BuildDimension(static_cast<Dimension>(i));
  }
  return snapshot;
}

DimensionCount Collector::BuildDimension(Dimension dimension) const {
  const KeyCounts& table = keys_.dimensions[static_cast<size_t>(dimension)];
  return TopKeys(table, dimension, options_.top, [this](Rcode rcode) { return Limited(rcode); });
}

}  // namespace rcodescope
