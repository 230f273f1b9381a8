// How the message targets understand their input: one byte that says how many bytes of the message
// the capture cut off, then the message as far as it was captured.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "parse/dns_message.h"
#include "tests/fuzz/exact_block.h"

namespace rcodescope {

struct MessageInput {
  ExactBlock captured;
  size_t wire;

  Cursor cursor() const { return {captured.bytes(), wire}; }
};

// Empty when there is no DNS header.
inline std::optional<MessageInput> ReadMessageInput(const uint8_t* data, size_t size) {
  if (size < 1 + kDnsHeaderSize) return {};
  const std::span<const std::byte> message = std::as_bytes(std::span(data + 1, size - 1));
  return MessageInput{.captured = ExactBlock(message), .wire = message.size() + data[0]};
}

// DecodeMessage and what it wrote to.
struct DecodedMessage {
  explicit DecodedMessage(Cursor message)
      : batch(std::make_unique<ObservationBatch>()), seen(batch->Add()) {
    DecodeMessage(message, Low4Reason::kSnapLength, seen, *batch, anomalies);
  }

  std::unique_ptr<ObservationBatch> batch;
  Observation& seen;
  AnomalyCounts anomalies{};
};

}  // namespace rcodescope
