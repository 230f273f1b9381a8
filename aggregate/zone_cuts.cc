#include "aggregate/zone_cuts.h"

#include <algorithm>
#include <bit>
#include <set>

namespace rcodescope {
namespace {

// A free place is told by 0.
uint64_t Taken(uint64_t hash) { return hash | 1; }

size_t SlotOf(uint64_t hash, size_t size) { return hash >> 1 & (size - 1); }

}  // namespace

ZoneCuts::ZoneCuts(std::span<const ZoneCut> cuts, uint64_t secret) : secret_(secret) {
  if (cuts.empty()) return;
  std::set<uint64_t> servers;
  for (const ZoneCut& cut : cuts) servers.insert(cut.server);
  servers_.resize(std::bit_ceil(2 * servers.size()));
  entries_.resize(std::bit_ceil(2 * cuts.size()));
  for (const ZoneCut& cut : cuts) {
    PlaceOf(cut.server).depths |= uint64_t{1} << cut.labels;
    const uint64_t key = KeyOf(cut.server, cut.zone, secret_);
    size_t i = SlotOf(key, entries_.size());
    while (entries_[i].key != 0) i = (i + 1) & (entries_.size() - 1);
    entries_[i] = {key, cut.from, cut.to};
  }
}

ZoneCuts::Server& ZoneCuts::PlaceOf(uint64_t server) {
  const uint64_t hash = Taken(server);
  size_t i = SlotOf(hash, servers_.size());
  while (servers_[i].hash != 0 && servers_[i].hash != hash) i = (i + 1) & (servers_.size() - 1);
  servers_[i].hash = hash;
  return servers_[i];
}

uint64_t ZoneCuts::DepthsOf(uint64_t server) const {
  const uint64_t hash = Taken(server);
  size_t i = SlotOf(hash, servers_.size());
  while (servers_[i].hash != 0 && servers_[i].hash != hash) i = (i + 1) & (servers_.size() - 1);
  return servers_[i].depths;
}

bool ZoneCuts::InForce(uint64_t key, int64_t window) const {
  size_t i = SlotOf(key, entries_.size());
  while (entries_[i].key != 0 && entries_[i].key != key) i = (i + 1) & (entries_.size() - 1);
  return entries_[i].key == key && entries_[i].from <= window && window <= entries_[i].to;
}

int ZoneCuts::LongestOf(uint64_t server, const LastLabels& name, int least, int64_t window) const {
  if (empty()) return kNone;
  const int most = std::min(name.labels(), kMostLabels);
  if (least > most) return kNone;
  uint64_t depths = DepthsOf(server) & ~uint64_t{0} << least & ~uint64_t{0} >> (kMostLabels - most);
  while (depths != 0) {
    const int labels = kMostLabels - std::countl_zero(depths);
    const uint64_t zone = ZoneHash(name.Suffix(labels), secret_);
    if (InForce(KeyOf(server, zone, secret_), window)) return labels;
    depths &= ~(uint64_t{1} << labels);
  }
  return kNone;
}

}  // namespace rcodescope
