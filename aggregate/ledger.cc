#include "aggregate/ledger.h"

#include <numeric>
#include <optional>
#include <vector>

namespace rcodescope {
namespace {

// Stages whose losses are among the frames that were offered.
constexpr DropStage kBehindOffer[] = {DropStage::kKernel, DropStage::kRing, DropStage::kWorker};

// Frames that were offered and neither given out, nor told as dropped, nor are waiting. Nothing
// where the source does not know. Of all queues together: a card tells its figures as a whole.
std::optional<int64_t> SourceResidual(const std::vector<CaptureStats>& queues) {
  std::optional<uint64_t> offered;
  uint64_t known = 0;
  for (const CaptureStats& queue : queues) {
    if (queue.offered.has_value()) offered = offered.value_or(0) + *queue.offered;
    known += queue.records + queue.backlog;
    for (const DropStage stage : kBehindOffer) {
      known += queue.dropped[static_cast<size_t>(stage)].value_or(0);
    }
  }
  if (!offered.has_value()) return std::nullopt;
  return static_cast<int64_t>(*offered - known);
}

}  // namespace

WorkerLedger LedgerOf(const CaptureStats& source, const Decoder& decoder) {
  return {source, decoder.stats(), decoder.reassembly(), decoder.held()};
}

void AddDecoder(Snapshot& snapshot, const WorkerLedger& ledger) {
  const DecoderStats& decoder = ledger.decoder;
  FrameLedger& frames = snapshot.frames;
  frames.held += ledger.held;
  frames.messages += decoder.messages;
  for (size_t i = 0; i < kDispositions; ++i) frames.dispositions[i] += decoder.dispositions[i];
  for (size_t i = 0; i < kReassemblyEvents; ++i) snapshot.reassembly[i] += ledger.reassembly[i];
  for (size_t i = 0; i < kMalformedReasons; ++i) snapshot.malformed[i] += decoder.malformed[i];
  for (size_t i = 0; i < kAnomalies; ++i) snapshot.anomalies[i] += decoder.anomalies[i];
}

void AddQueue(Snapshot& snapshot, const CaptureStats& source) {
  FrameLedger& frames = snapshot.frames;
  frames.seen += source.seen;
  frames.filtered += source.filtered;
  frames.bytes += source.bytes;
  for (size_t i = 0; i < kRecordAnomalies; ++i) {
    snapshot.record_anomalies[i] += source.anomalies[i];
  }
  const bool earlier = snapshot.first == kNoTime || source.first < snapshot.first;
  if (source.first != kNoTime && earlier) snapshot.first = source.first;
  if (source.last > snapshot.last) snapshot.last = source.last;
  snapshot.queues.push_back(source);
}

void Settle(Snapshot& snapshot) {
  FrameLedger& frames = snapshot.frames;
  const uint64_t decoded =
      std::accumulate(frames.dispositions.begin(), frames.dispositions.end(), uint64_t{0});
  frames.residual = static_cast<int64_t>(frames.seen - decoded - frames.held);
  frames.message_residual =
      static_cast<int64_t>(frames.messages - snapshot.query_total - snapshot.response_total);
  frames.source_residual = SourceResidual(snapshot.queues);
}

}  // namespace rcodescope
