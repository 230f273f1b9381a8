#include "app/input_files.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace rcodescope {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 2> kEndings = {".pcap", ".cap"};  // .pcapng begins with one

absl::Status AddBelow(const std::string& folder, std::vector<std::string>& files) {
  const size_t before = files.size();
  std::error_code error;
  fs::recursive_directory_iterator at(folder, error);
  for (; !error && at != fs::recursive_directory_iterator(); at.increment(error)) {
    const std::string name = at->path().filename().string();
    std::error_code unknown;
    if (name.starts_with('.')) {
      if (at->is_directory(unknown)) at.disable_recursion_pending();
    } else if (IsNamedLikeACapture(name) && at->is_regular_file(unknown)) {
      files.push_back(at->path().string());
    }
  }
  if (error) return absl::NotFoundError(absl::StrCat(folder, ": ", error.message()));
  if (files.size() == before) {
    return absl::NotFoundError(
        absl::StrCat(folder, ": no file below it has .pcap, .pcapng or .cap in its name"));
  }
  std::sort(files.begin() + static_cast<ptrdiff_t>(before), files.end());
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckInputs(const Options& options) {
  if (options.command != Command::kReplay) return absl::OkStatus();
  if (options.follow.empty()) {
    return options.files.empty() ? absl::InvalidArgumentError("no FILE given") : absl::OkStatus();
  }
  if (!options.files.empty()) {
    return absl::InvalidArgumentError("follow reads a folder's captures and no FILE");
  }
  const std::pair<const char*, bool> others[] = {
      {"merge", options.merge},
      {"recursive", options.recursive},
      {"speed", options.speed > 0},
      {"dissect", options.dissect != 0},
      {"openmetrics", !options.openmetrics.empty()},
      {"into-prometheus", !options.into_prometheus.empty()},
      {"rules", !options.rules.empty()}};
  for (const auto& [name, given] : others) {
    if (given)
      return absl::InvalidArgumentError(absl::StrCat(name, " and follow do not go together"));
  }
  std::error_code unknown;
  const fs::path written = options.write.empty() ? fs::path() : fs::path(options.write);
  if (IsNamedLikeACapture(written.filename()) &&
      fs::equivalent(options.follow, written.has_parent_path() ? written.parent_path() : ".",
                     unknown)) {
    return absl::InvalidArgumentError("what write makes in the folder would be followed, too");
  }
  return absl::OkStatus();
}

bool IsNamedLikeACapture(const std::string& name) {
  return !name.starts_with('.') &&
         std::any_of(kEndings.begin(), kEndings.end(), [&](std::string_view ending) {
           return name.find(ending) != std::string::npos;
         });
}

absl::StatusOr<std::vector<std::string>> FindInputFiles(const std::vector<std::string>& paths,
                                                        bool recursive) {
  std::vector<std::string> files;
  for (const std::string& path : paths) {
    std::error_code unknown;
    if (!recursive || path == "-" || !fs::is_directory(path, unknown)) {
      files.push_back(path);
    } else if (const absl::Status status = AddBelow(path, files); !status.ok()) {
      return status;
    }
  }
  return files;
}

absl::Status CheckWritten(const Options& options, const std::vector<std::string>& files) {
  const std::pair<const char*, const std::string*> outputs[] = {{"--write", &options.write},
                                                                {"--events", &options.events}};
  for (const auto& [name, path] : outputs) {
    std::error_code unknown;
    for (const std::string& file : files) {
      if (path->empty() || !fs::equivalent(*path, file, unknown)) continue;
      return absl::InvalidArgumentError(
          absl::StrCat(name, " ", *path, ": is ", file, ", which is read"));
    }
  }
  return absl::OkStatus();
}

}  // namespace rcodescope
