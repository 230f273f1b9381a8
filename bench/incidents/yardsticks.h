// Detectors to compare with: what is in every textbook, and what the alert rules in
// deploy/prometheus compute. None says what an incident is.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "aggregate/spike.h"
#include "aggregate/window.h"
#include "bench/incidents/sensor.h"

namespace rcodescope {

struct Alarm {
  SpikeDimension dimension = SpikeDimension::kOverall;
  std::string key;
  Timestamp detected;
  std::optional<Timestamp> end;
};

// Follows one code. Not thread-safe.
class Yardstick {
 public:
  explicit Yardstick(uint16_t code) : code_(code) {}
  virtual ~Yardstick() = default;
  virtual std::string_view name() const = 0;
  virtual void Add(const Window& window) = 0;

  uint16_t code() const { return code_; }
  const std::vector<Alarm>& alarms() const { return alarms_; }

 protected:
  uint64_t Responses(const std::vector<RcodeCount>& counts) const;

  std::vector<Alarm> alarms_;

 private:
  uint16_t code_;
};

// A fixed limit for the rate at the whole sensor, as an operator would set it who knows the place:
// 3 times the mean rate of a week at the busiest hour, at least the floor; three seconds in a row.
std::unique_ptr<Yardstick> MakeStaticThreshold(const Sensor& sensor, uint16_t code);

// The rate at the whole sensor against its mean and variance, forgotten over five minutes: that
// many deviations above for three seconds in a row, and above the floor. It does not learn while
// it fires, for ten minutes at most.
std::unique_ptr<Yardstick> MakeEwma(int deviations, uint16_t code);

// The rules for spikes overall, of a server and of a zone, on counters that are scraped every 15 s
// and rules that are evaluated as often. Every key is on the page at once, which a page of
// --top keys cannot promise.
std::unique_ptr<Yardstick> MakeAlertRules(uint16_t code);

}  // namespace rcodescope
