// The report for people.
#pragma once

#include <cstddef>
#include <string>

#include "aggregate/snapshot.h"
#include "exporters/alert_history.h"

namespace rcodescope {

struct TextStyle {
  bool color = false;  // ANSI colours
  int width = 100;     // columns to stay within where numbers and names allow it
  size_t rows = 10;    // keys in all in the table of worst servers, zones or clients
};

// `alerts`: what rules made of it, null where none were given.
//
// What was seen, which codes were answered, who got the errors, what could not be decoded and
// why, and whether every frame is accounted for. UTF-8. Beside newlines and, with `color`, SGR
// sequences there is no control character in it, whatever the snapshot's strings hold.
std::string TextReport(const Snapshot& snapshot, const TextStyle& style,
                       const AlertHistory* alerts = nullptr);

}  // namespace rcodescope
