// What a sensor sees in one second, before it is made a window or packets. Servers, zones and
// clients are numbers of the sensor (sensor.h).
#pragma once

#include <cstdint>
#include <vector>

#include "capture/packet.h"

namespace rcodescope {

inline constexpr int16_t kNoInfoCode = -1;
// Stands for any client where a slice is coarse.
inline constexpr uint32_t kAnyClient = UINT32_MAX;

// Responses with one code that is not NOERROR and with one combination of keys.
struct Cell {
  uint16_t code = 0;
  uint16_t qtype = 1;
  int16_t info_code = kNoInfoCode;
  uint16_t server = 0;
  uint32_t zone = 0;
  uint32_t client = 0;
  uint64_t responses = 0;
  uint32_t name = 0;   // which name of the zone was asked for; of no meaning with `fresh`
  bool fresh = false;  // each of the responses is for a name that was never asked for before
};

struct Slice {
  Timestamp begin;
  int64_t length = kNanosPerSecond;  // ns
  double completeness = 1;           // of the frames, this share was seen
  std::vector<uint64_t> answered;    // NOERROR, by server
  std::vector<Cell> errors;
};

}  // namespace rcodescope
