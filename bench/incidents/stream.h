// What a scenario's sensor sees, second by second, and the truth about it.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "bench/incidents/background.h"
#include "bench/incidents/scenario.h"
#include "bench/incidents/slice.h"

namespace rcodescope {

// What came of an incident that was planned: sizes are of the traffic that it met.
struct Truth {
  Incident incident;  // extra is set
  double usual = 0;   // responses a second with its code, when it began
  // The first second of five in a row in which the code's rate is 3 times as high as usual, what
  // is added is above the floor, and the sensor sees half of the frames at least. None: no detector
  // has to find it.
  std::optional<Timestamp> due;
};

// Not thread-safe. The scenario is borrowed.
class Stream {
 public:
  explicit Stream(const Scenario& scenario);

  // The next second that the sensor saw; false at the end. Now and then several in one, as when a
  // collector is late.
  bool Next(Slice& slice);
  // Of incidents that have begun.
  const std::vector<Truth>& truths() const { return truths_; }

 private:
  bool Step(Slice& slice);  // false: a gap
  void AddIncidents(Slice& slice);
  void Watch(double completeness, Timestamp time);
  void Thin(double completeness, Slice& slice);

  const Scenario& scenario_;
  Background background_;
  Random random_;
  Timestamp now_;
  Timestamp end_;
  std::vector<Truth> truths_;
  std::vector<uint32_t> due_seconds_;  // in a row, by truth
};

}  // namespace rcodescope
