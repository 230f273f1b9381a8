// gzip for HTTP bodies.
#pragma once

#include <string>
#include <string_view>

namespace rcodescope {

// `content` as one gzip member (RFC 1952). Empty where zlib has no memory.
std::string Gzip(const std::string& content);

// Whether an Accept-Encoding field (RFC 9110 §12.5.3) takes gzip: named, or by "*", with a weight
// above 0.
bool AcceptsGzip(std::string_view accept_encoding);

}  // namespace rcodescope
