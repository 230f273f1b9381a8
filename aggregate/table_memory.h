// Zeroed memory for tables, which becomes real where it is touched.
#pragma once

#include <cstddef>
#include <utility>

namespace rcodescope {

// Pages are mapped at construction and given back at destruction. Throws nothing; when the kernel
// refuses, data() is null.
class TableMemory {
 public:
  // `huge`: on huge pages where the kernel has them, for tables that fill up anyway.
  TableMemory(size_t bytes, bool huge);
  TableMemory(TableMemory&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), bytes_(other.bytes_) {}
  TableMemory(const TableMemory&) = delete;
  TableMemory& operator=(const TableMemory&) = delete;
  ~TableMemory();

  void* data() const { return data_; }

  // Makes all of it real.
  void Prefault() const;

 private:
  void* data_;
  size_t bytes_;
};

// Makes the whole pages inside `bytes` at `data` real, where the kernel can (Linux 5.14); elsewhere
// they become so when they are touched. What they hold stays.
void PrefaultInside(const void* data, size_t bytes);

}  // namespace rcodescope
