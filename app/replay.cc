#include "app/replay.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <new>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include <unistd.h>

#include "absl/status/status.h"
#include "app/backfill.h"
#include "app/counting_setup.h"
#include "app/dissect.h"
#include "app/fail.h"
#include "app/input_files.h"
#include "app/logger.h"
#include "app/memory_plan.h"
#include "app/outputs.h"
#include "app/paced_source.h"
#include "app/pipeline.h"
#include "app/progress.h"
#include "app/remote_output.h"
#include "app/rule_replay.h"
#include "app/signals.h"
#include "app/version.h"
#include "capture/file_source.h"
#include "capture/followed_folder.h"
#include "capture/merged_source.h"
#include "exporters/file_writer.h"
#include "exporters/http_server.h"
#include "exporters/printable.h"
#include "exporters/step_series.h"

namespace rcodescope {
namespace {

constexpr uint64_t kSmallInput = uint64_t{64} << 20;  // below this, one worker is as fast as many
constexpr int kProgressMs = 200;

size_t ChooseWorkers(const Options& options, uint64_t input_bytes) {
  if (options.workers > 0) return static_cast<size_t>(options.workers);
  if (input_bytes != 0 && input_bytes < kSmallInput) return 1;
  // One worker reads by itself. With more of them a thread reads, and one collects: two cores are
  // better left to one worker and the collector.
  const unsigned cores = std::max(2U, std::thread::hardware_concurrency());
  return WorkersFor(options.memory, cores - 1);
}

// One replay, from the parts that options name to the exit code.
class Replayer {
 public:
  explicit Replayer(const Options& options)
      : options_(options),
        setup_(options),
        progress_(options.quiet ? -1 : STDERR_FILENO),
        logger_({.level = LogLevelFromName(options.log_level).value_or(LogLevel::kInfo),
                 .before_line = [this] { progress_.Clear(); }}) {}

  ExitCode Run() {
    const ExitCode prepared = Prepare();
    if (prepared != ExitCode::kDone) return prepared;
    if (options_.dissect != 0) return Dissect();
    const ExitCode enough = setup_.CheckMemory(workers_, logger_, LogLevel::kDebug);
    if (enough != ExitCode::kDone) return enough;
    const auto snapshot = std::make_shared<Snapshot>();
    if (const std::string refused = Count(*snapshot); !refused.empty()) {
      return Fail(ExitCode::kOsError, refused + " (a smaller --memory or fewer --workers may do)");
    }
    snapshot->sources = source_->files();
    snapshot->filter = options_.filters.ToString();
    const ExitCode events = EndEvents(tap_.get(), options_, logger_);
    std::optional<AlertHistory> alerts;
    const ExitCode ruled =
        wants_series() ? ReplayRules(*backfill_, options_, signals_, alerts) : ExitCode::kDone;
    ExitCode written = WriteReports(*snapshot, options_, alerts ? &*alerts : nullptr);
    if (written == ExitCode::kDone) written = events;
    if (written == ExitCode::kDone) written = ruled;
    const ExitCode series = wants_series() ? WriteBackfill(*backfill_, options_) : ExitCode::kDone;
    if (written == ExitCode::kDone) written = series;
    const ExitCode sent = wants_series() ? remote_.Send(*backfill_, signals_) : ExitCode::kDone;
    if (written == ExitCode::kDone) written = sent;
    TellResiduals(*snapshot);
    const ExitCode read = TellInputs(snapshot->sources);
    for (const InputFile& file : snapshot->sources) {
      if (file.skipped == 0) continue;
      logger_.Log(LogLevel::kWarning, "passed over damaged bytes",
                  {{"file", file.name}, {"bytes", file.skipped}});
    }
    if (server_ != nullptr && !following()) Serve(snapshot);
    return read == ExitCode::kDone ? written : read;
  }

 private:
  // Everything that can be refused is tried before the first frame is read.
  ExitCode Prepare() {
    ExitCode loaded = setup_.LoadFiles();
    if (loaded == ExitCode::kDone) loaded = setup_.LoadBaseline();
    if (loaded != ExitCode::kDone) return loaded;
    if (const ExitCode found = FindInputs(); found != ExitCode::kDone) return found;
    if (const ExitCode ruled = CheckRules(options_); ruled != ExitCode::kDone) return ruled;
    FileSourceOptions source{.paths = files_,
                             .feed = folder_.get(),
                             .slice = options_.window_ns,
                             .resync = options_.resync};
    if (!options_.filter.empty()) {
      auto filter = PacketFilter::Compile(options_.filter);
      if (!filter.ok()) {
        return Fail(ExitCode::kUsage, "filter \"" + options_.filter +
                                          "\": " + std::string(filter.status().message()));
      }
      source.filter = *std::move(filter);
    }
    if (const ExitCode opened = OpenSource(std::move(source)); opened != ExitCode::kDone) {
      return opened;
    }
    if (paced()) paced_.emplace(*source_, options_.speed);
    const ExitCode tapped = MakeTap();
    if (tapped != ExitCode::kDone) return tapped;
    const ExitCode found = remote_.Prepare();
    if (found != ExitCode::kDone) return found;
    const ExitCode bound = BindServer(options_, server_);
    if (bound != ExitCode::kDone || server_ == nullptr) return bound;
    const absl::Status started = server_->Start();
    if (started.ok()) return ExitCode::kDone;
    return Fail(ExitCode::kUnavailable, std::string(started.message()));
  }

