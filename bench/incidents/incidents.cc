// incidents: runs seeded scenarios through the spike detector and the yardsticks. One line of JSON
// for each on standard output: the truth, and what each of them said. judge.py makes verdicts of
// it.
#include <cstdio>
#include <string>
#include <string_view>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "bench/incidents/hard_scenario.h"
#include "bench/incidents/scenario.h"
#include "bench/incidents/trial.h"

namespace rcodescope {
namespace {

constexpr int kUsage = 64;  // sysexits(3)
void Print(const Scenario& scenario, std::string_view name) {
  nlohmann::ordered_json line = RunTrial(scenario);
  line["name"] = name;
  std::printf("%s\n", line.dump().c_str());
  std::fflush(stdout);
}

int Run(int argc, char** argv) {
  uint64_t seed = 1;
  uint64_t count = 1;
  int64_t seconds = 7 * 86'400;
  bool quiet = false;
  bool is_short = false;
  bool hard = false;
  CLI::App app("Runs seeded incidents through the spike detector.", "incidents");
  app.add_option("--seed", seed, "of the first scenario")->capture_default_str();
  app.add_option("--count", count, "scenarios, with seeds that follow each other")
      ->capture_default_str();
  app.add_flag("--quiet", quiet, "scenarios without incidents");
  app.add_flag("--hard", hard, "each stream that is meant to fool a detector, once a count");
  app.add_flag("--short", is_short, "short captures, whose incident may begin with them");
  app.add_option("--seconds", seconds, "length of a quiet scenario")->capture_default_str();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kUsage;
  }
  for (; count > 0; --count, ++seed) {
    if (hard) {
      for (size_t i = 0; i < kHardCases.size(); ++i) {
        Print(DrawHardScenario(i, seed), kHardCases[i]);
      }
    } else if (is_short) {
      Print(DrawShortScenario(seed), "short");
    } else if (quiet) {
      Print(DrawQuietScenario(seed, seconds), "quiet");
    } else {
      Print(DrawIncidentScenario(seed), "incidents");
    }
  }
  return 0;
}

}  // namespace
}  // namespace rcodescope

int main(int argc, char** argv) { return rcodescope::Run(argc, argv); }
