// The options that are about what is pushed where.
#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "app/comma_list.h"
#include "app/option_table.h"
#include "app/option_values.h"
#include "app/quote.h"
#include "exporters/http_target.h"
#include "exporters/printable.h"

namespace rcodescope {
namespace {

constexpr int64_t kHour = 3600 * kNanosPerSecond;
constexpr uint64_t kMiB = uint64_t{1} << 20;

absl::Status SetUrls(const std::string& value, std::vector<std::string>& target) {
  std::vector<std::string> urls = SplitAtCommas(value);
  for (size_t i = 0; i < urls.size(); ++i) {
    const absl::Status status = CheckHttpTarget(urls[i]);
    if (!status.ok()) return Prefixed(Quote(urls[i]) + " is ", status);
    if (std::find(urls.begin(), urls.begin() + static_cast<ptrdiff_t>(i), urls[i]) !=
        urls.begin() + static_cast<ptrdiff_t>(i)) {
      return absl::InvalidArgumentError(Quote(urls[i]) + " stands there twice");
    }
  }
  target = std::move(urls);
  return absl::OkStatus();
}

// Prometheus, "Metric names and labels"; those with two underscores are its own.
bool IsLabelName(std::string_view name) {
  constexpr std::string_view kDigits = "0123456789";
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";
  if (name.empty() || name.starts_with("__") || kDigits.find(name[0]) != std::string_view::npos) {
    return false;
  }
  return std::all_of(name.begin(), name.end(), [&](char c) {
    return kLetters.find(c) != std::string_view::npos || kDigits.find(c) != std::string_view::npos;
  });
}

absl::Status SetLabels(const std::string& value, std::map<std::string, std::string>& target) {
  std::map<std::string, std::string> labels;
  for (const std::string& part : SplitAtCommas(value)) {
    const size_t equals = part.find('=');
    if (equals == std::string::npos) return absl::InvalidArgumentError(Quote(part) + " has no =");
    const std::string name = part.substr(0, equals);
    const std::string text = part.substr(equals + 1);
    if (!IsLabelName(name)) return absl::InvalidArgumentError(Quote(name) + " is no label's name");
    if (text.empty()) return absl::InvalidArgumentError(Quote(name) + " has no value");
    if (Printable(text) != text) {
      return absl::InvalidArgumentError(Quote(name) + " has a value that is not printable UTF-8");
    }
    if (!labels.emplace(name, text).second) {
      return absl::InvalidArgumentError(Quote(name) + " stands there twice");
    }
  }
  target = std::move(labels);
  return absl::OkStatus();
}

constexpr std::array kPushes = {
    OptionSpec{"alertmanager", ValueKind::kList, "URL", "URLs, as http://127.0.0.1:9093",
               "push spikes to this Alertmanager; every member of a\ncluster is to be named", "",
               [](Options& o, const std::string& v) { return SetUrls(v, o.alertmanagers); },
               OptionScope::kEverywhere, OptionUse::kWatching, "", /*repeats=*/true},
    OptionSpec{"remote-write", ValueKind::kList, "URL",
               "URLs, as http://127.0.0.1:9090/api/v1/write",
               "send the metrics page there by Prometheus remote\nwrite: live at each epoch, of a "
               "replay when it is\nread; more than one may be given",
               "", [](Options& o, const std::string& v) { return SetUrls(v, o.remote_writes); },
               OptionScope::kEverywhere, OptionUse::kAll, "", /*repeats=*/true},
    OptionSpec{"external-label", ValueKind::kList, "NAME=VALUE",
               "labels, as site=fra1, each name once; no comma in a value",
               "a label of all series that are sent; more than one\nmay be given; job and instance "
               "can be set so",
               "", [](Options& o, const std::string& v) { return SetLabels(v, o.external_labels); },
               OptionScope::kEverywhere, OptionUse::kAll, "", /*repeats=*/true},
    OptionSpec{"remote-write-queue", ValueKind::kSize, "SIZE", "1MiB to 16GiB",
               "room in memory for samples that wait, for each URL", "32MiB",
               [](Options& o, const std::string& v) {
                 return SetSize(v, kMiB, uint64_t{16} << 30, o.remote_write_queue);
               }},
    OptionSpec{"remote-write-spool", ValueKind::kText, "DIR", "a folder, or off",
               "where samples wait that memory has no room for, and\nthose left at the end, for "
               "the next start",
               "off",
               [](Options& o, const std::string& v) { return SetOutput(v, o.remote_write_spool); }},
    OptionSpec{"remote-write-spool-size", ValueKind::kSize, "SIZE", "1MiB to 1TiB",
               "room there, for each URL; then the oldest go", "1GiB",
               [](Options& o, const std::string& v) {
                 return SetSize(v, kMiB, uint64_t{1} << 40, o.remote_write_spool_size);
               }},
    OptionSpec{
        "remote-write-patience", ValueKind::kDuration, "DURATION", "1s to 1h",
        "how long a replay tries a URL that takes nothing,\nand how long a live capture sends "
        "at its end",
        "1m",
        [](Options& o, const std::string& v) {
          return SetDuration(v, kNanosPerSecond, kHour, o.remote_write_patience_ns);
        },
        OptionScope::kEverywhere, OptionUse::kAll, "", /*repeats=*/false,
        /*live_default=*/"5s"},
};

}  // namespace

std::span<const OptionSpec> PushOptions() { return kPushes; }

absl::Status CheckPushes(const Options& options) {
  if (!options.remote_writes.empty()) return absl::OkStatus();
  const char* const idle = !options.external_labels.empty()      ? "external-label"
                           : !options.remote_write_spool.empty() ? "remote-write-spool"
                                                                 : nullptr;
  if (idle == nullptr) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("--", idle, ": without --remote-write, nothing is sent"));
}

}  // namespace rcodescope
