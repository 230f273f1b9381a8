// What the pcap and the pcapng target do with a capture file.
#pragma once

#include <cstddef>
#include <span>

namespace rcodescope {

// Reads `file` twice: by FileSource, with and without --resync; and in blocks that hold
// what the reader asked for and no byte more. Aborts when frames are lost or differ between the
// two, when a batch spans slices, or when the clock goes backwards.
void CheckCapture(std::span<const std::byte> file);

}  // namespace rcodescope
