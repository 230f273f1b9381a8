// The container formats of capture files: one reader each, chosen by the first bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "capture/byte_input.h"
#include "capture/intake.h"

namespace rcodescope {

// No frame of a capture file is longer (the largest snap length that tcpdump writes); a record
// that claims more is damage.
inline constexpr uint32_t kLargestFrame = 262'144;

// Takes records off the front of a window of bytes. Not thread-safe.
class RecordReader {
 public:
  enum class Result : uint8_t {
    kBatch,       // the batch is as full as it may get
    kMoreNeeded,  // the window ends inside a record: needed() bytes would hold the next step
    kDamaged,     // error() says what is wrong at the input's offset; nothing can follow
  };

  virtual ~RecordReader() = default;

  // Offers the records of `input`'s window to `intake`, one by one.
  virtual Result Fill(ByteInput& input, Intake& intake) = 0;

  // Looks for the next plausible record in the window, which begins with a damaged one, and
  // moves there. `last`: the input has no bytes behind the window; otherwise the search leaves
  // the last kResyncWindow bytes alone, so that it finds the same however the bytes arrive. False
  // when there is none. Formats that cannot be searched always answer false.
  static constexpr size_t kResyncWindow = size_t{2} * kLargestFrame;
  virtual bool Resync(ByteInput&, [[maybe_unused]] bool last) { return false; }

  size_t needed() const { return needed_; }
  // Whether kMoreNeeded came inside a record whose front has been consumed already.
  bool inside_record() const { return inside_record_; }
  const std::string& error() const { return error_; }

 protected:
  Result NeedMore(size_t bytes, bool inside_record = false) {
    needed_ = bytes;
    inside_record_ = inside_record;
    return Result::kMoreNeeded;
  }
  Result Damaged(std::string what) {
    error_ = std::move(what);
    return Result::kDamaged;
  }

 private:
  size_t needed_ = 0;
  bool inside_record_ = false;
  std::string error_;
};

// Reads the file header from the front of `input` and answers with the reader it asks for.
// InvalidArgument: not a capture, or one of a format that is not read; the text says which.
absl::StatusOr<std::unique_ptr<RecordReader>> OpenRecords(ByteInput& input);

}  // namespace rcodescope
