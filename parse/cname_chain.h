// The chain of CNAME records in an answer section, followed from the question's name.
#pragma once

#include <cstddef>
#include <span>

#include "parse/dns_name.h"
#include "parse/protocol.h"

namespace rcodescope {

// Records are followed in their order, as servers write them (RFC 1034 §4.3.2). An owner that is
// written where the target before it is costs a name to be read, one that is written elsewhere two,
// which are compared; beyond kMostReads names the chain is lost.
class CnameChain {
 public:
  static constexpr int kMostReads = 8;

  // `message`: as far as it was captured; the question's name stands behind its header.
  explicit CnameChain(std::span<const std::byte> message) : message_(message) {}

  // A CNAME record with its owner at `owner` and its RDATA from `rdata` to `rdata_end`.
  void Follow(size_t owner, size_t rdata, size_t rdata_end);

  // Where the target of the last record that belongs to the chain stands; 0 when there is none,
  // or the chain was lost.
  size_t target() const { return lost_ || last_ == kDnsHeaderSize ? 0 : last_; }

 private:
  bool IsLast(size_t owner);

  std::span<const std::byte> message_;
  size_t last_ = kDnsHeaderSize;  // offset of the name that the chain has led to
  int reads_left_ = kMostReads;
  bool lost_ = false;
};

}  // namespace rcodescope
