// The common message, read in one go.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "capture/bytes.h"
#include "parse/cursor.h"
#include "parse/kept_name.h"
#include "parse/lower_case.h"
#include "parse/observation_batch.h"

namespace rcodescope {

// What nearly every message is: all of it was captured, the opcode is QUERY, one question, whose
// name is not compressed; in a response, records up to its end and no further, whose owners are the
// root or begin with a pointer, and among them an OPT at most once and where it belongs, no NSID in
// it, and neither TSIG nor TKEY.

// The question of such a message.
struct CommonQuestion {
  static constexpr size_t kBehind = 1 + 4;  // the root's octet, type and class
  static constexpr size_t kLeastMessage = kDnsHeaderSize + kBehind;

  const std::byte* behind;  // its type and class; null: it is not as said above
  uint16_t type;

  // `last`: where the name's last octet may be. Each label is shown to visit(where it begins).
  template <typename Visit>
  [[gnu::always_inline]] static CommonQuestion Read(const std::byte* name, size_t last,
                                                    Visit visit) {
    constexpr size_t kLongestLabel = 63;
    size_t at = 0;
    for (;;) {
      const size_t octet = Byte(name + at);
      if (octet - 1 >= kLongestLabel) {
        if (octet != 0) return {nullptr, 0};
        return {name + at + kBehind, Be16(name + at + 1)};
      }
      visit(at);
      at += octet + 1;
      if (at > last) return {nullptr, 0};
    }
  }
};

class CommonResponse {
 public:
  CommonResponse(std::span<const std::byte> message, Observation& out, ObservationBatch& names)
      : message_(message), end_(message.data() + message.size()), out_(out), names_(names) {}

  bool Read(unsigned flags) {
    answers_ = Be16(message_.data() + 6);
    authorities_ = Be16(message_.data() + 8);
    additionals_ = Be16(message_.data() + 10);
    if (answers_ + authorities_ + additionals_ > kMostRecords) return false;
    uint8_t labels = 0;
    LabelStarts starts;
    const std::byte* const name = message_.data() + kDnsHeaderSize;
    const size_t last = std::min(message_.size() - CommonQuestion::kLeastMessage, kLongestName - 1);
    const CommonQuestion question = CommonQuestion::Read(name, last, [&](size_t start) {
      starts.Append(start);
      ++labels;
    });
    // ANY, AXFR and IXFR are answered by other types than theirs. 0: no type.
    if (question.behind == nullptr || question.type == 0 ||
        (question.type >= kTypeTkey && question.type <= kTypeAny)) {
      return false;
    }
    qtype_ = question.type;
    const auto size = static_cast<size_t>(question.behind - name) - 4;
    if (!WalkRecords(question.behind)) {
      out_.ede.size = 0;
      return false;
    }
    CopyInLowerCase(names_.NameRoom(), name, size, message_.size() - kDnsHeaderSize);
    const NameRef qname = {names_.NameRoom(), static_cast<uint8_t>(size), labels};
    names_.Keep(qname);
    out_.qname = qname;
    out_.qname_labels = starts;
    out_.qtype = question.type;
    if (target_ != nullptr) out_.final_name = Keep(target_, qname, starts);
    if (authority_ != nullptr) out_.authority_owner = Keep(authority_, qname, starts);
    Conclude(flags);
    return true;
  }

 private:
  // More records than this in a message are read once, by the other reader: one with a peculiarity
  // at its end must not cost much more for having been tried here.
  static constexpr unsigned kMostRecords = 32;
  static constexpr unsigned kMostCnames = 4;  // likewise
  static constexpr size_t kFixedFields = 10;  // of a record behind its owner
  static constexpr uint8_t kPointer = 0xc0;   // RFC 1035 §4.1.4

  // RFC 1035 §3.2.1.
  struct Record {
    const std::byte* owner;
    const std::byte* fields;  // behind the owner
    const std::byte* end;     // null: it is not within the message

    uint16_t type() const { return Be16(fields); }
    const std::byte* rdata() const { return fields + kFixedFields; }
    bool has_odd_type() const {
      return type() == kTypeOpt || type() == kTypeTsig || type() == kTypeTkey;
    }
  };

