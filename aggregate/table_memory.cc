#include "aggregate/table_memory.h"

#include <sys/mman.h>

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

}  // namespace rcodescope
