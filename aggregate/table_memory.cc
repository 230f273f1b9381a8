#include "aggregate/table_memory.h"

#include <cstdint>

#include <sys/mman.h>
#include <unistd.h>

namespace rcodescope {
namespace {

constexpr uintptr_t kHugePage = uintptr_t{2} << 20;

uintptr_t RoundedUp(uintptr_t value, uintptr_t unit) { return (value + unit - 1) / unit * unit; }

uintptr_t SmallPage() { return static_cast<uintptr_t>(sysconf(_SC_PAGESIZE)); }

// Null when the kernel refuses.
void* Map(size_t bytes) {
  void* const data =
      mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return data == MAP_FAILED ? nullptr : data;
}

// Likewise, from where a huge page may begin. Kernels before 6.7 put a mapping anywhere, and what
// of it lies before the first such place or behind the last is on small pages.
void* MapAligned(size_t bytes) {
  const size_t whole = RoundedUp(bytes, SmallPage());
  void* const data = Map(whole + kHugePage);
  if (data == nullptr) return nullptr;
  const auto begin = reinterpret_cast<uintptr_t>(data);
  const uintptr_t aligned = RoundedUp(begin, kHugePage);
  const uintptr_t before = aligned - begin;
  if (before != 0) munmap(data, before);
  munmap(reinterpret_cast<void*>(aligned + whole), kHugePage - before);
  return reinterpret_cast<void*>(aligned);
}

}  // namespace

TableMemory::TableMemory(size_t bytes, bool huge)
    : data_(huge && bytes >= kHugePage ? MapAligned(bytes) : Map(bytes)), bytes_(bytes) {
  // Advice: without huge pages everything still works.
  if (huge && data_ != nullptr) madvise(data_, bytes, MADV_HUGEPAGE);
}

TableMemory::~TableMemory() {
  if (data_ != nullptr) munmap(data_, bytes_);
}

void TableMemory::Prefault() const { PrefaultInside(data_, bytes_); }

void PrefaultInside(const void* data, size_t bytes) {
  const uintptr_t page = SmallPage();
  const auto address = reinterpret_cast<uintptr_t>(data);
  const uintptr_t begin = RoundedUp(address, page);
  const uintptr_t end = (address + bytes) / page * page;
  if (begin >= end) return;
  madvise(reinterpret_cast<void*>(begin), end - begin, MADV_POPULATE_WRITE);
}

}  // namespace rcodescope
