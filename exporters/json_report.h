// The report for programs.
#pragma once

#include <string>

#include "aggregate/snapshot.h"
#include "exporters/alert_history.h"

namespace rcodescope {

// The JSON report, schema 1, indented by 2, with a newline at its end. Equal snapshots give equal
// bytes.
//
// - Lists of keys end with the entry "other", also where it counts nothing.
// - `rcodes` lists sums over transport and family. The `rcodes` of a key and of the series are by
//   name: codes that share one (BADKEY of TSIG and of TKEY, say) are one there.
// - Of unassigned TSIG and TKEY errors the 1,024 with the lowest numbers have a name each, the
//   rest are "other" (code null), at the list's end.
// - What in a string is not UTF-8 is written as U+FFFD.
// - `alerts` is there where rules were given: see AlertList.
// - `series` names the 64 unassigned codes of each space with the lowest numbers; "other" has the
//   rest, so that 4,096 codes in 3,600 steps cannot make a report of 150 MB.
std::string JsonReport(const Snapshot& snapshot, const AlertHistory* alerts = nullptr);

// The same on one line, with as few unassigned codes named everywhere as in `series`.
std::string ShortJsonReport(const Snapshot& snapshot);

}  // namespace rcodescope
