#include "capture/byte_stream.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>

#include <poll.h>

#include "capture/byte_input.h"

namespace rcodescope {

size_t FileStream::Read(std::span<std::byte> to) {
  const size_t most = size_ ? std::min<uint64_t>(to.size(), *size_ - file_position()) : to.size();
  ssize_t got = 0;
  do {
    if (ended_ || !AwaitInput()) {
      ended_ = true;
      return 0;
    }
    got = read(fd_.get(), to.data(), most);
  } while ((got < 0 && (errno == EINTR || errno == EAGAIN)) || (got == 0 && AwaitGrowth()));
  if (got < 0) status_ = absl::UnavailableError(std::strerror(errno));
  if (got <= 0) {
    ended_ = true;
    return 0;
  }
  read_.store(file_position() + static_cast<uint64_t>(got), std::memory_order_relaxed);
  return static_cast<size_t>(got);
}

// Waits until there is something to read; false when told to stop.
bool FileStream::AwaitInput() {
  pollfd waits[] = {{fd_.get(), POLLIN, 0}, {stop_fd_, POLLIN, 0}, {other_stop_fd_, POLLIN, 0}};
  while (poll(waits, std::size(waits), -1) < 0 && errno == EINTR) {
  }
  stopped_ = ((waits[1].revents | waits[2].revents) & POLLIN) != 0;
  return !stopped_;
}

// At the end of the file: whether there is more now.
bool FileStream::AwaitGrowth() {
  if (growth_ == nullptr) return false;
  const Growth::Verdict verdict = growth_->Await(fd_.get(), file_position());
  stopped_ = verdict == Growth::Verdict::kStopped;
  if (verdict == Growth::Verdict::kOverwritten) {
    status_ = absl::DataLossError("was overwritten while it was read; what stood behind is lost");
  }
  return verdict == Growth::Verdict::kGrown;
}

UnpackedStream::UnpackedStream(std::unique_ptr<ByteStream> packed,
                               std::unique_ptr<Decompressor> decompressor,
                               std::span<const std::byte> first)
    : packed_(std::move(packed)),
      decompressor_(std::move(decompressor)),
      input_(std::max(first.size(), kBlock)),
      end_(first.size()) {
  std::copy(first.begin(), first.end(), input_.begin());
}

size_t UnpackedStream::Read(std::span<std::byte> to) {
  while (!ended_) {
    if (begin_ == end_ && !input_ended_) {
      begin_ = 0;
      end_ = packed_->Read(input_);
      input_ended_ = end_ == 0;
      status_ = packed_->status();
      if (!status_.ok()) break;
    }
    const Decompressor::Step step =
        decompressor_->Run(std::span(input_).subspan(begin_, end_ - begin_), to, input_ended_);
    begin_ += step.consumed;
    if (!step.error.empty()) status_ = absl::DataLossError(std::string(step.error));
    ended_ = !status_.ok() || (step.finished && step.produced == 0);
    if (step.produced != 0) return step.produced;
  }
  ended_ = true;
  return 0;
}

}  // namespace rcodescope
