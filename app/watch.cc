#include "app/watch.h"

#include <exception>
#include <filesystem>
#include <new>
#include <optional>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include <unistd.h>

#include "app/fail.h"
#include "app/host_name.h"
#include "app/live_page.h"
#include "app/logger.h"
#include "app/outputs.h"
#include "app/process_memory.h"
#include "app/remote_output.h"
#include "app/sandbox.h"
#include "app/service_notifier.h"
#include "app/signals.h"
#include "exporters/alertmanager.h"

namespace rcodescope {
namespace {

constexpr int kLookMs = 500;

ExitCode CodeOf(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kNotFound: return ExitCode::kNoInput;
    case absl::StatusCode::kPermissionDenied: return ExitCode::kNoPermission;
    case absl::StatusCode::kInvalidArgument: return ExitCode::kUsage;
    default: return ExitCode::kOsError;
  }
}

class Watcher {
 public:
  Watcher(const Options& options, const CaptureOpener& open)
      : options_(options),
        open_(open),
        setup_(options),
        logger_({.level = LogLevelFromName(options.log_level).value_or(LogLevel::kInfo)}) {}

  ExitCode Run() {
    Signals::Block();
    const ExitCode prepared = Prepare();
    if (prepared != ExitCode::kDone) return prepared;
    const ExitCode protected_now = Protect();
    return protected_now == ExitCode::kDone ? Count() : protected_now;
  }

 private:
  ExitCode Prepare() {
    ExitCode code = FindUser();
    if (code == ExitCode::kDone) code = FindReportFolders(options_, sandbox_.folders);
    if (code == ExitCode::kDone) code = setup_.LoadFiles();
    if (code == ExitCode::kDone) code = setup_.LoadBaseline();
    if (code == ExitCode::kDone) code = BindServer(options_, server_);
    if (code == ExitCode::kDone) code = FindAlertmanagers();
    if (code == ExitCode::kDone) code = remote_.Prepare();
    if (code == ExitCode::kDone) code = OpenCapture();
    if (code == ExitCode::kDone) code = setup_.MakeTap(capture_->queues(), logger_, tap_);
    if (code == ExitCode::kDone) code = TakeMemory();
    return code;
  }

  // Names of hosts are looked up here: later on, nothing can be asked.
  ExitCode FindAlertmanagers() {
    for (const std::string& url : options_.alertmanagers) {
      auto target = FindHttpTarget(url, kAlertsPath);
      if (!target.ok()) {
        return Fail(ExitCode::kUnavailable,
                    "--alertmanager " + url + ": " + std::string(target.status().message()));
      }
      sandbox_.connects.push_back(target->port);
      alert_targets_.push_back(*std::move(target));
    }
    return ExitCode::kDone;
  }

  void StartAlerts() {
    if (alert_targets_.empty()) return;
    alerts_ = std::make_unique<Alertmanagers>(Alertmanagers::Options{
        .targets = alert_targets_,
        .instance = HostName(),
        .changed = [this](const std::string& target, const std::string& problem) {
          logger_.Log(problem.empty() ? LogLevel::kInfo : LogLevel::kWarning,
                      problem.empty() ? "an Alertmanager takes alerts again"
                                      : "an Alertmanager takes no alerts",
                      {{"url", target}, {"reason", problem}});
        }});
    alerts_->Start();
  }

  ExitCode OpenCapture() {
    auto capture = open_(setup_);
    if (!capture.ok())
      return Fail(CodeOf(capture.status()), std::string(capture.status().message()));
    capture_ = *std::move(capture);
    return ExitCode::kDone;
  }

  ExitCode TakeMemory() {
    const ExitCode enough = setup_.CheckMemory(capture_->queues(), logger_, LogLevel::kInfo);
    if (enough != ExitCode::kDone) return enough;
    PipelineOptions options = setup_.pipeline(capture_->queues());
    options.prefault = true;
    options.CutEvery(options_.epoch_ns, options_.scrape_interval_ns);
    options.recorder.waits = false;
    options.tap = tap_.get();
    try {
      pipeline_.emplace(setup_.frames(), setup_.zones(), options);
    } catch (const std::bad_alloc&) {
      return Fail(ExitCode::kOsError,
                  "not enough memory (a smaller --memory or fewer --workers may do)");
    }
    TellMemory();
    return ExitCode::kDone;
  }

  // What has become real of it. Rings are the kernel's, beside --memory.
  void TellMemory() {
    const ProcessMemory memory = ReadProcessMemory();
    const uint64_t rings = options_.command == Command::kLive ? options_.ring_size : 0;
    logger_.Log(LogLevel::kInfo, "memory is taken",
                {{"anonymous", memory.anonymous},
                 {"huge_pages", memory.huge},
                 {"rings", rings * capture_->queues()}});
  }

  ExitCode FindUser() {
    const auto account = FindAccount(options_.user);
    if (!account.ok()) {
      return Fail(ExitCode::kUsage,
                  "--user " + options_.user + ": " + std::string(account.status().message()));
    }
    sandbox_.account = *account;
    return ExitCode::kDone;
  }

