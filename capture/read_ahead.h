// A stream that is read on a thread of its own.
#pragma once

#include <array>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>

#include <pthread.h>

#include "absl/status/status.h"
#include "capture/byte_stream.h"
#include "capture/stop_signal.h"

namespace rcodescope {

// Up to 1 MiB ahead, so that what takes long, as to unpack does, goes on while its bytes are used.
// Where no thread is to be had, it is read when it is asked.
class ReadAhead final : public ByteStream {
 public:
  // `file`: where the bytes of `source` come from, and what it waits for.
  ReadAhead(FileStream& file, std::unique_ptr<ByteStream> source);
  ~ReadAhead() override;

  size_t Read(std::span<std::byte> to) override;
  bool stopped() const override { return stopped_; }
  absl::Status status() const override { return status_; }
  uint64_t file_position() const override { return source_->file_position(); }
  uint64_t file_size() const override { return source_->file_size(); }

 private:
  static constexpr size_t kBlocks = 8;

  struct Block {
    std::unique_ptr<std::byte[]> bytes = std::make_unique_for_overwrite<std::byte[]>(kBlock);
    size_t size = 0;
  };

  static void* RunThread(void* self);
  void Run();
  size_t Take(std::span<std::byte> to);
  Block* AwaitEmpty();
  Block* AwaitFull();

  std::unique_ptr<ByteStream> source_;  // the thread's, until it has ended
  StopSignal stop_;
  std::array<Block, kBlocks> blocks_;
  size_t taken_ = 0;  // bytes of the block that is being given out
  bool stopped_ = false;
  absl::Status status_;
  std::mutex mutex_;
  std::condition_variable moved_;
  // Under mutex_.
  size_t filled_ = 0;  // blocks
  size_t emptied_ = 0;
  bool ended_ = false;    // no block will follow
  bool leaving_ = false;  // nobody wants one
  pthread_t thread_;
  bool has_thread_;
};

}  // namespace rcodescope