  ExitCode FindInputs() {
    if (following()) return OpenFolder();
    auto files = FindInputFiles(options_.files, options_.recursive);
    if (!files.ok()) return Fail(ExitCode::kNoInput, std::string(files.status().message()));
    files_ = *std::move(files);
    const absl::Status written = CheckWritten(options_, files_);
    if (!written.ok()) return Fail(ExitCode::kUsage, std::string(written.message()));
    return ExitCode::kDone;
  }

  ExitCode OpenFolder() {
    const auto tell = [this](const std::string& path, const std::string& why) {
      logger_.Log(LogLevel::kWarning, "a capture is lost", {{"file", path}, {"reason", why}});
    };
    const auto pass_on = [this] {
      if (tap_ != nullptr) tap_->PassOn(0);
    };
    auto folder = FollowedFolder::Open({.folder = options_.follow,
                                        .is_capture = IsNamedLikeACapture,
                                        .pauses = pass_on,
                                        .lost = tell});
    if (folder.ok()) {
      folder_ = *std::move(folder);
      return ExitCode::kDone;
    }
    const bool absent = absl::IsNotFound(folder.status());
    return Fail(absent ? ExitCode::kNoInput : ExitCode::kOsError,
                "--follow " + std::string(folder.status().message()));
  }

  ExitCode OpenSource(FileSourceOptions files) {
    if (!options_.merge) {
      source_ = std::make_unique<FileSource>(std::move(files));
      return ExitCode::kDone;
    }
    if (files.paths.size() > MergedSource::kMostFiles) {
      return Fail(ExitCode::kUsage,
                  "--merge: " + std::to_string(files.paths.size()) + " files, of which at most " +
                      std::to_string(MergedSource::kMostFiles) +
                      " can be read at once (merge a shorter time, or mergecap them first)");
    }
    auto merged = std::make_unique<MergedSource>(std::move(files));
    merged_ = merged.get();
    source_ = std::move(merged);
    return ExitCode::kDone;
  }

  // Single messages come in the order of their frames where one worker sees them all.
  ExitCode MakeTap() {
    workers_ = ChooseWorkers(options_, source_->progress().bytes_total);
    const bool singles = !options_.events.empty() || !options_.write.empty();
    if (singles || wants_series() || paced() || following()) workers_ = 1;
    if (options_.dissect != 0) return ExitCode::kDone;
    const ExitCode made = setup_.MakeTap(workers_, logger_, tap_);
    if (tap_ != nullptr && merged_ != nullptr) TellOrigins();
    return made;
  }

  void TellOrigins() {
    std::vector<std::string> names;
    for (const std::string& file : files_) names.push_back(Printable(file));
    tap_->TellOrigins([this, names = std::move(names)](size_t place) {
      const FilePlace origin = merged_->origin(place);
      return EventOrigin{names[origin.file], origin.frame};
    });
  }

  bool wants_series() const {
    return !options_.openmetrics.empty() || !options_.into_prometheus.empty() ||
           !options_.remote_writes.empty() || !options_.rules.empty();
  }

  bool paced() const { return options_.speed > 0; }
  bool following() const { return !options_.follow.empty(); }

  ExitCode Dissect() {
    const std::string text =
        DissectOne(*source_, {.frames = setup_.frames(), .secret = setup_.key()}, setup_.zones(),
                   setup_.cuts(), options_.dissect);
    const ExitCode read = TellInputs(source_->files());
    if (text.empty() && read != ExitCode::kDone) return read;
    if (text.empty()) {
      return Fail(ExitCode::kUsage, "--dissect " + std::to_string(options_.dissect) +
                                        ": the input has " +
                                        std::to_string(source_->Stats().records) + " frames");
    }
    const absl::Status written = WriteWhole("-", text);
    return written.ok() ? read : Fail(ExitCode::kCannotCreate, std::string(written.message()));
  }

