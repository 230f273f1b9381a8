// From a packet source to a snapshot: workers, collector, and the sums that must agree.
#pragma once

#include <cstdint>

#include "aggregate/recorder.h"
#include "aggregate/snapshot.h"
#include "aggregate/zone_policy.h"
#include "capture/source.h"
#include "parse/decoder.h"

namespace rcodescope {

struct PipelineOptions {
  size_t workers = 1;
  uint64_t memory = uint64_t{256} << 20;  // bytes, for all tables
  size_t top = 500;
  uint64_t hash_key = 0;
  RecorderOptions recorder;
};

// Counts everything `source` gives, on `options.workers` threads and one that collects, and
// returns when the source has ended. The snapshot does not depend on the number of workers or the
// hash key while no table overflowed. Its `sources` are the caller's to fill. Throws std::bad_alloc
// before the first frame when the system refuses the memory.
Snapshot RunPipeline(PacketSource& source, const FrameOptions& frame_options,
                     const ZonePolicy& zones, const PipelineOptions& options);

}  // namespace rcodescope
