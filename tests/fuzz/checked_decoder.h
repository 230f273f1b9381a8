// A Decoder whose accounts are checked.
#pragma once

#include <array>
#include <cstdint>

#include "parse/decoder.h"
#include "tests/fuzz/require.h"

namespace rcodescope {

class CountingSink final : public ObservationSink {
 public:
  void Consume(const ObservationBatch& batch) override {
    count_ += batch.size();
    for (const Observation& seen : batch.observations()) Touch(seen);
  }
  uint64_t count() const { return count_; }

 private:
  // Reads all that an observation borrows.
  void Touch(const Observation& seen) {
    for (const NameRef name : {seen.qname, seen.final_name, seen.authority_owner}) {
      for (size_t i = 0; i < name.size; ++i) sum_ = sum_ + name.data[i];
    }
    for (const std::byte byte : seen.nsid) sum_ = sum_ + std::to_integer<uint64_t>(byte);
  }

  uint64_t count_ = 0;
  volatile uint64_t sum_ = 0;
};

class CheckedDecoder {
 public:
  void Decode(const Packet& packet) {
    decoder_.Decode(packet);
    ++given_;
  }

  void Expire(Timestamp now) { decoder_.Expire(now); }

  // Every frame has ended in one disposition, or is held; every message has reached the sink.
  void FlushAndCheck() {
    decoder_.Flush();
    const DecoderStats stats = decoder_.stats();
    Require(stats.frames() + decoder_.held() == given_, "frames given = dispositions + held");
    Require(stats.messages == sink_.count(), "messages counted = observations given out");
  }

  // At the end nothing is held.
  void FinishAndCheck() {
    decoder_.Finish();
    FlushAndCheck();
    Require(decoder_.held() == 0, "nothing is held at the end");
  }

 private:
  static DecoderOptions Options() {
    static const PortSet ports(std::array{kDnsPort});
    return {.frames = {.dns_ports = &ports}};
  }

  CountingSink sink_;
  Decoder decoder_{Options(), sink_};
  uint64_t given_ = 0;
};

}  // namespace rcodescope
