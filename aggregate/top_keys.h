// Which keys of a dimension are shown, and what the others amount to.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "aggregate/key_counts.h"
#include "aggregate/key_labels.h"
#include "aggregate/snapshot.h"

namespace rcodescope {

// The numbers of at most `top` keys that may be named, those with the most responses first: half of
// them are those with the most error responses, for a quiet zone that fails matters more than a
// loud healthy one; the rest those with the most responses.
std::vector<size_t> ChooseKeys(const KeyCounts& table, Dimension dimension, size_t top,
                               const KeyLabels& labels);

// Codes and counts in the order of a listing.
void FillRow(KeyCount& row, const std::map<Rcode, uint64_t>& counts);

// The chosen keys with their counts. Every response of another key, or of none, is in `other`.
// `shown_as` maps a code to the one it is listed under.
DimensionCount TopKeys(const KeyCounts& table, Dimension dimension, size_t top,
                       const KeyLabels& labels, const std::function<Rcode(Rcode)>& shown_as);

}  // namespace rcodescope
