// The sums of a snapshot that must agree, whatever was counted.
#pragma once

#include "aggregate/snapshot.h"
#include "tests/pipeline/traffic.h"

namespace rcodescope {

// Responses by code, over everything else a snapshot tells apart.
RcodeCounts RcodesOf(const Snapshot& snapshot);
// The same of one dimension: Σ keys + other.
RcodeCounts RcodesOf(const DimensionCount& dimension);

// Fails the test for each identity that does not hold:
//   frames      seen == Σ dispositions + held
//   responses   by code: the total, Σ keys + other of each dimension and Σ steps of the series
//   header codes, answer kinds, certainties, queries: each sums to its total
//   lists       in their order, no longer than they may be
void ExpectConserved(const Snapshot& snapshot, size_t top);

}  // namespace rcodescope
