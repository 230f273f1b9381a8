// The report as one page: it needs no network, no other file and no server.
#pragma once

#include <string>

#include "aggregate/snapshot.h"

namespace rcodescope {

// The page with the JSON report and the errors by key (error_json.h) in it, of which its script
// (html/) draws all that is shown. Strings
// from outside are data there, and become text, never markup, whatever bytes they hold.
std::string HtmlReport(const Snapshot& snapshot);

// The same page without a report: it asks for api/v1/report and api/v1/errors, every 5 seconds.
std::string HtmlPage();

}  // namespace rcodescope
