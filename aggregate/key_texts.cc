#include "aggregate/key_texts.h"

#include <cstring>

#include "parse/keyed_hash.h"

namespace rcodescope {
namespace {

template <typename Texts>
void DropUnused(Texts& texts, size_t most, size_t& kept) {
  if (texts.size() <= kept + most) return;
  absl::erase_if(texts, [](const auto& entry) { return entry.second.sole(); });
  kept = texts.size();
}

}  // namespace

size_t KeyTexts::HashOfHost::operator()(const Host& host) const {
  return KeyedHash64(host.address.bytes.data(), host.address.bytes.size(), host.bits);
}

const KeyText& KeyTexts::OfZone(NameRef zone) {
  const std::string_view bytes(reinterpret_cast<const char*>(zone.data), zone.size);
  auto place = zones_.find(bytes);
  if (place == zones_.end()) place = zones_.emplace(bytes, labels_.OfZone(zone)).first;
  return place->second;
}

const KeyText& KeyTexts::OfServer(const IpAddress& server) {
  KeyText& text = hosts_[{server, kServer}];
  if (text.empty()) text = server.ToString();
  return text;
}

const KeyText& KeyTexts::OfClient(const IpAddress& client, uint8_t bits) {
  KeyText& text = hosts_[{client, bits}];
  if (text.empty()) text = labels_.OfClientInWindow(client, bits);
  return text;
}

void KeyTexts::Bound(size_t most) {
  DropUnused(zones_, most, zones_kept_);
  DropUnused(hosts_, most, hosts_kept_);
}

}  // namespace rcodescope
