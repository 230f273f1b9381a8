#include "exporters/gzip.h"

#include <algorithm>
#include <cctype>

#define ZLIB_CONST  // next_in points to const
#include <zlib.h>

namespace rcodescope {
namespace {

std::string_view Trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t";
  const size_t begin = text.find_first_not_of(kBlank);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlank) - begin + 1);
}

bool SameWord(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    return std::tolower(static_cast<unsigned char>(x)) ==
           std::tolower(static_cast<unsigned char>(y));
  });
}

// The part before `mark`, which is taken off `text` with it.
std::string_view Next(std::string_view& text, char mark) {
  const size_t end = text.find(mark);
  const std::string_view part = text.substr(0, end);
  text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
  return Trimmed(part);
}

// "q=0", "q=0.", "q=0.000": RFC 9110 §12.4.2.
bool IsZeroWeight(std::string_view parameter) {
  const std::string_view name = Next(parameter, '=');
  const std::string_view value = Trimmed(parameter);
  return SameWord(name, "q") && !value.empty() &&
         value.find_first_not_of("0.") == std::string_view::npos;
}

}  // namespace

std::string Gzip(const std::string& content) {
  constexpr int kGzipWindow = 15 + 16;  // 16 asks zlib for gzip's frame
  constexpr int kDefaultMemory = 8;
  z_stream stream{};
  if (deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, kGzipWindow, kDefaultMemory,
                   Z_DEFAULT_STRATEGY) != Z_OK) {
    return {};
  }
  std::string result(deflateBound(&stream, content.size()), '\0');
  stream.next_in = reinterpret_cast<const Bytef*>(content.data());
  stream.avail_in = static_cast<uInt>(content.size());
  stream.next_out = reinterpret_cast<Bytef*>(result.data());
  stream.avail_out = static_cast<uInt>(result.size());
  const bool done = deflate(&stream, Z_FINISH) == Z_STREAM_END;
  result.resize(done ? stream.total_out : 0);
  deflateEnd(&stream);
  return result;
}

bool AcceptsGzip(std::string_view accept_encoding) {
  bool by_star = false;
  while (!accept_encoding.empty()) {
    std::string_view element = Next(accept_encoding, ',');
    const std::string_view coding = Next(element, ';');
    bool taken = true;
    while (!element.empty()) taken = taken && !IsZeroWeight(Next(element, ';'));
    if (SameWord(coding, "gzip") || SameWord(coding, "x-gzip")) return taken;
    if (coding == "*") by_star = taken;
  }
  return by_star;
}

}  // namespace rcodescope
