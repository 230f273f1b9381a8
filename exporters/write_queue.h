// Requests that wait for one target, and what has become of their samples.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "aggregate/snapshot.h"
#include "exporters/write_request.h"
#include "exporters/write_spool.h"

namespace rcodescope {

using WriteRequestPtr = std::shared_ptr<const WriteRequest>;

// First in, first out. Requests are kept in memory as far as that goes, then in the spool; where
// there is no room in either, the oldest give way. What is in the spool at first comes first. For
// any number of threads that put requests in, and one that takes them out.
class WriteQueue {
 public:
  // `memory`: bytes of requests. `spool`: none where empty.
  WriteQueue(const std::string& url, uint64_t memory, std::optional<WriteSpool> spool);

  // Never waits for the target; for the disk it may.
  void Put(const WriteRequestPtr& request);
  // Waits until there is room in memory, or nobody takes requests out any more.
  void PutOrWait(const WriteRequestPtr& request);
  // No more comes in.
  void Close();

  // The oldest, which stays where it is; waits until there is one. Null: nothing is left and it is
  // closed, or Stop was called.
  WriteRequestPtr First();
  // What became of it: the target took it, or did not and never will; it goes. Or it stays and is
  // to be sent again.
  void Sent(double now_seconds);
  void Rejected();
  void Retried();

  // Nothing is taken out any more. Any thread.
  void Stop();
  // Behind Close: what is left goes to the spool, or is lost.
  void Settle();

  // samples_in == sent + rejected + no_room + spool_failed + at_end + pending. Waits for nobody.
  RemoteWriteCounts counts() const;

 private:
  struct Entry {
    uint64_t number = 0;
    uint64_t samples = 0;
    uint64_t bytes = 0;
    WriteRequestPtr request;  // null: it is in the spool
  };
  using Counter = uint64_t RemoteWriteCounts::*;

  void PutLocked(const WriteRequestPtr& request);
  bool Place(Entry& entry, const WriteRequestPtr& request);
  bool DropOldest();
  bool ToSpool(Entry& entry, const WriteRequestPtr& request);
  void Lose(Counter why, uint64_t samples);
  void Release(const Entry& entry);
  void Finish(Counter how);
  WriteSpool::File FileOf(const Entry& entry) const {
    return {entry.number, entry.samples, entry.bytes};
  }
  template <typename Change>
  void Count(const Change& change);

  const uint64_t memory_limit_;

  std::mutex mutex_;  // guards all but the counts
  std::condition_variable changed_;
  std::optional<WriteSpool> spool_;
  std::deque<Entry> entries_;
  bool first_is_out_ = false;  // being sent: it does not give way
  uint64_t memory_ = 0;        // bytes of requests in memory
  uint64_t next_number_ = 0;
  bool closed_ = false;
  bool stopped_ = false;

  mutable std::mutex counts_mutex_;  // never held for long
  RemoteWriteCounts counts_;
};

}  // namespace rcodescope
