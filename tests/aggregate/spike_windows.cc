#include "tests/aggregate/spike_windows.h"

#include <algorithm>

namespace rcodescope {
namespace {

void AddCount(Rcode rcode, uint64_t count, std::vector<RcodeCount>& counts) {
  const auto row = std::find_if(counts.begin(), counts.end(),
                                [&](const RcodeCount& entry) { return entry.rcode == rcode; });
  if (row == counts.end()) {
    counts.push_back({rcode, count});
  } else {
    row->responses += count;
  }
}

}  // namespace

Window SmallSite::At(int64_t second) const {
  Window window;
  window.begin = {(kFirstSecond + second) * kNanosPerSecond};
  for (const char* server : {"192.0.2.1", "192.0.2.2"}) {
    window.servers.push_back({server, {{Rcode{}, 100}}});
    AddCount(Rcode{}, 100, window.rcodes);
  }
  return window;
}

void SmallSite::Add(const Error& error, Window& window) {
  AddCount(error.rcode, error.count, window.rcodes);
  for (ServerWindow& server : window.servers) {
    if (server.server == error.server) AddCount(error.rcode, error.count, server.rcodes);
  }
  for (uint64_t i = 0; i < error.clients; ++i) {
    const uint64_t part = error.count / error.clients + (i < error.count % error.clients ? 1U : 0U);
    if (part == 0) continue;
    const uint64_t client = error.first_client + i;
    window.errors.push_back({.rcode = error.rcode,
                             .zone = error.zone,
                             .server = error.server,
                             .client = "10." + std::to_string(client >> 8 & 255) + "." +
                                       std::to_string(client & 255) + ".9",
                             .qtype = error.qtype,
                             .info_code = error.info_code,
                             .responses = part});
  }
  const auto clients = static_cast<double>(std::min(error.clients, error.count));
  ErrorSpread spread{error.rcode, error.zone, clients, error.names};
  for (uint64_t name = 0; error.repeated && static_cast<double>(name) < error.names; ++name) {
    spread.name_sketch.Add(KeyText(std::to_string(name)).hash());
  }
  window.spread.push_back(spread);
  spread.zone = "";
  window.spread.push_back(spread);
}

}  // namespace rcodescope