  [[gnu::always_inline]] bool WalkRecords(const std::byte* at) {
    for (unsigned left = answers_; left != 0; --left) {
      const Record record = Pass(at);
      if (record.end == nullptr || !TakeAnswer(record)) [[unlikely]]
        return false;
      at = record.end;
    }
    for (unsigned left = authorities_; left != 0; --left) {
      const Record record = Pass(at);
      if (record.end == nullptr || !TakeAuthority(record)) [[unlikely]]
        return false;
      at = record.end;
    }
    for (unsigned left = additionals_; left != 0; --left) {
      const Record record = Pass(at);
      if (record.end == nullptr || !TakeAdditional(record)) [[unlikely]]
        return false;
      at = record.end;
    }
    return at == end_;
  }

  // The record at `at`.
  [[gnu::always_inline]] Record Pass(const std::byte* at) const {
    if (at > end_ - (1 + kFixedFields)) return {};
    const unsigned octet = Byte(at);
    if (octet - 1 < kPointer - 1U) [[unlikely]]  // it begins with a label
      return {};
    const std::byte* const fields = at + 1 + (octet >> 7);  // behind the root or a pointer
    if (fields > end_ - kFixedFields) return {};
    const std::byte* const end = fields + kFixedFields + Be16(fields + 8);
    if (end > end_) return {};
    return {at, fields, end};
  }

  [[gnu::always_inline]] bool TakeAnswer(const Record& record) {
    const uint16_t type = record.type();
    if (type == qtype_) {
      matched_ = true;
      if (type != kTypeCname && type != kTypeDname) return type != kTypeOpt;
    }
    if (type == kTypeCname) return FollowCname(record);
    if (type == kTypeDname) aliased_ = true;
    return !record.has_odd_type();
  }

  [[gnu::noinline]] static bool IsName(std::span<const std::byte> message, size_t at) {
    std::array<uint8_t, kNameRoom> name;
    return !ReadName(message, at, name.data()).empty();
  }

  // As CnameChain does, but only where the owner refers to the target that came before, or to the
  // question's name.
  [[gnu::noinline]] static bool Continues(std::span<const std::byte> message, const Record& record,
                                          const std::byte* before) {
    const auto offset = [&](const std::byte* at) {
      return static_cast<size_t>(at - message.data());
    };
    const size_t label = FirstLabel(message, offset(record.owner));
    const size_t known = before == nullptr ? kDnsHeaderSize : FirstLabel(message, offset(before));
    if (label == 0 || label != known) return false;
    if (before != nullptr && !IsName(message, known)) return false;
    if (record.end - record.rdata() < 2) return false;  // the root; Keep reads two octets
    const size_t end = offset(record.end);
    return SkipName(message.first(end), offset(record.rdata())) == end;
  }
  [[gnu::always_inline]] bool FollowCname(const Record& record) {
    if (++cnames_ > kMostCnames || !Continues(message_, record, target_)) return false;
    aliased_ = true;
    target_ = record.rdata();
    return true;
  }

  [[gnu::always_inline]] bool TakeAuthority(const Record& record) {
    const uint16_t type = record.type();
    if (type == kTypeSoa && !has_soa_) {
      has_soa_ = true;
      authority_ = record.owner;
      return true;
    }
    if (type == kTypeNs) {
      if (!has_soa_ && !has_ns_) authority_ = record.owner;
      has_ns_ = true;
      return true;
    }
    return !record.has_odd_type();
  }

  [[gnu::always_inline]] bool TakeAdditional(const Record& record) {
    if (record.type() != kTypeOpt) return !record.has_odd_type();
    if (out_.has_opt || record.fields != record.owner + 1) return false;
    constexpr uint32_t kDnssecOk = 0x8000;  // RFC 6891 §6.1.4
    const uint32_t ttl = Be32(record.fields + 4);
    extended_ = static_cast<uint8_t>(ttl >> 24);
    out_.has_opt = true;
    out_.edns_version = static_cast<uint8_t>(ttl >> 16);
    out_.dnssec_ok = (ttl & kDnssecOk) != 0;
    return record.rdata() == record.end || ReadOptions(record.rdata(), record.end);
  }

  // RFC 6891 §6.1.2.
  [[gnu::always_inline]] bool ReadOptions(const std::byte* option, const std::byte* end) {
    do {
      if (end - option < 4) return false;
      const unsigned code = Be16(option);
      const std::byte* const value = option + 4;
      option = value + Be16(option + 2);
      if (option > end) return false;
      if (code == kOptionCookie) {
        out_.has_cookie = true;
      } else if (code == kOptionEde) {
        if (option - value < 2 || out_.ede.size == EdeCodes::kCapacity) return false;
        out_.ede.codes[out_.ede.size++] = Be16(value);
      } else if (code == kOptionEcs) {
        out_.has_ecs = true;
      } else if (code == kOptionNsid) {
        return false;
      }
    } while (option != end);
    return true;
  }

