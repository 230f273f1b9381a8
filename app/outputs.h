// Where results go: the HTTP port and the report files.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "aggregate/snapshot.h"
#include "app/exit_code.h"
#include "app/logger.h"
#include "app/message_tap.h"
#include "app/options.h"
#include "exporters/alert_history.h"
#include "exporters/http_server.h"

namespace rcodescope {

// Binds what --listen names; `server` stays null where it is off. On failure says why and answers
// with the exit code.
ExitCode BindServer(const Options& options, std::unique_ptr<HttpServer>& server);

// The folders in which the reports that the options name are replaced, and that of the flight
// recorder. Says which does not exist,
// and answers with kCannotCreate then.
ExitCode FindReportFolders(const Options& options, std::vector<std::string>& folders);

// Whether the process, as the user it is now, may replace the reports and make files there;
// FindReportFolders' way of failing.
ExitCode CheckReportsWritable(const Options& options);

// Closes --events, where there are any, when all workers have ended, and logs how many lines there
// are and are not. Says what could not be written, and answers with kCannotCreate then.
ExitCode EndEvents(MessageTap* tap, const Options& options, Logger& logger);

// Writes the reports that the options name; `alerts`: what rules made of it, null where none were
// given. Says what cannot be written, and answers with kCannotCreate then.
ExitCode WriteReports(const Snapshot& snapshot, const Options& options,
                      const AlertHistory* alerts = nullptr);

}  // namespace rcodescope
