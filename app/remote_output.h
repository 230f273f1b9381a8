// --remote-write, from the options to the last word.
#pragma once

#include <memory>
#include <vector>

#include "app/exit_code.h"
#include "app/logger.h"
#include "app/options.h"
#include "app/sandbox.h"
#include "app/signals.h"
#include "exporters/epoch_writer.h"
#include "exporters/remote_write.h"
#include "exporters/step_series.h"

namespace rcodescope {

// Does nothing where no URL is named. One thread.
class RemoteOutput {
 public:
  // Both are borrowed.
  RemoteOutput(const Options& options, Logger& logger) : options_(options), logger_(logger) {}

  // Looks the hosts up and takes the spool. Says what fails, and answers with kUnavailable, or
  // kCannotCreate where it is the spool.
  ExitCode Prepare();
  // What has to stay possible in the sandbox.
  void Allow(SandboxOptions& sandbox) const;
  // Whether the process, as the user it is now, can use the spool; Prepare's way of failing.
  ExitCode CheckSpool() const;

  // Live: sends from now on. Null where no URL is named.
  EpochWriter* Start();
  // Sends what is left, as far as targets take it, and logs what became of all.
  void End();

  // Replay: sends it all, then the same; a signal ends it early. kUnavailable when a target has not
  // got all.
  ExitCode Send(const StepSeries& series, Signals& signals);

 private:
  void StartSending(bool waits);
  CommonLabels Labels(CommonLabels usual) const;
  // Whether all was sent.
  bool TellEnd(const RemoteWriteCounts& counts) const;

  const Options& options_;
  Logger& logger_;
  std::vector<HttpTarget> targets_;
  std::shared_ptr<const SpoolFolder> spool_;
  std::unique_ptr<RemoteWrite> sender_;
  std::unique_ptr<EpochWriter> epochs_;
};

}  // namespace rcodescope
