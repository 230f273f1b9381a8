// What `top` knows of a running instance: the figures of its pages, and what they were before.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <absl/status/statusor.h>

#include "aggregate/snapshot.h"

namespace rcodescope {

// Responses by RCODE mnemonic.
using CodeCounts = std::map<std::string, uint64_t>;

// Of all codes, and of those that are not NOERROR.
uint64_t SumOf(const CodeCounts& counts);
uint64_t ErrorsOf(const CodeCounts& counts);

// The keys of one dimension that the report names, and the rest of it.
struct KeyFigures {
  std::map<std::string, CodeCounts> keys;
  CodeCounts other;
};

// Of one report. Strings are as the instance sent them, and may hold anything.
struct Figures {
  std::string first, last;  // times of packets as RFC 3339; empty before any
  int64_t first_ns = 0, last_ns = 0;
  uint64_t packets = 0, queries = 0, responses = 0;
  uint64_t held = 0;
  int64_t residual = 0;
  std::map<std::string, uint64_t> dropped;  // by stage; of those that the source knows
  CodeCounts codes;
  std::array<KeyFigures, kDimensions> dimensions;
  std::vector<std::string> spikes;  // the sentences of those that go on
  // Of live captures.
  std::optional<double> lag_seconds;    // of the source furthest behind
  std::vector<std::string> links_down;  // interfaces
};

// Bodies of the instance's pages.
struct Pages {
  std::string report;   // /api/v1/report
  std::string spikes;   // /api/v1/spikes
  std::string metrics;  // /metrics
  bool operator==(const Pages&) const = default;
};

// InvalidArgument: the report or the spikes are not what the JSON report's schema 1 says.
absl::StatusOr<Figures> ReadFigures(const Pages& pages);

// The figures of now and, to tell rates, those before. Not thread-safe.
class FigureHistory {
 public:
  using Clock = std::chrono::steady_clock;

  // `now`: when they were had. The same report again changes no rate. One whose counts are smaller
  // is of an instance that has begun anew. Figures before are the latest whose packets are a
  // second older.
  void Take(Figures figures, std::string_view report, Clock::time_point now);

  bool empty() const { return !now_.has_value(); }
  const Figures& now() const { return *now_; }
  // Null: rates are those of all that `now` tells of.
  const Figures* before() const { return past_.empty() ? nullptr : &past_.front(); }
  // Source time over which rates are: between the last packets of both. 0 where that is less than
  // a second, of which no rate a second can be told.
  int64_t span_ns() const;
  // When the report was seen to change.
  Clock::time_point changed() const { return changed_; }

 private:
  std::optional<Figures> now_;
  std::deque<Figures> past_;  // oldest first: those before, and newer ones
  size_t report_hash_ = 0;
  Clock::time_point changed_{};
};

}  // namespace rcodescope
