// Numbers for people.
#pragma once

#include <cstdint>
#include <string>

namespace rcodescope {

// 1234567 → "1,234,567".
std::string Grouped(uint64_t number);
std::string Grouped(int64_t number);

// "12.3%". What is not nothing reads at least "<0.1%", what is not all at most "99.9%"; empty
// where `whole` is 0.
std::string Percent(uint64_t part, uint64_t whole);

// Events a second over `nanoseconds`: "1,234", below 100 with one decimal, below 1 with three.
// Empty where there is no span.
std::string Rate(uint64_t events, int64_t nanoseconds);

// "1.5 ms", "60.000 s", "2 h 03 min 04 s", "1 d 02 h 03 min 04 s".
std::string Span(int64_t nanoseconds);

// "900 B", "1.2 kB", "3.4 MB"; powers of 1000.
std::string Bytes(uint64_t bytes);

// A bar of part/whole of `cells` cells, in eighths of one; not empty where part is not 0.
std::string Bar(uint64_t part, uint64_t whole, size_t cells);

}  // namespace rcodescope
