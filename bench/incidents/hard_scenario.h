// Streams that are meant to fool a detector, one by one.
#pragma once

#include <array>
#include <string_view>

#include "bench/incidents/scenario.h"

namespace rcodescope {

inline constexpr std::array<std::string_view, 9> kHardCases = {
    "swell",            // an outage that grows evenly for 3 hours, to 8 times what is usual
    "flap",             // an outage of 2 s, every 10 s
    "hop",              // made-up names below another zone every 5 s
    "again",            // the same outage four times, with half a minute between them
    "shift",            // a new level of NXDOMAIN, 4 times the old one, for a day: one spike
    "both",             // a wild client and an outage at once, of the same code
    "dead_night",       // nothing wrong: a morning that is 30 times as busy as the night
    "daily_job",        // nothing wrong after the first day: the same job at 3 in the morning
    "loss_and_return",  // nothing wrong: nine of ten frames lost for minutes, again and again
};

// `index` into kHardCases.
Scenario DrawHardScenario(size_t index, uint64_t seed);

}  // namespace rcodescope
