#include "bench/incidents/stream.h"

#include <algorithm>

#include "bench/incidents/draws.h"

namespace rcodescope {
namespace {

constexpr double kDueSize = 3;
constexpr uint32_t kDueSeconds = 5;
constexpr double kDueCompleteness = 0.5;
// One window in this many is of several seconds.
constexpr uint32_t kLongWindowEvery = 7000;

}  // namespace

Stream::Stream(const Scenario& scenario)
    : scenario_(scenario),
      background_(scenario.sensor, scenario.surges, scenario.coarse, Mix64(scenario.seed)),
      random_(Mix64(scenario.seed + 1)),
      now_(scenario.begin),
      end_{scenario.begin.ns + scenario.seconds * kNanosPerSecond} {}

void Stream::AddIncidents(Slice& slice) {
  for (size_t next = truths_.size();
       next < scenario_.incidents.size() && scenario_.incidents[next].begin <= slice.begin;
       ++next) {
    Truth truth{scenario_.incidents[next], 0, std::nullopt};
    truth.usual = background_.Mean(truth.incident.code);
    truth.incident.extra = (truth.incident.size - 1) * truth.usual;
    truths_.push_back(std::move(truth));
    due_seconds_.push_back(0);
  }
  for (const Truth& truth : truths_) truth.incident.AddTo(scenario_.sensor, random_, slice);
}

void Stream::Watch(double completeness, Timestamp time) {
  for (size_t i = 0; i < truths_.size(); ++i) {
    Truth& truth = truths_[i];
    const double extra = truth.incident.extra * truth.incident.Level(time);
    const bool counts = extra >= (kDueSize - 1) * truth.usual &&
                        extra >= Floor(truth.incident.code) && completeness >= kDueCompleteness;
    due_seconds_[i] = counts ? due_seconds_[i] + 1 : 0;
    if (due_seconds_[i] == kDueSeconds && !truth.due) {
      truth.due = Timestamp{time.ns - (kDueSeconds - 1) * kNanosPerSecond};
    }
  }
}

void Stream::Thin(double completeness, Slice& slice) {
  for (uint64_t& responses : slice.answered) responses = Binomial(responses, completeness, random_);
  for (Cell& cell : slice.errors) cell.responses = Binomial(cell.responses, completeness, random_);
  std::erase_if(slice.errors, [](const Cell& cell) { return cell.responses == 0; });
}

bool Stream::Step(Slice& slice) {
  slice.begin = now_;
  slice.length = kNanosPerSecond;
  slice.completeness = 1;
  slice.errors.clear();
  now_.ns += kNanosPerSecond;
  background_.Fill(slice);
  AddIncidents(slice);
  for (const Loss& loss : scenario_.losses) {
    if (loss.Covers(slice.begin))
      slice.completeness = std::min(slice.completeness, loss.completeness);
  }
  Watch(slice.completeness, slice.begin);
  if (slice.completeness == 0) return false;
  if (slice.completeness < 1) Thin(slice.completeness, slice);
  return true;
}

bool Stream::Next(Slice& slice) {
  do {
    if (now_ >= end_) return false;
  } while (!Step(slice));
  if (!random_.OneIn(kLongWindowEvery)) return true;
  Slice more;
  for (uint32_t seconds = 1 + random_.Below(4); seconds > 0 && now_ < end_; --seconds) {
    if (!Step(more)) break;
    slice.length += kNanosPerSecond;
    slice.completeness = std::min(slice.completeness, more.completeness);
    for (size_t i = 0; i < slice.answered.size(); ++i) slice.answered[i] += more.answered[i];
    slice.errors.insert(slice.errors.end(), more.errors.begin(), more.errors.end());
  }
  return true;
}

}  // namespace rcodescope
