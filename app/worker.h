// The loop, the same for every source.
#pragma once

#include "aggregate/recorder.h"
#include "capture/source.h"
#include "parse/decoder.h"

namespace rcodescope {

// Decodes and counts what `source` gives until its end, then what waited in reassembly, and hands
// over what is left. `decoder` gives to `recorder`.
void RunWorker(PacketSource& source, Decoder& decoder, Recorder& recorder);

}  // namespace rcodescope
