#include "app/outputs.h"

#include <filesystem>
#include <string>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/fail.h"
#include "app/version.h"
#include "exporters/baseline_file.h"
#include "exporters/file_writer.h"
#include "exporters/html_report.h"
#include "exporters/json_report.h"
#include "exporters/text_report.h"

namespace rcodescope {
namespace {

TextStyle StyleFor(const Options& options) {
  TextStyle style;
  const bool terminal = options.text == "-" && isatty(STDOUT_FILENO) == 1;
  style.color = options.color == "always" || (options.color == "auto" && terminal);
  winsize size{};
  if (terminal && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col != 0) {
    style.width = size.ws_col;
  }
  return style;
}

// The files, devices and pipes that reports go to; not standard output, which is open.
std::vector<std::string> ReportPaths(const Options& options) {
  std::vector<std::string> paths;
  for (const std::string& path :
       {options.text, options.json, options.html, options.save_baseline}) {
    if (!path.empty() && path != "-") paths.push_back(path);
  }
  return paths;
}

// Empty when this process may make files there.
std::string WhyNotWritable(const std::string& folder) {
  const bool writable = faccessat(AT_FDCWD, folder.c_str(), W_OK | X_OK, AT_EACCESS) == 0;
  return writable ? "" : "may not make files in " + folder;
}

// As WriteWhole has it: of what the path leads to, if it is there.
std::string FolderOf(const std::string& path) {
  std::error_code error;
  const std::filesystem::path target = std::filesystem::weakly_canonical(path, error);
  return error ? "" : target.parent_path().string();
}

// Empty when this process may replace the file.
std::string WhyNotReplaceable(const std::string& path) {
  const std::string folder = FolderOf(path);
  if (const std::string why = WhyNotWritable(folder); !why.empty()) return why;
  struct stat file {};
  struct stat place {};
  if (stat(path.c_str(), &file) != 0 || stat(folder.c_str(), &place) != 0) return {};
  const bool sticky = (place.st_mode & S_ISVTX) != 0;
  if (!sticky || file.st_uid == geteuid() || place.st_uid == geteuid()) return {};
  return "may not replace the file of another user in " + folder;
}

}  // namespace

ExitCode FindReportFolders(const Options& options, std::vector<std::string>& folders) {
  for (const std::string& path : ReportPaths(options)) {
    const std::string folder = FolderOf(path);
    std::error_code error;
    if (!std::filesystem::is_directory(folder, error)) {
      return Fail(ExitCode::kCannotCreate, path + ": the folder does not exist");
    }
    folders.push_back(folder);
  }
  if (options.flight_recorder.empty()) return ExitCode::kDone;
  std::error_code error;
  if (!std::filesystem::is_directory(options.flight_recorder, error)) {
    return Fail(ExitCode::kCannotCreate,
                "--flight-recorder " + options.flight_recorder + ": the folder does not exist");
  }
  folders.push_back(options.flight_recorder);
  return ExitCode::kDone;
}

ExitCode CheckReportsWritable(const Options& options) {
  const auto check = [](const std::string& path, const std::string& why) {
    if (why.empty()) return ExitCode::kDone;
    return Fail(ExitCode::kCannotCreate,
                path + ": user id " + std::to_string(geteuid()) + " " + why +
                    " (--user names another user; see README.md, Going live)");
  };
  ExitCode code = ExitCode::kDone;
  for (const std::string& path : ReportPaths(options)) {
    if (code == ExitCode::kDone) code = check(path, WhyNotReplaceable(path));
  }
  if (code == ExitCode::kDone && !options.flight_recorder.empty()) {
    code = check(options.flight_recorder, WhyNotWritable(options.flight_recorder));
  }
  return code;
}

ExitCode BindServer(const Options& options, std::unique_ptr<HttpServer>& server) {
  if (options.listen.empty()) return ExitCode::kDone;
  auto bound = HttpServer::Bind(options.listen, kVersion);
  if (bound.ok()) {
    server = *std::move(bound);
    return ExitCode::kDone;
  }
  const ExitCode code = absl::IsInvalidArgument(bound.status())    ? ExitCode::kUsage
                        : absl::IsPermissionDenied(bound.status()) ? ExitCode::kNoPermission
                                                                   : ExitCode::kUnavailable;
  return Fail(code, "--listen " + options.listen + ": " + std::string(bound.status().message()));
}

ExitCode EndEvents(MessageTap* tap, const Options& options, Logger& logger) {
  if (tap == nullptr) return ExitCode::kDone;
  const absl::Status closed = tap->Close();
  const MessageTapCounts counts = tap->counts();
  const bool live = options.command != Command::kReplay;
  if (tap->has_events() && live) {
    logger.Log(LogLevel::kInfo, "events ended",
               {{"written", counts.written},
                {"rate_limited", counts.rate_limited},
                {"no_room", counts.no_room}});
  }
  if (tap->has_packets() && (live || counts.packets_lost != 0)) {
    logger.Log(LogLevel::kInfo, "packets ended",
               {{"written", counts.packets}, {"not_written", counts.packets_lost}});
  }
  if (closed.ok()) return ExitCode::kDone;
  return Fail(ExitCode::kCannotCreate,
              std::string(closed.message()) + "; what came behind is not written");
}

ExitCode WriteReports(const Snapshot& snapshot, const Options& options,
                      const AlertHistory* alerts) {
  ExitCode code = ExitCode::kDone;
  const auto report = [&](const std::string& path, const auto& render) {
    if (path.empty()) return;
    const absl::Status status = WriteWhole(path, render());
    if (!status.ok()) code = Fail(ExitCode::kCannotCreate, std::string(status.message()));
  };
  report(options.text, [&] { return TextReport(snapshot, StyleFor(options), alerts); });
  report(options.html, [&] { return HtmlReport(snapshot); });
  report(options.json, [&] { return JsonReport(snapshot, alerts); });
  if (snapshot.baseline != nullptr) {
    report(options.save_baseline, [&] { return BaselineText(*snapshot.baseline); });
  }
  return code;
}

}  // namespace rcodescope
