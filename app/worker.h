// The loop, the same for every source.
#pragma once

#include "aggregate/recorder.h"
#include "capture/source.h"
#include "parse/decoder.h"

namespace rcodescope {

// Decodes and counts what `source` gives until its end, then hands over what is left. Answers
// with what was decoded.
DecoderStats RunWorker(PacketSource& source, const DnsPorts& ports, Recorder& recorder);

}  // namespace rcodescope
