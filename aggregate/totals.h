// Counts that depend on no key: what is answered, how, and what was odd. Exact, always.
#pragma once

#include <array>
#include <cstdint>

#include "aggregate/count_table.h"
#include "aggregate/snapshot.h"
#include "parse/observation.h"

namespace rcodescope {

// Messages of one window and worker. Common combinations are counted in arrays, the rest in
// tables of fixed size. Not thread-safe.
class Totals {
 public:
  explicit Totals(uint64_t secret);

  // What the tables of one take.
  static size_t TableBytes();
  // False when the system refused the memory; then nothing else may be called.
  bool usable() const { return responses_.usable() && queries_.usable() && ede_.usable(); }

  // True when `more` messages of any kind will be counted.
  bool HasRoom(size_t more) const {
    return responses_.HasRoom(more) && queries_.HasRoom(more) &&
           ede_.HasRoom(more * EdeCodes::kCapacity);
  }
  void RecordResponse(const Observation& message);
  void RecordQuery(const Observation& message);
  void Clear();

  uint64_t query_total() const { return query_total_; }
  uint64_t response_total() const { return response_total_; }
  const std::array<uint64_t, 16>& header_rcodes() const { return header_rcodes_; }
  const std::array<uint64_t, kAnswerKinds>& answer_kinds() const { return answer_kinds_; }
  const std::array<uint64_t, kLow4Reasons>& low4_reasons() const { return low4_reasons_; }
  const TransferCounts& transfers() const { return transfers_; }
  uint64_t nxdomain_via_cname() const { return nxdomain_via_cname_; }

  // Each calls visit(ResponseCount), visit(QueryCount) or visit(EdeCount) for what is not 0.
  template <typename Visit>
  void ForEachResponse(Visit visit) const;
  template <typename Visit>
  void ForEachQuery(Visit visit) const;
  template <typename Visit>
  void ForEachEde(Visit visit) const;

 private:
  // Opcode QUERY, space dns, certainty full, code < 32.
  static constexpr size_t kCommonCodes = 32;
  // Opcode QUERY, qtype < 256.
  static constexpr size_t kCommonTypes = 256;
  static constexpr size_t kPaths = 4;  // transport × family

  static size_t PathOf(const Observation& message) {
    return size_t{static_cast<uint8_t>(message.transport)} * 2 +
           static_cast<uint8_t>(message.family);
  }

  uint64_t query_total_ = 0;
  uint64_t response_total_ = 0;
  std::array<uint64_t, 16> header_rcodes_{};
  std::array<uint64_t, kAnswerKinds> answer_kinds_{};
  std::array<uint64_t, kLow4Reasons> low4_reasons_{};
  TransferCounts transfers_{};
  uint64_t nxdomain_via_cname_ = 0;
  std::array<std::array<uint64_t, kPaths>, kCommonCodes> common_responses_{};
  std::array<std::array<uint64_t, kPaths>, kCommonTypes> common_queries_{};
  CountTable responses_;  // code << 7 | certainty << 6 | opcode << 2 | path
  CountTable queries_;    // qtype << 6 | opcode << 2 | path
  CountTable ede_;        // info code << 18 | code
};

template <typename Visit>
void Totals::ForEachResponse(Visit visit) const {
  for (size_t code = 0; code < kCommonCodes; ++code) {
    for (size_t path = 0; path < kPaths; ++path) {
      const uint64_t count = common_responses_[code][path];
      if (count == 0) continue;
      visit(ResponseCount{.rcode = {RcodeSpace::kDns, static_cast<uint16_t>(code)},
                          .transport = static_cast<Transport>(path >> 1),
                          .family = static_cast<Family>(path & 1),
                          .count = count});
    }
  }
  responses_.ForEach([&](uint64_t key, uint64_t count) {
    visit(ResponseCount{.rcode = Rcode::Unpack(static_cast<uint32_t>(key >> 7)),
                        .certainty = static_cast<Certainty>(key >> 6 & 1),
                        .opcode = static_cast<Opcode>(key >> 2 & 15),
                        .transport = static_cast<Transport>(key >> 1 & 1),
                        .family = static_cast<Family>(key & 1),
                        .count = count});
  });
}

template <typename Visit>
void Totals::ForEachQuery(Visit visit) const {
  for (size_t type = 0; type < kCommonTypes; ++type) {
    for (size_t path = 0; path < kPaths; ++path) {
      const uint64_t count = common_queries_[type][path];
      if (count == 0) continue;
      visit(QueryCount{.qtype = static_cast<uint16_t>(type),
                       .transport = static_cast<Transport>(path >> 1),
                       .family = static_cast<Family>(path & 1),
                       .count = count});
    }
  }
  queries_.ForEach([&](uint64_t key, uint64_t count) {
    visit(QueryCount{.qtype = static_cast<uint16_t>(key >> 6),
                     .opcode = static_cast<Opcode>(key >> 2 & 15),
                     .transport = static_cast<Transport>(key >> 1 & 1),
                     .family = static_cast<Family>(key & 1),
                     .count = count});
  });
}

template <typename Visit>
void Totals::ForEachEde(Visit visit) const {
  ede_.ForEach([&](uint64_t key, uint64_t count) {
    visit(EdeCount{.info_code = static_cast<uint16_t>(key >> 18),
                   .rcode = Rcode::Unpack(static_cast<uint32_t>(key & 0x3ffff)),
                   .count = count});
  });
}

}  // namespace rcodescope
