// The sums that must agree: what the sources gave, what the decoders ended, what was counted.
#pragma once

#include <cstdint>

#include "aggregate/snapshot.h"
#include "capture/source.h"
#include "parse/decoder.h"

namespace rcodescope {

// What a worker's source and decoder had counted at one batch boundary.
struct WorkerLedger {
  CaptureStats source;
  DecoderStats decoder;
  ReassemblyCounts reassembly{};
  uint64_t held = 0;  // frames in reassembly
};

WorkerLedger LedgerOf(const CaptureStats& source, const Decoder& decoder);

// Adds what one worker's decoder had counted.
void AddDecoder(Snapshot& snapshot, const WorkerLedger& ledger);

// Adds what one queue of the source had counted.
void AddQueue(Snapshot& snapshot, const CaptureStats& source);

// Fills in the residuals, when all of the above was added and all messages were. Each figure was
// counted where it arises, none was computed from the others, so that the residuals say something.
void Settle(Snapshot& snapshot);

}  // namespace rcodescope
