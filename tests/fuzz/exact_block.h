// Bytes that end where their heap block ends, so that AddressSanitizer sees a read one past them.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <span>

namespace rcodescope {

class ExactBlock {
 public:
  explicit ExactBlock(std::span<const std::byte> bytes)
      : block_(std::make_unique_for_overwrite<std::byte[]>(bytes.size())), size_(bytes.size()) {
    std::copy(bytes.begin(), bytes.end(), block_.get());
  }

  std::span<const std::byte> bytes() const { return {block_.get(), size_}; }

 private:
  std::unique_ptr<std::byte[]> block_;
  size_t size_;
};

}  // namespace rcodescope
