// Sums of a snapshot's counts that more than one exporter shows.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "aggregate/snapshot.h"

namespace rcodescope {

// What is left over past a limit, as a name. Never a zone: those end in a dot.
inline constexpr const char* kOther = "other";

// Responses over all transports and families.
struct RcodeRow {
  Rcode rcode;
  Opcode opcode = Opcode::kQuery;
  Certainty certainty = Certainty::kFull;
  uint64_t responses = 0;
};

// Most responses first, then by space, code, opcode, certainty.
std::vector<RcodeRow> RcodeRows(const Snapshot& snapshot);

// The names codes are shown under: RcodeName for all assigned codes and, of each space, for the
// unassigned ones with the lowest numbers that the snapshot has responses of, up to a limit;
// "other" for the rest and for kOtherCode. A snapshot's totals and keys agree per name when both
// use one RcodeNames.
class RcodeNames {
 public:
  // `limits`: unassigned codes with a name of their own, by space.
  RcodeNames(const Snapshot& snapshot, const std::array<size_t, kRcodeSpaces>& limits);

  std::string operator()(Rcode rcode) const;
  bool Named(Rcode rcode) const;

 private:
  std::array<std::vector<uint16_t>, kRcodeSpaces> unassigned_;  // sorted
};

using NamedCounts = std::vector<std::pair<std::string, uint64_t>>;

// Sums codes that share a name. Largest count first, then in the order of the codes; "other" has
// no place of its own. Leaves out zeros.
NamedCounts SumByName(const std::vector<std::pair<Rcode, uint64_t>>& counts,
                      const RcodeNames& names);

}  // namespace rcodescope
