// Which keys of a dimension got the most of each error code.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "aggregate/snapshot.h"

namespace rcodescope {

struct WorstKey {
  const KeyCount* key = nullptr;
  uint64_t responses = 0;  // of that code
};

struct WorstOfCode {
  std::string rcode;
  uint64_t responses = 0;      // of that code, all keys and other
  std::vector<WorstKey> keys;  // most first; not empty
};

// SERVFAIL, REFUSED, NXDOMAIN, then the other error codes of `counts` by their responses; each
// with its worst keys, at most `rows` keys in all. Each code gets one key before any gets a
// second, and so on. `counts` must outlive the result.
std::vector<WorstOfCode> WorstKeys(const DimensionCount& counts, size_t rows);

}  // namespace rcodescope
