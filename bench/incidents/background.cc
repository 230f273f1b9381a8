#include "bench/incidents/background.h"

#include <algorithm>
#include <cmath>

namespace rcodescope {
namespace {

constexpr uint64_t kReweighEvery = 60;  // s
// Zones and clients that send errors come and go: a habit's weight over an hour.
constexpr double kHabitDeviation = 0.25;
constexpr double kSecondsBetweenBursts = 200;  // of one code
constexpr double kSmallestBurst = 0.1;         // responses a second

// A single client's loop that is too small to be an incident, in responses a second.
double LargestBurst(double usual) { return std::clamp(usual / 2, 0.3, 3.0); }

std::vector<double> FleetWeights(const Sensor& sensor) {
  std::vector<double> weights;
  for (const SiteOfServer& server : sensor.fleet) weights.push_back(server.weight);
  return weights;
}

std::vector<double> HabitWeights(const CodeProfile& profile) {
  std::vector<double> weights;
  for (const Habit& habit : profile.habits) weights.push_back(habit.weight);
  return weights;
}

// Jobs start at full hours: a few more queries of all kinds for half a minute.
double JobLevel(Timestamp time) {
  const int64_t of_hour = time.ns / kNanosPerSecond % 3600;
  return of_hour < 30 ? 1.25 - 0.25 * static_cast<double>(of_hour) / 30 : 1;
}

}  // namespace

double Surge::Level(Timestamp time) const {
  const double at = static_cast<double>(time.ns - begin.ns) / kNanosPerSecond;
  const auto whole = static_cast<double>(seconds);
  if (at < 0 || at >= whole) return 0;
  return std::min(
      {1.0, (at + 1) / static_cast<double>(rise), (whole - at) / static_cast<double>(rise)});
}

Background::Background(const Sensor& sensor, const std::vector<Surge>& surges, bool coarse,
                       uint64_t seed)
    : sensor_(sensor),
      surges_(surges),
      coarse_(coarse),
      random_(seed),
      hours_(0.12, 7200),
      minutes_(0.06, 300),
      seconds_(0.05, 8),
      fleet_(FleetWeights(sensor)) {
  for (const CodeProfile& profile : sensor.codes) {
    std::vector<double> weights = HabitWeights(profile);
    WeightedChoice choice(weights);
    codes_.push_back({&profile,
                      {0.15, 5400},
                      {0.10, 240},
                      {0.10, 6},
                      std::move(weights),
                      std::vector<uint32_t>(profile.habits.size() * sensor.fleet.size()),
                      {},
                      std::move(choice)});
  }
  for (size_t i = 0; i < sensor.fleet.size(); ++i) servers_.emplace_back(0.08, 1800);
}

double Background::Mean(uint16_t code) const {
  for (const Code& each : codes_) {
    if (each.profile->code == code) return each.mean;
  }
  return 0;
}

uint16_t Background::DrawServer(const Habit& habit) {
  if (Uniform(random_) < sensor_.stickiness) return habit.server;
  return static_cast<uint16_t>(fleet_.Draw(random_));
}

void Background::Reweigh(Code& code) {
  const std::vector<Habit>& habits = code.profile->habits;
  // Pulled back to its mean within the hour.
  for (size_t i = 0; i < habits.size(); ++i) {
    const double pull = std::log(habits[i].weight / code.weights[i]) / 60;
    code.weights[i] *= std::exp(pull + kHabitDeviation * 0.18 * Normal(random_));
  }
  code.choice = WeightedChoice(code.weights);
}

void Background::Count(uint32_t habit, uint32_t server, Code& code) {
  const auto index = static_cast<uint32_t>(habit * sensor_.fleet.size() + server);
  if (code.counts[index]++ == 0) code.touched.push_back(index);
}

Cell Background::CellOf(const Code& code, uint32_t habit, uint16_t server, uint64_t responses) {
  const Habit& who = code.profile->habits[habit];
  Cell cell;
  cell.code = code.profile->code;
  cell.qtype = who.qtype;
  cell.info_code = who.info_code;
  cell.server = server;
  cell.zone = who.zone;
  cell.client = who.client;
  cell.responses = responses;
  cell.name = habit % 40;
  cell.fresh = who.fresh_names;
  return cell;
}

void Background::FillCode(double level, Slice& slice, Code& code) {
  code.mean = sensor_.rate * code.profile->share * std::pow(level, code.profile->follows_day) *
              code.hours.Step(random_) * code.minutes.Step(random_);
  const double scatter = code.seconds.Step(random_) * UnitGamma(code.profile->evenness, random_);
  const uint64_t count = Poisson(code.mean * scatter, random_);
  for (uint64_t i = 0; i < count; ++i) {
    const uint32_t habit = code.choice.Draw(random_);
    Count(habit, DrawServer(code.profile->habits[habit]), code);
  }
  const size_t servers = sensor_.fleet.size();
  for (const uint32_t index : code.touched) {
    const auto habit = static_cast<uint32_t>(index / servers);
    slice.errors.push_back(
        CellOf(code, habit, static_cast<uint16_t>(index % servers), code.counts[index]));
    code.counts[index] = 0;
  }
  code.touched.clear();
}

void Background::FillBursts(Slice& slice) {
  for (size_t code = 0; code < codes_.size(); ++code) {
    if (Uniform(random_) * kSecondsBetweenBursts >= 1) continue;
    const auto habits = static_cast<uint32_t>(codes_[code].profile->habits.size());
    bursts_.push_back({code, random_.Below(habits),
                       LogUniform(kSmallestBurst, LargestBurst(codes_[code].mean), random_),
                       static_cast<int64_t>(LogUniform(3, 900, random_))});
  }
  for (Burst& burst : bursts_) {
    --burst.seconds_left;
    const uint64_t count = Poisson(burst.rate, random_);
    if (count == 0) continue;
    const Code& code = codes_[burst.code];
    const uint16_t server = code.profile->habits[burst.habit].server;
    slice.errors.push_back(CellOf(code, burst.habit, server, count));
  }
  std::erase_if(bursts_, [](const Burst& burst) { return burst.seconds_left <= 0; });
}

// The honest part that a new client or zone brings along.
void Background::AddSurge(const Surge& surge, double answers, Slice& slice) {
  const double added = surge.size * surge.Level(slice.begin);
  if (added <= 0) return;
  for (size_t server = 0; server < sensor_.fleet.size(); ++server) {
    slice.answered[server] +=
        Poisson(answers * added / static_cast<double>(sensor_.fleet.size()), random_);
  }
  for (Code& code : codes_) {
    const double mean = added * sensor_.UsualRate(code.profile->code, slice.begin);
    const uint64_t count = Poisson(mean * UnitGamma(code.profile->evenness, random_), random_);
    for (uint64_t i = 0; i < count; ++i) {
      const uint32_t habit = code.choice.Draw(random_);
      Cell cell = CellOf(code, habit, DrawServer(code.profile->habits[habit]), 1);
      (surge.kind == SurgeKind::kBigClient ? cell.client : cell.zone) = surge.key;
      slice.errors.push_back(cell);
    }
  }
}

void Background::Fill(Slice& slice) {
  if (second_++ % kReweighEvery == kReweighEvery - 1) {
    for (Code& code : codes_) Reweigh(code);
  }
  const double usual = sensor_.DayLevel(slice.begin) * JobLevel(slice.begin) *
                       hours_.Step(random_) * minutes_.Step(random_) * seconds_.Step(random_);
  double crowd = 1;
  for (const Surge& surge : surges_) {
    if (surge.kind == SurgeKind::kFlashCrowd) crowd += surge.size * surge.Level(slice.begin);
  }
  // A crowd asks for errors as much as for answers, whatever the hour does to both.
  double errors_share = 0;
  double weights = 0;
  for (const CodeProfile& profile : sensor_.codes) errors_share += profile.share;
  for (const SiteOfServer& server : sensor_.fleet) weights += server.weight;
  const double answers = sensor_.rate * (1 - errors_share) * usual;
  slice.answered.assign(sensor_.fleet.size(), 0);
  for (size_t server = 0; server < sensor_.fleet.size(); ++server) {
    const double share = sensor_.fleet[server].weight / weights * servers_[server].Step(random_);
    slice.answered[server] = Poisson(answers * crowd * share * UnitGamma(40, random_), random_);
  }
  for (Code& code : codes_) {
    const double level = usual * std::pow(crowd, 1 / code.profile->follows_day);
    FillCode(level, slice, code);
  }
  FillBursts(slice);
  for (const Surge& surge : surges_) {
    if (surge.kind != SurgeKind::kFlashCrowd) AddSurge(surge, answers, slice);
  }
  if (coarse_) {
    for (Cell& cell : slice.errors) cell.client = cell.client < 32 ? cell.client : kAnyClient;
  }
}

}  // namespace rcodescope
