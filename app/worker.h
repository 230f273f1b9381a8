// The loop, the same for every source.
#pragma once

#include "aggregate/recorder.h"
#include "app/worker_meter.h"
#include "capture/source.h"
#include "parse/decoder.h"

namespace rcodescope {

// Decodes and counts what `source` gives until its end, then what waited in reassembly, and hands
// over what is left. `decoder` gives to `recorder`. `meter`, where there is one, is kept up to
// date.
void RunWorker(PacketSource& source, Decoder& decoder, Recorder& recorder,
               WorkerMeter* meter = nullptr);

}  // namespace rcodescope
