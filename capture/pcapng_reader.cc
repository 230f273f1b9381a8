#include "capture/pcapng_reader.h"

#include <algorithm>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "capture/bytes.h"
#include "capture/link_type.h"

namespace rcodescope {
namespace {

// Block types, draft-ietf-opsawg-pcapng §11.1.
constexpr uint32_t kInterfaceBlock = 1;
constexpr uint32_t kObsoletePacketBlock = 2;
constexpr uint32_t kSimplePacketBlock = 3;
constexpr uint32_t kEnhancedPacketBlock = 6;

constexpr uint32_t kByteOrderMagic = 0x1a2b3c4d;
constexpr size_t kBlockOverhead = 12;  // type, length, length again
constexpr size_t kSectionSize = 28;    // smallest Section Header Block
// The largest block that is read; one of an unknown type may have any length.
constexpr uint32_t kLargestBlock = 16 * 1024 * 1024;
constexpr uint32_t kLargestLength = 0xffff'fffc;
constexpr size_t kMostInterfaces = 65'535;
// Times further from 1970 than this (years 1823 and 2116) are damage: two believed ones can be
// subtracted.
constexpr int64_t kFurthestTime = std::numeric_limits<int64_t>::max() / 2;

// Options of an Interface Description Block, §4.2.
constexpr uint16_t kOptionEnd = 0;
constexpr uint16_t kOptionTimeResolution = 9;
constexpr uint16_t kOptionTimeOffset = 14;

// Turns an interface's time stamps into ns.
struct TimeUnit {
  uint64_t per_second = 1'000'000;  // default: microseconds, §4.2
  int64_t offset_seconds = 0;
  bool usable = true;

  Timestamp At(uint64_t ticks) const {
    if (!usable) return kNoTime;
    const uint64_t seconds = ticks / per_second;
    if (seconds > static_cast<uint64_t>(std::numeric_limits<int64_t>::max() / kNanosPerSecond)) {
      return kNoTime;
    }
    __extension__ typedef unsigned __int128 Wide;
    const auto fraction =
        static_cast<int64_t>(Wide{ticks % per_second} * kNanosPerSecond / per_second);
    int64_t ns = 0;
    if (__builtin_add_overflow(static_cast<int64_t>(seconds), offset_seconds, &ns) ||
        __builtin_mul_overflow(ns, kNanosPerSecond, &ns) ||
        __builtin_add_overflow(ns, fraction, &ns) || ns > kFurthestTime || ns < -kFurthestTime) {
      return kNoTime;
    }
    return {ns};
  }
};

TimeUnit UnitOf(uint8_t resolution) {
  TimeUnit unit;
  const unsigned exponent = resolution & 0x7fU;
  if ((resolution & 0x80U) != 0) {  // a power of two
    unit.usable = exponent < 64;
    unit.per_second = unit.usable ? uint64_t{1} << exponent : 1;
    return unit;
  }
  unit.usable = exponent <= 19;  // 10^19 is the largest power of ten below 2^64
  unit.per_second = 1;
  for (unsigned i = 0; unit.usable && i < exponent; ++i) unit.per_second *= 10;
  return unit;
}

struct Interface {
  LinkType link_type;
  uint32_t snap;
  TimeUnit time;
  uint16_t index;  // in the file
};

class PcapngReader final : public RecordReader {
 public:
  Result Fill(ByteInput& input, Intake& intake) override {
    while (!intake.full()) {
      if (to_skip_ != 0) {
        const size_t step = std::min<uint64_t>(to_skip_, input.window().size());
        input.Consume(step);
        to_skip_ -= step;
        if (to_skip_ != 0) return NeedMore(1, true);
      }
      const auto window = input.window();
      if (window.size() < kBlockOverhead) return NeedMore(kBlockOverhead);
      const auto type = LoadHost<uint32_t>(window.data());
      if (type == kPcapngSectionBlock) {
        if (window.size() < kSectionSize) return NeedMore(kSectionSize);
        if (!ReadByteOrder(window.data()))
          return Damaged("section header without byte-order magic");
      }
      const uint32_t block_type = swapped_ ? Swap(type) : type;
      const auto length = Load<uint32_t>(window.data() + 4, swapped_);
      if (length < kBlockOverhead || length > kLargestLength) {
        return Damaged(absl::StrCat("block with a length of ", length));
      }
      // §3.1 asks for a multiple of 4; writers exist that leave the padding out of the length.
      const uint32_t size = (length + 3) & ~3U;
      if (!IsRead(block_type)) {
        to_skip_ = size;
        continue;
      }
      if (length > kLargestBlock) return Damaged(absl::StrCat("block with a length of ", length));
      if (window.size() < size) return NeedMore(size);
      if (Load<uint32_t>(window.data() + size - 4, swapped_) != length) {
        return Damaged("block whose two lengths differ");
      }
      Body body{window.data() + 8, size - kBlockOverhead};
      const Step step = ReadBlock(block_type, body, intake);
      if (step == Step::kDamaged) return Result::kDamaged;
      if (step == Step::kNextBatch) return Result::kBatch;
      input.Consume(size);
    }
    return Result::kBatch;
  }

 private:
  using Body = std::span<const std::byte>;
  enum class Step : uint8_t { kDone, kNextBatch, kDamaged };

  static bool IsRead(uint32_t type) {
    return type == kPcapngSectionBlock || type == kInterfaceBlock || type == kSimplePacketBlock ||
           type == kEnhancedPacketBlock || type == kObsoletePacketBlock;
  }