  // The name at `at`, which mostly refers to the last labels of the question's.
  [[gnu::always_inline]] NameRef Keep(const std::byte* at, NameRef qname,
                                      LabelStarts starts) const {
    const size_t start = (Be16(at) ^ kPointer << 8) - kDnsHeaderSize;
    const int most = std::min<int>(qname.labels, LabelStarts::kKept);
    for (int count = 1; count <= most; ++count) {
      if (starts.Of(count) != start) continue;
      return {qname.data + start, static_cast<uint8_t>(qname.size - start),
              static_cast<uint8_t>(count)};
    }
    return KeepName(message_, Offset(at), qname, names_);
  }

  void Conclude(unsigned flags) {
    out_.authority_soa = has_soa_;
    out_.rcode = {RcodeSpace::kDns, JoinRcode(extended_, flags & 0x0fU)};
    out_.kind = Kind(flags);
  }

  // RFC 2308 §2.1, §2.2.
  AnswerKind Kind(unsigned flags) const {
    if (out_.rcode.code != kRcodeNoError) return AnswerKind::kError;
    if ((flags & kFlagTc) != 0) return AnswerKind::kTruncated;
    if (matched_) return AnswerKind::kAnswer;
    if (has_soa_) return AnswerKind::kNodata;
    if (has_ns_) {
      const bool upward = out_.authority_owner.size == 1 && out_.qname.size != 1;
      return upward && (flags & kFlagAa) == 0 ? AnswerKind::kLame : AnswerKind::kReferral;
    }
    return aliased_ ? AnswerKind::kCnameOnly : AnswerKind::kNodata;
  }

  size_t Offset(const std::byte* at) const { return static_cast<size_t>(at - message_.data()); }

  std::span<const std::byte> message_;
  const std::byte* end_;
  Observation& out_;
  ObservationBatch& names_;

  unsigned answers_ = 0;  // records
  unsigned authorities_ = 0;
  unsigned additionals_ = 0;
  uint16_t qtype_ = 0;
  bool matched_ = false;  // the answer section has a record of the type asked for
  bool aliased_ = false;  // … a CNAME or DNAME
  bool has_soa_ = false;  // the authority section has one
  bool has_ns_ = false;
  uint8_t extended_ = 0;                  // upper bits of the code
  const std::byte* authority_ = nullptr;  // its owner
  unsigned cnames_ = 0;
  const std::byte* target_ = nullptr;  // of the last CNAME
};

// Each reads what its name says as DecodeMessage would, or answers false where the message is not
// common; `out` is then to be made anew. ReadCommonHeader comes first.
inline bool ReadCommonHeader(const std::byte* header, size_t size, Observation& out) {
  constexpr uint16_t kOpcode = 0x7800;
  const uint16_t flags = Be16(header + 2);
  if ((flags & kOpcode) != 0 || Be16(header + 4) != 1 || size < CommonQuestion::kLeastMessage) {
    return false;
  }
  out.id = Be16(header);
  out.flags = flags;
  out.size = static_cast<uint16_t>(std::min<size_t>(size, 0xffff));
  out.is_response = (flags & kFlagQr) != 0;
  out.opcode = Opcode::kQuery;
  return true;
}
inline bool ReadCommonQuery(const std::byte* message, size_t size, Observation& out) {
  const CommonQuestion question = CommonQuestion::Read(
      message + kDnsHeaderSize, size - CommonQuestion::kLeastMessage, [](size_t) {});
  out.qtype = question.type;
  return question.behind != nullptr;
}
[[gnu::noinline]] inline bool ReadCommonResponse(const std::byte* message, size_t size,
                                                 Observation& out, ObservationBatch& names) {
  return CommonResponse({message, size}, out, names).Read(out.flags);
}

// All of it, likewise.
inline bool ReadCommonMessage(const Cursor& message, Observation& out, ObservationBatch& names) {
  const auto bytes = message.captured();
  if (bytes.size() < message.wire() || !ReadCommonHeader(bytes.data(), bytes.size(), out)) {
    return false;
  }
  if (!out.is_response) return ReadCommonQuery(bytes.data(), bytes.size(), out);
  return ReadCommonResponse(bytes.data(), bytes.size(), out, names);
}

}  // namespace rcodescope
