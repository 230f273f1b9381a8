// How one frame was decoded, for people: layer by layer, then what it was counted as.
#pragma once

#include <cstdint>
#include <string>

#include "aggregate/cut_learner.h"
#include "aggregate/zone_policy.h"
#include "capture/source.h"
#include "parse/decoder.h"

namespace rcodescope {

// Decodes the frames of `source` up to the one numbered `frame` (from 1, filtered ones among them)
// and describes it. Those before it are decoded too, since it may complete what they began; what it
// begins itself is followed to the end of the input. `cuts`: of what servers say of their zones,
// which counts for frames two windows later; its window is the slice the source was made with.
// Empty when there is no such frame.
std::string DissectOne(PacketSource& source, const DecoderOptions& options, const ZonePolicy& zones,
                       const CutLearnerOptions& cuts, uint64_t frame);

}  // namespace rcodescope
