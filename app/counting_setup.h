// What every command that counts makes of the options before its first frame.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "aggregate/baseline.h"
#include "aggregate/pseudonyms.h"
#include "aggregate/zone_policy.h"
#include "app/exit_code.h"
#include "app/logger.h"
#include "app/memory_plan.h"
#include "app/options.h"
#include "app/pipeline.h"
#include "parse/frame.h"

namespace rcodescope {

class CountingSetup {
 public:
  // `options` are borrowed. Takes a hash key from the kernel, unless they fix one.
  explicit CountingSetup(const Options& options);
  CountingSetup(const CountingSetup&) = delete;
  CountingSetup& operator=(const CountingSetup&) = delete;

  // Whether --memory is enough for so many workers. If not, says what would be and answers with the
  // exit code; else logs how it is divided. `level`: of that line.
  ExitCode CheckMemory(size_t workers, Logger& logger, LogLevel level) const;

  // To be called before zones() and pipeline(): reads the list of public suffixes, the configured
  // zones and the key of pseudonyms. On failure says why and answers with the exit code.
  ExitCode LoadFiles();
  // The same of what --baseline names; before pipeline().
  ExitCode LoadBaseline();

  // Opens what --events and --write name, and makes what single messages go through, for so many
  // workers; `tap` stays null where nobody wants any, and borrows `logger`. On failure says why and
  // answers with the exit code.
  ExitCode MakeTap(size_t workers, Logger& logger, std::unique_ptr<MessageTap>& tap) const;

  uint64_t key() const { return key_; }
  const ZonePolicy& zones() const { return *zones_; }
  const std::vector<uint16_t>& dns_ports() const { return dns_port_list_; }
  const std::vector<uint16_t>& vxlan_ports() const { return vxlan_ports_; }
  const FrameOptions& frames() const { return frames_; }
  PipelineOptions pipeline(size_t workers) const;
  // What the pipeline's collector learns with.
  CutLearnerOptions cuts() const {
    return {.capacity = CutsIn(options_.memory), .window = options_.window_ns, .secret = key_};
  }

 private:
  std::unique_ptr<FlightRecorder> MakeFlightRecorder(size_t workers, Logger& logger) const;

  const Options& options_;
  const uint64_t key_;
  const std::vector<uint16_t> dns_port_list_;
  const PortSet dns_ports_;
  const std::vector<uint16_t> vxlan_ports_;
  const FrameOptions frames_;
  std::unique_ptr<ZonePolicy> zones_;
  std::shared_ptr<const Baseline> baseline_;
  std::unique_ptr<SiteTable> sites_;  // null: there are none
  std::unique_ptr<Pseudonyms> pseudonyms_;
};

}  // namespace rcodescope
