// Whose errors are whose, and when each key had them, as JSON: what the page shows beside the
// report.
#pragma once

#include <string>

#include "aggregate/snapshot.h"

namespace rcodescope {

// What /api/v1/errors answers, on one line, with a newline at its end:
//
//   {"schema": 1, "overflow": 0,
//    "paths": [{"rcode": "SERVFAIL", "zone": "example.com.", "server": "192.0.2.53",
//               "client": "other", "responses": 4}],
//    "series": {"begin": "…", "step_seconds": 8,
//               "servers": [{"server": "192.0.2.53", "rcodes": {"SERVFAIL": [null, 4]}}],
//               "zones": [], "clients": []}}
//
// - `paths`: the largest of Snapshot::error_paths. "other": what is not known by that key, of those
//   with the other keys. For every code, their sum is exact.
// - `series`: of the keys with the most errors, in at most 128 steps. null: not known, for the key
//   was not among the largest then.
// - `overflow`: errors of which the windows did not keep all keys. It is not part of the JSON
//   report, which does not depend on the number of workers; these do while `overflow` is not 0.
// - Of unassigned codes those are named that `series` of the report names.
std::string ErrorsDocument(const Snapshot& snapshot);

}  // namespace rcodescope
