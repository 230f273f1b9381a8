// A buffer of observations and of the names they refer to, filled by a decoder.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <span>

#include "parse/observation.h"

namespace rcodescope {

// Fixed size; one thread.
class ObservationBatch {
 public:
  // Small enough for a batch, its names and its places in the tables to stay in the first cache.
  static constexpr size_t kCapacity = 32;
  static constexpr size_t kLongestNsid = 128;  // servers send some dozen bytes

  bool full() const { return size_ == kCapacity || names_used_ + kBytesPerMessage > names_.size(); }
  size_t size() const { return size_; }
  std::span<const Observation> observations() const { return {observations_.data(), size_}; }

  // The next free place, its members at their defaults; only when not full(). It becomes part of
  // the batch at once.
  Observation& Add() {
    Observation& place = observations_[size_++];
    return *::new (&place) Observation;  // not Observation{}: that would clear its arrays as well
  }

  // Room for one name, of which Keep takes what is used. At most 3 names an observation.
  uint8_t* NameRoom() { return names_.data() + names_used_; }
  void Keep(NameRef name) { names_used_ += name.size; }

  // A copy of the first kLongestNsid bytes. At most one an observation.
  std::span<const std::byte> KeepNsid(std::span<const std::byte> nsid) {
    const size_t size = std::min(nsid.size(), kLongestNsid);
    std::memcpy(NameRoom(), nsid.data(), size);
    const auto kept = std::as_bytes(std::span(NameRoom(), size));
    names_used_ += size;
    return kept;
  }

  void Clear() { size_ = names_used_ = 0; }

 private:
  static constexpr size_t kBytesPerMessage = 3 * kNameRoom + kLongestNsid;

  std::array<Observation, kCapacity> observations_;
  std::array<uint8_t, 16 * 1024> names_;
  size_t size_ = 0;
  size_t names_used_ = 0;
};

// Where full batches go.
class ObservationSink {
 public:
  virtual ~ObservationSink() = default;
  virtual void Consume(const ObservationBatch& batch) = 0;
};

}  // namespace rcodescope
