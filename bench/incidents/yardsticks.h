// Detectors to compare with: what is in every textbook, and what the shipped alert rules compute.
// Each looks at the rate of one code at the whole sensor, and says nothing of who is behind it.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "aggregate/window.h"
#include "bench/incidents/sensor.h"

namespace rcodescope {

struct Alarm {
  Timestamp detected;
  std::optional<Timestamp> end;
};

// Follows one code.
class Yardstick {
 public:
  virtual ~Yardstick() = default;
  virtual std::string_view name() const = 0;
  // One window's rate, in responses a second. An alarm ends a minute after its cause.
  void Add(const Window& window, double rate);
  const std::vector<Alarm>& alarms() const { return alarms_; }

 protected:
  // Is it an alarm at the window's end?
  virtual bool Firing(const Window& window, double rate) = 0;

 private:
  std::vector<Alarm> alarms_;
  Timestamp last_fired_;
};

// A fixed limit, as an operator would set it who knows the sensor: 3 times the mean rate of a week
// at the busiest hour, at least the floor; three seconds in a row.
std::unique_ptr<Yardstick> MakeStaticThreshold(const Sensor& sensor, uint16_t code);
// Mean and variance forgotten over five minutes; that many deviations for three seconds in a row,
// above the floor. It does not learn while it fires, for ten minutes at most.
std::unique_ptr<Yardstick> MakeEwma(int deviations, uint16_t code);
// The alert rule on a counter scraped every 15 s and evaluated as often:
//   rate1m > 3 × avg_over_time(rate1m[1h] offset 5m) and > that average + 6 σ and > floor
std::unique_ptr<Yardstick> MakePrometheusRule(uint16_t code);

}  // namespace rcodescope
