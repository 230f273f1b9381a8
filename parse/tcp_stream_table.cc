#include "parse/tcp_stream_table.h"

#include <bit>
#include <new>
#include <type_traits>

#include "parse/keyed_hash.h"

namespace rcodescope {

// A flow is hashed as its bytes.
static_assert(std::has_unique_object_representations_v<TcpFlow>);

TcpStreamTable::TcpStreamTable(size_t bytes, uint64_t secret)
    : secret_(secret),
      capacity_(bytes / (sizeof(TcpStream) + 2 * sizeof(TcpStream*))),
      slab_(MakeZeroedArray<std::byte>(capacity_ * sizeof(TcpStream))),
      buckets_(std::bit_ceil(capacity_)) {}

// A free place. Memory becomes real only where it is used.
TcpStream& TcpStreamTable::Take() {
  if (free_ != nullptr) {
    TcpStream& stream = *free_;
    free_ = stream.next_in_bucket;
    return stream;
  }
  auto* const stream = ::new (slab_.get() + touched_ * sizeof(TcpStream)) TcpStream;
  stream->held.owner = static_cast<uint32_t>(touched_++);
  return *stream;
}

TcpStream** TcpStreamTable::BucketOf(const TcpFlow& flow) const {
  return &buckets_[KeyedHash64(&flow, sizeof(flow), secret_) & (buckets_.size() - 1)];
}

TcpStream* TcpStreamTable::Find(const TcpFlow& flow) const {
  TcpStream* stream = *BucketOf(flow);
  while (stream != nullptr && stream->flow != flow) stream = stream->next_in_bucket;
  return stream;
}

TcpStream& TcpStreamTable::Insert(const TcpFlow& flow) {
  TcpStream& stream = Take();
  TcpStream** const bucket = BucketOf(flow);
  stream.flow = flow;
  stream.at = {};
  stream.next_in_bucket = *bucket;
  *bucket = &stream;
  by_use_.Add(stream);
  return stream;
}

void TcpStreamTable::Remove(TcpStream& stream) {
  by_use_.Remove(stream);
  TcpStream** link = BucketOf(stream.flow);
  while (*link != &stream) link = &(*link)->next_in_bucket;
  *link = stream.next_in_bucket;
  stream.next_in_bucket = free_;
  free_ = &stream;
}

void TcpStreamTable::Touch(TcpStream& stream) {
  by_use_.Remove(stream);
  by_use_.Add(stream);
}

}  // namespace rcodescope