  // Runs the pipeline on a thread of its own while this one shows progress and heeds signals.
  // Answers with what the system refused; empty when all went well.
  std::string Count(Snapshot& snapshot) {
    std::string refused;
    PipelineOptions pipeline = setup_.pipeline(workers_);
    pipeline.tap = tap_.get();
    pipeline.keep_errors = !options_.html.empty() || server_ != nullptr;
    CutSink cut;
    if ((paced() || following()) && server_ != nullptr) {
      pipeline.CutEvery(options_.epoch_ns, options_.scrape_interval_ns);
      cut = [this](Snapshot at_epoch) {
        server_->Publish(std::make_shared<const Snapshot>(std::move(at_epoch)));
      };
    }
    if (wants_series()) {
      // As if the page had been read at the end of every step.
      pipeline.CutEvery(options_.openmetrics_step_ns, options_.openmetrics_step_ns);
      backfill_.emplace(pipeline.recorder.epoch, kVersion);
      cut = [this](const Snapshot& at_step) { backfill_->Add(at_step); };
    }
    if (tap_ != nullptr) tap_->Start();
    if (following()) TellBegin();
    if (paced() && server_ != nullptr) TellServing("serving what has passed so far");
    const auto start = std::chrono::steady_clock::now();
    std::thread work([&] {
      try {
        snapshot = RunPipeline(paced_.has_value() ? static_cast<PacketSource&>(*paced_) : *source_,
                               setup_.frames(), setup_.zones(), pipeline, cut);
      } catch (const std::bad_alloc&) {
        refused = "not enough memory";
      } catch (const std::exception& error) {
        refused = error.what();
      }
      signals_.Done();
    });
    for (;;) {
      const Signals::Event event = signals_.Wait(kProgressMs);
      if (event == Signals::Event::kDone) break;
      if (event == Signals::Event::kSignal) {
        source_->Stop();
        if (paced_.has_value()) paced_->Stop();
      }
      ShowProgress(std::chrono::steady_clock::now() - start);
    }
    work.join();
    progress_.Clear();
    return refused;
  }

  void ShowProgress(std::chrono::nanoseconds elapsed) {
    const ReplayProgress now = source_->progress();
    progress_.Update({.name = following() ? options_.follow : files_[now.file],
                      .bytes_read = now.bytes_read,
                      .bytes_total = now.bytes_total,
                      .packets = now.packets,
                      .elapsed_ns = elapsed.count()});
  }

  void TellResiduals(const Snapshot& snapshot) {
    const FrameLedger& frames = snapshot.frames;
    if (frames.residual == 0 && frames.message_residual == 0) return;
    logger_.Log(LogLevel::kError, "frames or messages were lost inside the program",
                {{"frames", frames.residual}, {"messages", frames.message_residual}});
  }

  // Names every input that could not be read, or not to its end.
  ExitCode TellInputs(const std::vector<InputFile>& files) {
    ExitCode worst = ExitCode::kDone;
    for (const InputFile& file : files) {
      if (file.error == InputError::kNone) continue;
      const std::string name = file.name == "-" ? "standard input" : file.name;
      ExitCode code = ExitCode::kNoInput;
      if (file.error == InputError::kBadData) code = ExitCode::kBadData;
      if (file.error == InputError::kReadError) code = ExitCode::kOsError;
      Fail(code, name + ": " + file.message +
                     (file.packets == 0 ? "" : "; what was read before is in the report"));
      if (worst != ExitCode::kBadData) worst = code;
    }
    return worst;
  }

  void TellBegin() {
    if (server_ == nullptr) {
      logger_.Log(LogLevel::kInfo, "following until SIGINT", {{"folder", options_.follow}});
    } else {
      logger_.Log(LogLevel::kInfo, "following until SIGINT",
                  {{"folder", options_.follow},
                   {"address", options_.listen},
                   {"port", server_->port()},
                   {"path", "/metrics"}});
    }
  }

  void TellServing(const char* what) {
    logger_.Log(LogLevel::kInfo, what,
                {{"address", options_.listen}, {"port", server_->port()}, {"path", "/metrics"}});
  }

  void Serve(SnapshotPtr snapshot) {
    server_->Publish(std::move(snapshot));
    TellServing("serving until SIGINT");
    while (signals_.Wait(-1) == Signals::Event::kTimeout) {
    }
  }

  const Options& options_;
  CountingSetup setup_;
  Signals signals_;
  ProgressLine progress_;
  Logger logger_;
  RemoteOutput remote_{options_, logger_};
  std::unique_ptr<FollowedFolder> folder_;  // null: files are read
  std::unique_ptr<CaptureFiles> source_;
  const MergedSource* merged_ = nullptr;  // source_, where files are merged
  std::unique_ptr<MessageTap> tap_;
  std::optional<StepSeries> backfill_;
  std::optional<PacedSource> paced_;
  std::vector<std::string> files_;
  size_t workers_ = 1;
  std::unique_ptr<HttpServer> server_;
};

}  // namespace

ExitCode Replay(const Options& options) { return Replayer(options).Run(); }

}  // namespace rcodescope
