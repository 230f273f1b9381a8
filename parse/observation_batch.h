// A buffer of observations and of the names they refer to, filled by a decoder.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "parse/observation.h"

namespace rcodescope {

// Fixed size; one thread. Not to be copied: it points into itself.
class ObservationBatch {
 public:
  ObservationBatch() = default;
  ObservationBatch(const ObservationBatch&) = delete;
  ObservationBatch& operator=(const ObservationBatch&) = delete;

  // Small enough for a batch, its names and its places in the tables to stay in the first cache.
  static constexpr size_t kCapacity = 32;
  static constexpr size_t kLongestNsid = 128;  // servers send some dozen bytes

  bool full() const { return next_ == observations_.data() + kCapacity; }
  size_t size() const { return static_cast<size_t>(next_ - observations_.data()); }
  std::span<const Observation> observations() const { return {observations_.data(), size()}; }

  // The next free place, its members at their defaults; only when not full(). It becomes part of
  // the batch by Append.
  Observation& Next() {
    Observation* const place = next_;
    // `new (place) Observation`, but in stores of 16 bytes.
    const auto clear = [place](size_t from, size_t to) {
      std::memset(reinterpret_cast<std::byte*>(place) + from, 0, to - from);
    };
    clear(offsetof(Observation, qtype), offsetof(Observation, ede.codes));
    clear(offsetof(Observation, qname), sizeof(Observation));
    return *place;
  }
  void Append() { ++next_; }
  Observation& Add() {
    Observation& place = Next();
    Append();
    return place;
  }

  // Room for one name, of which Keep takes what is used. At most 3 names an observation.
  uint8_t* NameRoom() { return next_name_; }
  void Keep(NameRef name) { next_name_ += name.size; }

  // A copy of the first kLongestNsid bytes. At most one an observation.
  std::span<const std::byte> KeepNsid(std::span<const std::byte> nsid) {
    const size_t size = std::min(nsid.size(), kLongestNsid);
    std::memcpy(NameRoom(), nsid.data(), size);
    const auto kept = std::as_bytes(std::span(NameRoom(), size));
    next_name_ += size;
    return kept;
  }

  void Clear() {
    next_ = observations_.data();
    next_name_ = names_.data();
  }

 private:
  static constexpr size_t kBytesPerMessage = 3 * kNameRoom + kLongestNsid;

  std::array<Observation, kCapacity> observations_;
  std::array<uint8_t, kCapacity * kBytesPerMessage> names_;  // few are longer than 30 octets
  Observation* next_ = observations_.data();
  uint8_t* next_name_ = names_.data();
};

// Where full batches go.
class ObservationSink {
 public:
  virtual ~ObservationSink() = default;
  virtual void Consume(const ObservationBatch& batch) = 0;
};

}  // namespace rcodescope
