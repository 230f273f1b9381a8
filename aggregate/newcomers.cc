#include "aggregate/newcomers.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "aggregate/client_network.h"

namespace rcodescope {
namespace {

constexpr size_t kLeastSpans = 3;      // that the past must have
constexpr size_t kMostNewcomers = 10;  // more are a crowd
constexpr double kNothing = 0.2;       // of what it has now: one that had more is no newcomer

struct Counts {
  double before = 0;
  double late = 0;
};

using Clients = std::map<KeyText, Counts>;
using Networks = std::map<std::string, Counts>;

// `before`: how many steps, the oldest, are before. None, where there are too many.
Clients CountClients(const GroupHistory& history, size_t span, size_t before) {
  Clients clients;
  const auto& steps = history.steps();
  for (size_t i = 0; i < steps.size(); ++i) {
    const bool is_late = i + span >= steps.size();
    if (!is_late && i >= before) continue;
    for (const auto& [group, count] : steps[i]) {
      if (group.client.empty()) continue;
      Counts& counts = clients[group.client];
      (is_late ? counts.late : counts.before) += count;
      if (clients.size() > MostClients(history.most())) return {};
    }
  }
  return clients;
}

Networks NetworksOf(const Clients& clients) {
  Networks networks;
  for (const auto& [client, counts] : clients) {
    Counts& network = networks[NetworkOf(client, 24, 48)];
    network.before += counts.before;
    network.late += counts.late;
  }
  return networks;
}

// `before` and `late`: steps.
template <typename Keyed>
Newcomers NewOf(const Keyed& keys, double before, double late) {
  // Any of them may be the one that has much by chance.
  const double choice = std::log(static_cast<double>(keys.size()));
  std::vector<Newcomers> each;
  for (const auto& [key, counts] : keys) {
    // No rate is known to be less than once in the time it is known of.
    const double mean = (counts.before + 1) / before * late;
    if (mean > kNothing * counts.late) continue;
    const double surprise =
        counts.late * std::log(counts.late / mean) - (counts.late - mean) - choice;
    if (surprise > 0) each.push_back({(counts.late - mean) / late, surprise});
  }
  std::sort(each.begin(), each.end(), [](const Newcomers& a, const Newcomers& b) {
    return a.excess != b.excess ? a.excess > b.excess : a.surprise > b.surprise;
  });
  if (each.size() > kMostNewcomers) each.resize(kMostNewcomers);
  Newcomers found;
  for (const Newcomers& one : each) {
    found.excess += one.excess;
    found.surprise += one.surprise;
  }
  return found;
}

}  // namespace

Newcomers FindNewcomers(const GroupHistory& history, size_t span) {
  // What came just before may have been its beginning.
  if (history.steps().size() < kLeastSpans * span) return {};
  const size_t before = history.steps().size() - 2 * span;
  const Clients clients = CountClients(history, span, before);
  const auto late = static_cast<double>(span);
  const Newcomers alone = NewOf(clients, static_cast<double>(before), late);
  const Newcomers together = NewOf(NetworksOf(clients), static_cast<double>(before), late);
  return alone.excess > together.excess ? alone : together;
}

}  // namespace rcodescope
