#include "exporters/step_write.h"

#include <algorithm>
#include <limits>
#include <string>
#include <vector>

namespace rcodescope {
namespace {

constexpr int64_t kNanosPerMs = 1'000'000;

// One series on its way through time.
struct Walker {
  std::string labels;
  StepSeries::Walk walk;
  int64_t step = 0;    // of what comes next
  bool ended = false;  // which is the series' end
  bool gone = false;

  WriteSample Next(int64_t ms) {
    gone = ended;
    if (ended) return {ms, {}};
    const WriteSample sample{ms, walk.value()};
    ended = !walk.Next();
    step = ended ? step + 1 : walk.step();
    return sample;
  }
};

std::vector<Walker> WalkersOf(const StepSeries& series, const CommonLabels& common) {
  std::vector<Walker> walkers;
  for (const auto& [name, family] : series.families()) {
    for (const auto& [labels, samples] : family.series) {
      Walker walker{EncodeLabels(name, labels, common), StepSeries::Walk(series, samples)};
      walker.walk.Next();  // a series has one sample at least
      walker.step = walker.walk.step();
      walkers.push_back(std::move(walker));
    }
  }
  return walkers;
}

}  // namespace

void WriteSteps(const StepSeries& series, const CommonLabels& common, WriteRequestMaker& requests) {
  std::vector<Walker> walkers = WalkersOf(series, common);
  const int64_t last_step = series.last_step().value_or(0);
  for (;;) {
    int64_t step = std::numeric_limits<int64_t>::max();
    for (const Walker& walker : walkers) step = std::min(step, walker.step);
    if (walkers.empty() || step > last_step) break;
    const int64_t ms = series.EndOf(step) / kNanosPerMs;
    for (Walker& walker : walkers) {
      if (walker.step == step) requests.Add(walker.labels, walker.Next(ms));
    }
    std::erase_if(walkers, [](const Walker& walker) { return walker.gone; });
  }
  const int64_t end_ms = series.EndOf(last_step) / kNanosPerMs + 1;
  for (const Walker& walker : walkers) requests.Add(walker.labels, {end_ms, {}});
  requests.Flush();
}

}  // namespace rcodescope
