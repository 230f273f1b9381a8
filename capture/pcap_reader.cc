#include "capture/pcap_reader.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "capture/bytes.h"
#include "capture/link_type.h"

namespace rcodescope {
namespace {

constexpr uint32_t kMagicMicro = 0xa1b2c3d4;
constexpr uint32_t kMagicNano = 0xa1b23c4d;
constexpr uint32_t kMagicModified = 0xa1b2cd34;  // Kuznetzov's: 8 more bytes a record

constexpr size_t kRecordHeaderSize = 16;
constexpr size_t kModifiedRecordHeaderSize = 24;
constexpr uint32_t kResyncTimeRange = 24 * 3600;  // seconds around the last good record

struct RecordHeader {
  uint32_t seconds;
  uint32_t fraction;
  uint32_t captured;
  uint32_t wire;
};

class PcapReader final : public RecordReader {
 public:
  PcapReader(const std::byte* header, bool swapped, uint32_t magic)
      : swapped_(swapped),
        fraction_unit_(magic == kMagicNano ? 1 : 1000),
        largest_fraction_(magic == kMagicNano ? 999'999'999 : 999'999),
        header_size_(magic == kMagicModified ? kModifiedRecordHeaderSize : kRecordHeaderSize) {
    const auto snap = Load<uint32_t>(header + 16, swapped);
    snap_ = snap == 0 || snap > kLargestFrame ? kLargestFrame : snap;
    // The upper half of the field says whether frames carry an FCS; the decoder needs no help
    // there, since IP tells its own length.
    link_type_ = LinkTypeOf(Load<uint32_t>(header + 20, swapped) & 0xffffU);
  }

  Result Fill(ByteInput& input, Intake& intake) override {
    auto bytes = input.window();
    const size_t before = bytes.size();
    const Result result = swapped_ ? Take<true>(bytes, intake) : Take<false>(bytes, intake);
    input.Consume(before - bytes.size());
    return result;
  }

  bool Resync(ByteInput& input, bool last) override {
    const size_t least = last ? header_size_ + 1 : kResyncWindow;
    while (input.window().size() >= least) {
      input.Consume(1);
      if (PlausibleAt(input, 0)) return true;
    }
    return false;
  }

 private:
  // Takes records off the front of `bytes`.
  template <bool kSwapped>
  Result Take(std::span<const std::byte>& bytes, Intake& intake) {
    for (;;) {
      TakeCommon<kSwapped>(bytes, intake);
      if (intake.full()) break;
      if (bytes.size() < header_size_) return NeedMore(header_size_);
      const std::byte* at = bytes.data();
      const RecordHeader record = ReadHeader<kSwapped>(at);
      if (record.captured > kLargestFrame) [[unlikely]] {
        return Damaged(absl::StrCat("record with a captured length of ", record.captured));
      }
      const size_t size = header_size_ + record.captured;
      if (bytes.size() < size) return NeedMore(size);
      if (Offer(record, at + header_size_, intake) == Intake::Verdict::kNextBatch) break;
      bytes = bytes.subspan(size);
      last_seconds_ = record.seconds;
    }
    return Result::kBatch;
  }

  // Takes whole records without anything odd, up to one that is not.
  template <bool kSwapped>
  void TakeCommon(std::span<const std::byte>& bytes, Intake& intake) {
    const std::byte* at = bytes.data();
    const std::byte* const end = at + bytes.size();
    const size_t header_size = header_size_;
    const uint32_t largest = snap_;
    const uint32_t largest_fraction = largest_fraction_;
    const int64_t unit = fraction_unit_;
    const Packet like = {.link_type = link_type_};
    uint32_t seconds = last_seconds_;
    Intake::Common common(intake);
    while (!common.full() && static_cast<size_t>(end - at) >= header_size) {
      const RecordHeader record = ReadHeader<kSwapped>(at);
      const Timestamp time = {int64_t{record.seconds} * kNanosPerSecond +
                              int64_t{record.fraction} * unit};
      const std::byte* const data = at + header_size;
      if (record.captured > largest || record.captured > record.wire ||
          record.fraction > largest_fraction || static_cast<size_t>(end - data) < record.captured ||
          !common.Takes(time)) [[unlikely]] {
        break;
      }
      Packet& packet = common.place();
      packet.data = data;
      packet.time = time;
      packet.captured = record.captured;
      packet.wire = record.wire;
      packet.interface = like.interface;
      packet.link_type = like.link_type;
      packet.stripped = like.stripped;
      common.Take(time, record.wire);
      at = data + record.captured;
      seconds = record.seconds;
    }
    last_seconds_ = seconds;
    bytes = {at, end};
  }

  template <bool kSwapped>
  static RecordHeader ReadHeader(const std::byte* at) {
    return {Load<uint32_t>(at, kSwapped), Load<uint32_t>(at + 4, kSwapped),
            Load<uint32_t>(at + 8, kSwapped), Load<uint32_t>(at + 12, kSwapped)};
  }

  Intake::Verdict Offer(const RecordHeader& record, const std::byte* data, Intake& intake) const {
    const uint32_t fraction = std::min(record.fraction, largest_fraction_);
    Packet& packet = intake.place();
    packet.data = data;
    packet.time = {int64_t{record.seconds} * kNanosPerSecond + int64_t{fraction} * fraction_unit_};
    packet.captured = record.captured;
    packet.wire = std::max(record.wire, record.captured);
    packet.interface = 0;
    packet.link_type = link_type_;
    packet.stripped = {};
    const Intake::Verdict verdict = intake.Accept();
    const bool odd =
        record.captured > record.wire || record.captured > snap_ || fraction != record.fraction;
    if (odd && verdict == Intake::Verdict::kTaken) [[unlikely]] {
      if (record.captured > record.wire) intake.Count(RecordAnomaly::kCapturedExceedsWire);
      if (record.captured > snap_) intake.Count(RecordAnomaly::kCapturedExceedsSnap);
      if (fraction != record.fraction) intake.Count(RecordAnomaly::kTimeFractionClamped);
    }
    return verdict;
  }

  // A header that may be one, followed by another that may be (or by the end of the input).
  bool PlausibleAt(const ByteInput& input, size_t at) const {
    const auto window = input.window();
    for (int follower = 0; follower < 2; ++follower) {
      if (window.size() < at + header_size_) return follower != 0;
      const std::byte* header = window.data() + at;
      const RecordHeader record = swapped_ ? ReadHeader<true>(header) : ReadHeader<false>(header);
      const uint32_t distance = record.seconds > last_seconds_ ? record.seconds - last_seconds_
                                                               : last_seconds_ - record.seconds;
      if (record.captured == 0 || record.captured > snap_ || record.wire < record.captured ||
          record.wire > kLargestFrame || record.fraction > largest_fraction_ ||
          (last_seconds_ != 0 && distance > kResyncTimeRange)) {
        return false;
      }
      at += header_size_ + record.captured;
    }
    return true;
  }

  bool swapped_;
  int64_t fraction_unit_;  // ns
  uint32_t largest_fraction_;
  size_t header_size_;
  uint32_t snap_ = 0;
  LinkType link_type_ = LinkType::kUnsupported;
  uint32_t last_seconds_ = 0;
};

}  // namespace

bool IsPcapMagic(uint32_t magic) {
  for (const uint32_t known : {kMagicMicro, kMagicNano, kMagicModified}) {
    if (magic == known || magic == Swap(known)) return true;
  }
  return false;
}

absl::StatusOr<std::unique_ptr<RecordReader>> MakePcapReader(const std::byte* header) {
  auto magic = LoadHost<uint32_t>(header);
  const bool swapped = magic != kMagicMicro && magic != kMagicNano && magic != kMagicModified;
  if (swapped) magic = Swap(magic);
  const auto major = Load<uint16_t>(header + 4, swapped);
  if (major != 2) {
    return absl::InvalidArgumentError(
        absl::StrCat("pcap version ", major, " is not supported (offset 4)"));
  }
  return std::make_unique<PcapReader>(header, swapped, magic);
}

}  // namespace rcodescope
