#include "app/backfill.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string>
#include <system_error>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/fail.h"
#include "exporters/file_writer.h"
#include "exporters/open_metrics.h"

extern char** environ;  // NOLINT: environ(7) is declared by its user

namespace rcodescope {
namespace {

absl::Status WriteTo(const std::string& path, const StepSeries& series) {
  return WriteWhole(path, [&](const ContentSink& sink) { return WriteOpenMetrics(series, sink); });
}

// Its exit status; -1 with errno set when it cannot be run. What it prints goes to standard error.
int RunPromtool(const std::string& file, const std::string& folder) {
  std::array<std::string, 6> words = {"promtool",    "tsdb", "create-blocks-from",
                                      "openmetrics", file,   folder};
  std::array<char*, 7> argv{};
  for (size_t i = 0; i < words.size(); ++i) argv[i] = words[i].data();
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
  pid_t child = 0;
  const int refused = posix_spawnp(&child, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (refused != 0) {
    errno = refused;
    return -1;
  }
  int status = 0;
  while (waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return -1;
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

ExitCode IntoPrometheus(const StepSeries& series, const std::string& folder) {
  const std::string file = folder + "/rcodescope-" + std::to_string(getpid()) + ".openmetrics";
  const absl::Status written = WriteTo(file, series);
  if (!written.ok()) {
    return Fail(ExitCode::kCannotCreate,
                "--into-prometheus " + folder + ": " + std::string(written.message()));
  }
  const int status = RunPromtool(file, folder);
  const int error = errno;
  std::error_code ignored;
  std::filesystem::remove(file, ignored);
  if (status == 0) return ExitCode::kDone;
  const std::string why = status < 0
                              ? "promtool cannot be run: " + std::string(std::strerror(error)) +
                                    " (Debian package prometheus)"
                              : "promtool ended with " + std::to_string(status);
  return Fail(ExitCode::kUnavailable, "--into-prometheus " + folder + ": " + why);
}

}  // namespace

ExitCode WriteBackfill(const StepSeries& series, const Options& options) {
  ExitCode code = ExitCode::kDone;
  if (!options.openmetrics.empty()) {
    const absl::Status written = WriteTo(options.openmetrics, series);
    if (!written.ok()) code = Fail(ExitCode::kCannotCreate, std::string(written.message()));
  }
  if (options.into_prometheus.empty()) return code;
  const ExitCode loaded = IntoPrometheus(series, options.into_prometheus);
  return code == ExitCode::kDone ? loaded : code;
}

}  // namespace rcodescope
