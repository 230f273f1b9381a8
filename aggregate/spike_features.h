// What is known of a spike when its class is told, and the telling.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "aggregate/spike.h"
#include "aggregate/spike_evidence.h"
#include "aggregate/spike_parts.h"

namespace rcodescope {

// Of the responses that are more than usual.
struct SpikeFeatures {
  Rcode rcode;
  double excess = 0;  // a second
  double rate = 0;    // a second, with what is usual
  double share = 0;   // of all responses of the same server, or of all

  KeyShares zones;
  KeyShares servers;
  KeyShares clients;
  KeyShares networks;
  KeyShares types;               // numbers
  double large_types_share = 0;  // that were asked for because answers are large
  int32_t info_code = -1;
  double info_code_share = 0;
  // Of each class that an Extended DNS Error tells of.
  std::array<double, kSpikeClasses> info_class_shares{};

  size_t fleet = 0;               // servers that answer at all
  size_t servers_hit = 0;         // of them, those that have a part in it
  double elsewhere = 0;           // more than usual at servers without a part, as a share of this
  double names = 0;               // different ones in a window, most of the time
  std::optional<double> variety;  // different names a response, within a window
  std::optional<double> lasting_variety;  // the same in all of its windows together
  std::optional<double> other_load;  // responses with other codes, as a multiple of what is usual
};

// The features that the surplus itself shows; the others are the caller's to fill in. `net`: see
// SharesOfZones.
SpikeFeatures FeaturesOf(Rcode rcode, std::span<const Surplus> surplus, double net);

// Sets class and reasons.
void Classify(const SpikeFeatures& features, Spike& spike);

}  // namespace rcodescope