  // libpcap reads there what the interface dropped; where it cannot, it counts nonsense.
  void FindStatistics() {
    for (const std::string& interface : options_.interfaces) {
      const std::string folder = "/sys/class/net/" + interface + "/statistics";
      std::error_code error;
      if (std::filesystem::is_directory(folder, error)) sandbox_.sources.push_back(folder);
    }
  }

  // Gives rights up, logs which could not be, and tries what is needed later on.
  ExitCode Protect() {
    FindStatistics();
    remote_.Allow(sandbox_);
    const std::vector<Protection> protections =
        options_.no_sandbox ? SandboxState() : EnterSandbox(sandbox_);
    for (const Protection& protection : protections) {
      protections_.push_back({protection.feature, protection.active});
      if (protection.active || options_.no_sandbox) continue;
      logger_.Log(LogLevel::kWarning, "a protection is not in force",
                  {{"feature", protection.feature}, {"reason", protection.problem}});
    }
    if (options_.no_sandbox) {
      logger_.Log(LogLevel::kWarning, "the process keeps all its rights (--no-sandbox)");
    }
    const ExitCode writable = CheckReportsWritable(options_);
    return writable == ExitCode::kDone ? remote_.CheckSpool() : writable;
  }

  ExitCode Count() {
    Signals signals;
    if (server_ != nullptr) {
      const absl::Status started = server_->Start();
      if (!started.ok()) return Fail(ExitCode::kUnavailable, std::string(started.message()));
    }
    StartAlerts();
    LivePage page(*capture_, pipeline_->meters(), pipeline_->bell(), protections_, server_.get(),
                  logger_, tap_.get(), alerts_.get(), remote_.Start());
    if (tap_ != nullptr) tap_->Start();
    std::string refused;
    std::thread work([&] {
      try {
        pipeline_->Watch(
            *capture_, [&](Snapshot snapshot) { page.Cut(std::move(snapshot)); },
            [&](const SpikeDetector& detector) { page.Spikes(detector); });
      } catch (const std::exception& error) {
        refused = error.what();
      }
      signals.Done();
    });
    TellBegin();
    bool asked = false;
    const int look_ms = service_.LookMs(kLookMs);
    for (Signals::Event event; (event = signals.Wait(look_ms)) != Signals::Event::kDone;) {
      if (event == Signals::Event::kSignal) {
        asked = true;
        service_.Stopping();
        capture_->Stop();
      }
      page.Look();
      if (page.healthy()) service_.Alive();
    }
    work.join();
    if (!refused.empty()) return Fail(ExitCode::kOsError, refused);
    const ExitCode events = EndEvents(tap_.get(), options_, logger_);
    ExitCode written = WriteReports(*page.last(), options_);
    if (written == ExitCode::kDone) written = events;
    remote_.End();
    TellEnd(*page.last());
    return asked ? written : Fail(ExitCode::kOsError, WhyEnded());
  }

  // Of a capture that nobody stopped.
  std::string WhyEnded() const {
    std::string why = "the capture has ended by itself";
    for (const InterfaceStatus& interface : capture_->interfaces()) {
      if (!interface.ended.empty()) why += "; " + interface.name + ": " + interface.ended;
    }
    return why;
  }

  void TellBegin() {
    std::string names;
    for (const InterfaceStatus& interface : capture_->interfaces()) {
      names += (names.empty() ? "" : ",") + interface.name;
    }
    if (server_ == nullptr) {
      logger_.Log(LogLevel::kInfo, "capturing until SIGINT",
                  {{"interfaces", names}, {"workers", capture_->queues()}});
    } else {
      logger_.Log(LogLevel::kInfo, "capturing until SIGINT",
                  {{"interfaces", names},
                   {"workers", capture_->queues()},
                   {"address", options_.listen},
                   {"port", server_->port()},
                   {"path", "/metrics"}});
    }
    if (!service_.problem().empty()) {
      logger_.Log(LogLevel::kWarning, "the service manager cannot be told how this goes",
                  {{"reason", service_.problem()}});
    }
    service_.Ready();
  }

  void TellEnd(const Snapshot& snapshot) {
    uint64_t dropped = 0;
    for (const CaptureStats& queue : snapshot.queues) {
      for (const std::optional<uint64_t>& stage : queue.dropped) dropped += stage.value_or(0);
    }
    logger_.Log(LogLevel::kInfo, "capture ended",
                {{"frames", snapshot.frames.seen}, {"dropped", dropped}});
    const std::optional<int64_t> residual = snapshot.frames.source_residual;
    if (residual.value_or(0) == 0) return;
    logger_.Log(LogLevel::kError, "the source's figures do not add up", {{"frames", *residual}});
  }

  const Options& options_;
  const CaptureOpener& open_;
  CountingSetup setup_;
  Logger logger_;
  RemoteOutput remote_{options_, logger_};
  ServiceNotifier service_;
  SandboxOptions sandbox_;
  LivePage::Protections protections_;
  std::unique_ptr<HttpServer> server_;
  std::vector<HttpTarget> alert_targets_;
  std::unique_ptr<Alertmanagers> alerts_;
  std::unique_ptr<LiveCapture> capture_;
  std::unique_ptr<MessageTap> tap_;
  std::optional<Pipeline> pipeline_;
};

}  // namespace

ExitCode Watch(const Options& options, const CaptureOpener& open) {
  return Watcher(options, open).Run();
}

}  // namespace rcodescope