  bool ReadByteOrder(const std::byte* block) {
    const auto magic = LoadHost<uint32_t>(block + 8);
    swapped_ = magic == Swap(kByteOrderMagic);
    return swapped_ || magic == kByteOrderMagic;
  }

  Step ReadBlock(uint32_t type, Body body, Intake& intake) {
    switch (type) {
      case kPcapngSectionBlock: return ReadSection(body);
      case kInterfaceBlock: return ReadInterface(body);
      case kSimplePacketBlock: return ReadSimplePacket(body, intake);
      default: return ReadPacket(type, body, intake);
    }
  }

  Step Broken(std::string what) {
    Damaged(std::move(what));
    return Step::kDamaged;
  }

  Step ReadSection(Body body) {
    if (body.size() < kSectionSize - kBlockOverhead) return Broken("short section header");
    const auto major = Load<uint16_t>(body.data() + 4, swapped_);
    if (major != 1) return Broken(absl::StrCat("pcapng version ", major, " is not supported"));
    interfaces_.clear();
    return Step::kDone;
  }

  Step ReadInterface(Body body) {
    if (body.size() < 8) return Broken("short interface description");
    if (interfaces_.size() == kMostInterfaces) return Broken("more than 65535 interfaces");
    const auto snap = Load<uint32_t>(body.data() + 4, swapped_);
    Interface interface {
      .link_type = LinkTypeOf(Load<uint16_t>(body.data(), swapped_)),
      .snap = snap == 0 || snap > kLargestFrame ? kLargestFrame : snap, .time = {},
      .index = next_index_++
    };
    ReadInterfaceOptions(body.subspan(8), interface);
    interfaces_.push_back(interface);
    return Step::kDone;
  }

  void ReadInterfaceOptions(Body options, Interface& interface) const {
    int64_t offset = 0;
    while (options.size() >= 4) {
      const auto code = Load<uint16_t>(options.data(), swapped_);
      const auto length = Load<uint16_t>(options.data() + 2, swapped_);
      const size_t padded = (size_t{length} + 3) & ~size_t{3};
      if (code == kOptionEnd || options.size() - 4 < padded) break;
      const std::byte* value = options.data() + 4;
      if (code == kOptionTimeResolution && length == 1) interface.time = UnitOf(Byte(value));
      if (code == kOptionTimeOffset && length == 8) {
        offset = static_cast<int64_t>(Load<uint64_t>(value, swapped_));
      }
      options = options.subspan(4 + padded);
    }
    interface.time.offset_seconds = offset;
  }

  Step ReadSimplePacket(Body body, Intake& intake) {
    if (interfaces_.empty()) return Broken("packet before any interface description");
    if (body.size() < 4) return Broken("short packet block");
    const auto wire = Load<uint32_t>(body.data(), swapped_);
    const Interface& interface = interfaces_.front();
    const size_t room = std::min<size_t>(body.size() - 4, kLargestFrame);
    Packet packet{
        .data = body.data() + 4,
        .time = kNoTime,
        .captured = static_cast<uint32_t>(std::min({room, size_t{wire}, size_t{interface.snap}})),
        .wire = wire};
    return Offer(packet, interface, intake);
  }

  // Enhanced Packet Block, §4.3, and its predecessor, which has a 16-bit interface.
  Step ReadPacket(uint32_t type, Body body, Intake& intake) {
    if (body.size() < 20) return Broken("short packet block");
    const uint32_t id = type == kEnhancedPacketBlock ? Load<uint32_t>(body.data(), swapped_)
                                                     : Load<uint16_t>(body.data(), swapped_);
    if (id >= interfaces_.size()) return Broken(absl::StrCat("packet of unknown interface ", id));
    const auto high = Load<uint32_t>(body.data() + 4, swapped_);
    const auto low = Load<uint32_t>(body.data() + 8, swapped_);
    const auto captured = Load<uint32_t>(body.data() + 12, swapped_);
    const auto wire = Load<uint32_t>(body.data() + 16, swapped_);
    if (captured > kLargestFrame || captured > body.size() - 20) {
      return Broken(absl::StrCat("packet with a captured length of ", captured));
    }
    const Interface& interface = interfaces_[id];
    Packet packet{.data = body.data() + 20,
                  .time = interface.time.At(uint64_t{high} << 32 | low),
                  .captured = captured,
                  .wire = wire};
    return Offer(packet, interface, intake);
  }

  static Step Offer(Packet& packet, const Interface& interface, Intake& intake) {
    const bool exceeds_wire = packet.captured > packet.wire;
    packet.wire = std::max(packet.wire, packet.captured);
    packet.interface = interface.index;
    packet.link_type = interface.link_type;
    if (intake.Offer(packet) == Intake::Verdict::kNextBatch) return Step::kNextBatch;
    if (exceeds_wire) intake.Count(RecordAnomaly::kCapturedExceedsWire);
    if (packet.captured > interface.snap) intake.Count(RecordAnomaly::kCapturedExceedsSnap);
    return Step::kDone;
  }

  bool swapped_ = false;
  uint64_t to_skip_ = 0;
  uint16_t next_index_ = 0;
  std::vector<Interface> interfaces_;  // of this section
};

}  // namespace

std::unique_ptr<RecordReader> MakePcapngReader() { return std::make_unique<PcapngReader>(); }

}  // namespace rcodescope
