// The traffic of every day at a sensor, second by second: levels that follow the hour, wander and
// scatter more than Poisson counts do, small bursts of a single client, jobs at full hours. And the
// surges that are no incident: what grows is all of it, or an honest part.
#pragma once

#include <cstdint>
#include <vector>

#include "bench/incidents/draws.h"
#include "bench/incidents/sensor.h"
#include "bench/incidents/slice.h"

namespace rcodescope {

enum class SurgeKind : uint8_t {
  kFlashCrowd,  // everybody asks more, errors grow along
  kBigClient,   // a large customer is connected, with errors as others have them
  kZoneDeploy,  // a new zone becomes popular, with errors as others have them
  kCount,
};
inline constexpr std::array<std::string_view, static_cast<size_t>(SurgeKind::kCount)>
    kSurgeKindNames = {"flash_crowd", "big_client", "zone_deploy"};

struct Surge {
  SurgeKind kind = SurgeKind::kFlashCrowd;
  Timestamp begin;
  int64_t seconds = 0;
  int64_t rise = 60;  // seconds until it is whole, and again until it is gone
  double size = 1;    // what is added, times the level without it
  uint32_t key = 0;   // the new client or zone

  double Level(Timestamp time) const;  // 0 to 1
};

// Not thread-safe. The sensor is borrowed.
class Background {
 public:
  // `coarse`: errors have no client but for a few; faster, for long quiet stretches.
  Background(const Sensor& sensor, const std::vector<Surge>& surges, bool coarse, uint64_t seed);

  // Adds the next second's responses to an empty slice; its begin is set. Seconds follow each
  // other, also those that a gap will hide.
  void Fill(Slice& slice);
  // Responses a second with a code that the last second was drawn from, without what is forgotten
  // within seconds.
  double Mean(uint16_t code) const;

 private:
  struct Code {
    const CodeProfile* profile;
    Wander hours;
    Wander minutes;
    Wander seconds;
    std::vector<double> weights;   // of habits, wandering
    std::vector<uint32_t> counts;  // of this second: habit × server; zeros between seconds
    std::vector<uint32_t> touched;
    WeightedChoice choice;
    double mean = 0;
  };
  // One client repeats one failing query for a while.
  struct Burst {
    size_t code;
    uint32_t habit;
    double rate;
    int64_t seconds_left;
  };

  void FillCode(double level, Slice& slice, Code& code);
  void FillBursts(Slice& slice);
  void AddSurge(const Surge& surge, double answers, Slice& slice);
  void Reweigh(Code& code);
  void Count(uint32_t habit, uint32_t server, Code& code);
  uint16_t DrawServer(const Habit& habit);
  Cell CellOf(const Code& code, uint32_t habit, uint16_t server, uint64_t responses);

  const Sensor& sensor_;
  const std::vector<Surge>& surges_;
  bool coarse_;
  Random random_;
  Wander hours_;
  Wander minutes_;
  Wander seconds_;
  std::vector<Code> codes_;
  std::vector<Wander> servers_;
  WeightedChoice fleet_;
  std::vector<Burst> bursts_;
  uint64_t second_ = 0;
};

}  // namespace rcodescope
