#include "app/remote_output.h"

#include <chrono>
#include <iterator>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "app/fail.h"
#include "app/host_name.h"
#include "app/version.h"
#include "exporters/step_write.h"

namespace rcodescope {

ExitCode RemoteOutput::Prepare() {
  for (const std::string& url : options_.remote_writes) {
    auto target = FindHttpTarget(url);
    if (!target.ok()) {
      return Fail(ExitCode::kUnavailable,
                  "--remote-write " + url + ": " + std::string(target.status().message()));
    }
    targets_.push_back(*std::move(target));
  }
  if (options_.remote_write_spool.empty()) return ExitCode::kDone;
  auto spool = SpoolFolder::Open(options_.remote_write_spool);
  if (!spool.ok()) {
    return Fail(ExitCode::kCannotCreate,
                "--remote-write-spool " + std::string(spool.status().message()));
  }
  spool_ = *std::move(spool);
  return ExitCode::kDone;
}

void RemoteOutput::Allow(SandboxOptions& sandbox) const {
  for (const HttpTarget& target : targets_) sandbox.connects.push_back(target.port);
  if (spool_ == nullptr) return;
  sandbox.folders.push_back(spool_->path());
  sandbox.sources.push_back(spool_->path());
}

ExitCode RemoteOutput::CheckSpool() const {
  if (spool_ == nullptr ||
      faccessat(AT_FDCWD, spool_->path().c_str(), W_OK | X_OK, AT_EACCESS) == 0) {
    return ExitCode::kDone;
  }
  return Fail(ExitCode::kCannotCreate, "--remote-write-spool " + spool_->path() + ": user id " +
                                           std::to_string(geteuid()) +
                                           " may not make files there (--user names another user)");
}

void RemoteOutput::StartSending(bool waits) {
  const auto log = [this](LogLevel level, const char* message, const std::string& url,
                          const std::string& problem) {
    logger_.Log(level, message, {{"url", url}, {"reason", problem}});
  };
  const std::chrono::nanoseconds patience{options_.remote_write_patience_ns};
  // A live capture that ends leaves what waits to the next one, where it can.
  const bool hurries = !waits && spool_ != nullptr;
  sender_ = std::make_unique<RemoteWrite>(
      RemoteWrite::Options{.targets = targets_,
                           .queue = options_.remote_write_queue,
                           .spool = spool_,
                           .spool_limit = options_.remote_write_spool_size,
                           .patience = hurries ? std::chrono::nanoseconds{0} : patience,
                           .longest_end = waits ? std::nullopt : std::optional(patience),
                           .waits = waits,
                           .changed =
                               [log](const std::string& url, const std::string& problem) {
                                 if (problem.empty())
                                   return log(LogLevel::kInfo, "samples are taken again", url, "");
                                 log(LogLevel::kWarning, "samples are not taken", url, problem);
                               },
                           .rejected =
                               [log](const std::string& url, const std::string& problem) {
                                 log(LogLevel::kWarning, "samples are rejected", url, problem);
                               }});
  sender_->Start();
}

CommonLabels RemoteOutput::Labels(CommonLabels usual) const {
  for (const auto& [name, value] : options_.external_labels) usual[name] = value;
  return usual;
}

EpochWriter* RemoteOutput::Start() {
  if (targets_.empty()) return nullptr;
  StartSending(/*waits=*/false);
  epochs_ = std::make_unique<EpochWriter>(
      *sender_, Labels({{"job", "rcodescope"}, {"instance", HostName()}}), kVersion);
  return epochs_.get();
}

void RemoteOutput::End() {
  if (epochs_ == nullptr) return;
  epochs_->End();
  sender_->Finish();
  for (const RemoteWriteCounts& counts : sender_->counts()) TellEnd(counts);
}

ExitCode RemoteOutput::Send(const StepSeries& series, Signals& signals) {
  if (targets_.empty()) return ExitCode::kDone;
  StartSending(/*waits=*/true);
  const CommonLabels labels = Labels({std::begin(kReplayTarget), std::end(kReplayTarget)});
  std::thread work([&] {
    WriteRequestMaker requests([this](WriteRequest request) { sender_->Put(std::move(request)); });
    WriteSteps(series, labels, requests);
    sender_->Finish();
    signals.Done();
  });
  for (Signals::Event event; (event = signals.Wait(-1)) != Signals::Event::kDone;) {
    if (event == Signals::Event::kSignal) sender_->Hurry();
  }
  work.join();
  ExitCode code = ExitCode::kDone;
  for (const RemoteWriteCounts& counts : sender_->counts()) {
    if (TellEnd(counts)) continue;
    code = Fail(ExitCode::kUnavailable, "--remote-write " + counts.url + ": " +
                                            std::to_string(counts.samples_in - counts.sent) +
                                            " of " + std::to_string(counts.samples_in) +
                                            " samples did not get there");
  }
  return code;
}

bool RemoteOutput::TellEnd(const RemoteWriteCounts& counts) const {
  const bool all = counts.sent == counts.samples_in;
  logger_.Log(all ? LogLevel::kInfo : LogLevel::kWarning, "remote write ended",
              {{"url", counts.url},
               {"samples", counts.samples_in},
               {"sent", counts.sent},
               {"retried", counts.retried},
               {"rejected", counts.rejected},
               {"no_room", counts.no_room},
               {"spool_failed", counts.spool_failed},
               {"lost_at_end", counts.at_end},
               {"in_spool", counts.pending}});
  return all;
}

}  // namespace rcodescope
