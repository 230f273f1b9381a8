// A slice as the window that a collector would make of it.
#pragma once

#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "aggregate/window.h"
#include "bench/incidents/sensor.h"
#include "bench/incidents/slice.h"

namespace rcodescope {

// Not thread-safe. The sensor is borrowed.
class WindowView {
 public:
  explicit WindowView(const Sensor& sensor) : sensor_(sensor) {}

  // Orders the slice's cells. The window is valid until the next call.
  const Window& Of(Slice& slice);

 private:
  void AddGroups(const Slice& slice);
  void AddCounts(const Slice& slice);
  void AddSpread(Slice& slice);
  double DifferentClients(std::span<const Cell> cells);
  const std::string& AddressOf(uint32_t address);
  const std::string& ClientName(uint32_t client);

  const Sensor& sensor_;
  Window window_;
  std::vector<std::string> addresses_;  // of servers: two each
  std::unordered_map<uint32_t, std::string> clients_;
  std::vector<uint32_t> client_seen_;  // by client: the last count it was part of
  uint32_t count_ = 0;
};

}  // namespace rcodescope
