#include "bench/incidents/trial.h"

#include <array>
#include <chrono>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "aggregate/spike_detector.h"
#include "bench/incidents/stream.h"
#include "bench/incidents/truth_json.h"
#include "bench/incidents/window_view.h"
#include "bench/incidents/yardsticks.h"

namespace rcodescope {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array<uint16_t, 3> kWatched = {kRcodeServFail, kRcodeNxDomain, kRcodeRefused};

// What a spike says when an operator reads it: this long after it was detected, or at its end.
constexpr int64_t kReadingTime = 10 * kNanosPerSecond;

// Keeps what the detector said at that time.
class Reader {
 public:
  void Look(const SpikeDetector& detector, Timestamp now) {
    for (const Spike& spike : detector.active()) {
      Spike& kept = spikes_[spike.number];
      if (kept.number == 0 || now.ns <= spike.detected.ns + kReadingTime) kept = spike;
    }
    // Only those that ended since are of interest; the list is in order of the end.
    const std::span<const Spike> ended = detector.ended();
    for (size_t i = ended.size(); i-- > 0 && !ends_.contains(ended[i].number);) {
      const Spike& spike = ended[i];
      ends_.insert(spike.number);
      Spike& kept = spikes_[spike.number];
      if (kept.number == 0) kept = spike;
      kept.end = spike.end;
    }
  }
  Json ToJson() const {
    Json list = Json::array();
    for (const auto& [number, spike] : spikes_) list.push_back(SpikeJson(spike));
    return list;
  }

 private:
  std::map<uint64_t, Spike> spikes_;
  std::set<uint64_t> ends_;
};

std::vector<std::unique_ptr<Yardstick>> Yardsticks(const Sensor& sensor) {
  std::vector<std::unique_ptr<Yardstick>> yardsticks;
  for (const uint16_t code : kWatched) {
    yardsticks.push_back(MakeStaticThreshold(sensor, code));
    yardsticks.push_back(MakeEwma(3, code));
    yardsticks.push_back(MakeEwma(6, code));
    yardsticks.push_back(MakeAlertRules(code));
  }
  return yardsticks;
}

}  // namespace

Json RunTrial(const Scenario& scenario) {
  const auto started = std::chrono::steady_clock::now();
  Stream stream(scenario);
  WindowView view(scenario.sensor);
  SpikeDetector detector;
  Reader reader;
  const std::vector<std::unique_ptr<Yardstick>> yardsticks = Yardsticks(scenario.sensor);
  uint64_t windows = 0;
  uint64_t groups = 0;
  std::map<std::string, uint64_t> responses;
  std::chrono::nanoseconds spent{0};
  for (Slice slice; stream.Next(slice); ++windows) {
    const Window& window = view.Of(slice);
    groups += window.errors.size();
    for (const RcodeCount& count : window.rcodes)
      responses[RcodeName(count.rcode)] += count.responses;
    const auto before = std::chrono::steady_clock::now();
    detector.Add(window);
    spent += std::chrono::steady_clock::now() - before;
    reader.Look(detector, {window.begin.ns + window.length});
    for (const auto& yardstick : yardsticks) yardstick->Add(window);
  }
  Json result = ScenarioJson(scenario);
  result["windows"] = windows;
  result["groups"] = groups;
  result["responses"] = responses;
  result["seconds_detector"] = std::chrono::duration<double>(spent).count();
  result["seconds_taken"] =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
  result["incidents"] = Json::array();
  for (const Truth& truth : stream.truths())
    result["incidents"].push_back(TruthJson(truth, scenario.sensor));
  result["spikes"]["rcodescope"] = reader.ToJson();
  result["disagreements"] = Json::array();
  for (const Disagreement& one : ReportOf(detector).disagreements) {
    result["disagreements"].push_back(DisagreementJson(one));
  }
  for (const auto& yardstick : yardsticks) {
    Json& list = result["spikes"][std::string(yardstick->name())];
    if (list.is_null()) list = Json::array();
    for (const Alarm& alarm : yardstick->alarms())
      list.push_back(AlarmJson(yardstick->code(), alarm));
  }
  return result;
}

}  // namespace rcodescope
