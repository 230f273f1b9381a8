// Samples pushed to Prometheus and whatever else takes its remote write.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "exporters/http_target.h"
#include "exporters/write_queue.h"

namespace rcodescope {

// Sends each target every request, in order, by a thread of its own. What fails (5xx, 429, the
// network) is tried again, 30 ms to 5 s later, or when the target says (Retry-After); another
// status than 2xx is final. Thread-safe.
class RemoteWrite {
 public:
  struct Options {
    std::vector<HttpTarget> targets;
    uint64_t queue = 0;                        // bytes of requests in memory, of each target
    std::shared_ptr<const SpoolFolder> spool;  // null: none
    uint64_t spool_limit = 0;                  // bytes, of each target
    // For so long a target that takes nothing is tried on, once the end has come, and so long
    // Finish takes in any case.
    std::chrono::nanoseconds patience{};
    std::optional<std::chrono::nanoseconds> longest_end;
    // Whether Put waits for room; the end has come from the start then.
    bool waits = false;
    // Told when a target fails that did not, with why, and when it takes samples again; and each
    // request that one rejects. By the sending thread.
    std::function<void(const std::string& url, const std::string& problem)> changed;
    std::function<void(const std::string& url, const std::string& problem)> rejected;
  };

  // What is in the spool waits to be sent.
  explicit RemoteWrite(Options options);
  ~RemoteWrite();
  RemoteWrite(const RemoteWrite&) = delete;
  RemoteWrite& operator=(const RemoteWrite&) = delete;

  void Start();
  void Put(WriteRequest request);
  // No more requests come. Returns when all is sent, or its time is over; what is left is in the
  // spool then, or counted as lost.
  void Finish();
  // No more is sent: Put and Finish wait no longer.
  void Hurry();

  // By target.
  std::vector<RemoteWriteCounts> counts() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace rcodescope
