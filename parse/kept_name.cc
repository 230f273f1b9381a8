#include "parse/kept_name.h"

#include "parse/protocol.h"

namespace rcodescope {

NameRef KeepName(std::span<const std::byte> message, size_t at, NameRef question,
                 ObservationBatch& names) {
  const size_t label = FirstLabel(message, at);
  if (!question.empty() && label - kDnsHeaderSize < question.size) {
    if (const NameRef part = SuffixAt(question, label - kDnsHeaderSize); !part.empty()) return part;
  }
  const NameRef name = ReadName(message, at, names.NameRoom());
  names.Keep(name);
  return name;
}

}  // namespace rcodescope
