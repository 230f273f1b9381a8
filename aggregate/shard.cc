#include "aggregate/shard.h"

namespace rcodescope {
namespace {

// Shares of the memory for keys. Servers are few, clients many; zones carry their names.
constexpr uint64_t Share(Dimension dimension) {
  switch (dimension) {
    case Dimension::kServer: return 10;
    case Dimension::kZone: return 45;
    default: return 45;
  }
}

KeyCounts MakeTable(Dimension dimension, uint64_t bytes, uint64_t secret) {
  return KeyCounts(bytes / 100 * Share(dimension), dimension == Dimension::kZone, secret);
}

}  // namespace

KeyDelta::KeyDelta(uint64_t bytes, uint64_t secret)
    : dimensions{MakeTable(Dimension::kServer, bytes, secret),
                 MakeTable(Dimension::kZone, bytes, secret),
                 MakeTable(Dimension::kClient, bytes, secret)} {}

bool KeyDelta::usable() const {
  return std::all_of(dimensions.begin(), dimensions.end(),
                     [](const KeyCounts& table) { return table.usable(); });
}

}  // namespace rcodescope
