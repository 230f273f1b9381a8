#include "aggregate/shard.h"

namespace rcodescope {
namespace {

KeyCounts MakeTable(Dimension dimension, uint64_t bytes, uint64_t secret,
                    bool with_members = false) {
  return KeyCounts(KeyBytesOf(dimension, bytes), HasNames(dimension), secret, KeyCounts::kFewCodes,
                   with_members);
}

}  // namespace

// Servers are few, clients many; zones carry their names.
uint64_t KeyBytesOf(Dimension dimension, uint64_t bytes) {
  const uint64_t percent = dimension == Dimension::kServer ? 10 : 45;
  return bytes / 100 * percent;
}

KeyDelta::KeyDelta(uint64_t bytes, uint64_t secret, bool count_members)
    : dimensions{MakeTable(Dimension::kServer, bytes, secret),
                 MakeTable(Dimension::kZone, bytes, secret),
                 MakeTable(Dimension::kClient, bytes, secret, count_members)} {}

void KeyDelta::Prefault() const {
  for (const KeyCounts& table : dimensions) table.Prefault();
}

bool KeyDelta::usable() const {
  return std::all_of(dimensions.begin(), dimensions.end(),
                     [](const KeyCounts& table) { return table.usable(); });
}

}  // namespace rcodescope
