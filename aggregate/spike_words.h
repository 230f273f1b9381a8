// Spikes in words.
#pragma once

#include <string>

#include "aggregate/spike.h"
#include "aggregate/spike_features.h"

namespace rcodescope {

// "94 %", "0.4 %".
std::string Percent(double share);
// Responses a second: "11.8 k", "42", "0.6".
std::string ShortRate(double rate);

// The one sentence that tells of a spike, without its times:
//
//   SERVFAIL +11.8 k/s on 192.0.2.53: 94 % zone example.com., EDE 22 No Reachable Authority,
//   3,102 clients; rest of the fleet normal
std::string SpikeSentence(const Spike& spike, const SpikeFeatures& features);

}  // namespace rcodescope
