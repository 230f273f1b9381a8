#include "aggregate/table_memory.h"

#include <cstdint>

#include <sys/mman.h>
#include <unistd.h>

namespace rcodescope {

TableMemory::TableMemory(size_t bytes, bool huge) : bytes_(bytes) {
  data_ = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (data_ == MAP_FAILED) {
    data_ = nullptr;
    return;
  }
  if (huge)
    madvise(data_, bytes, MADV_HUGEPAGE);  // advice: without huge pages everything still works
}

TableMemory::~TableMemory() {
  if (data_ != nullptr) munmap(data_, bytes_);
}

void TableMemory::Prefault() const { PrefaultInside(data_, bytes_); }

void PrefaultInside(const void* data, size_t bytes) {
  const auto page = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
  const auto address = reinterpret_cast<uintptr_t>(data);
  const uintptr_t begin = (address + page - 1) / page * page;
  const uintptr_t end = (address + bytes) / page * page;
  if (begin >= end) return;
  madvise(reinterpret_cast<void*>(begin), end - begin, MADV_POPULATE_WRITE);
}

}  // namespace rcodescope
