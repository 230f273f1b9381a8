#include "parse/dns_message.h"

#include <optional>

#include "capture/bytes.h"
#include "parse/cname_chain.h"
#include "parse/common_message.h"
#include "parse/kept_name.h"
#include "parse/security_error.h"
#include "parse/transfer.h"

namespace rcodescope {
namespace {

// Sections behind the question, RFC 1035 §4.1.
constexpr unsigned kAnswer = 0;
constexpr unsigned kAuthority = 1;
constexpr unsigned kAdditional = 2;
constexpr unsigned kSections = 3;

constexpr uint16_t kDnssecOk = 0x8000;  // RFC 6891 §6.1.4, in the lower half of the OPT's TTL

constexpr size_t kFixedFields = 10;  // of a record behind its owner: type, class, TTL, RDLENGTH

// One resource record, RFC 1035 §3.2.1.
struct Record {
  size_t owner;             // offset
  const std::byte* fields;  // behind the owner
  size_t rdata;             // offset
  size_t rdata_end;

  uint16_t type() const { return Be16(fields); }
  uint32_t ttl() const { return Be32(fields + 4); }
};

class ResponseReader {
 public:
  ResponseReader(const Cursor& message, Low4Reason when_cut, size_t at, Observation& out,
                 ObservationBatch& names, AnomalyCounts& anomalies)
      : message_(message.captured()),
        wire_(message.wire()),
        when_cut_(when_cut),
        at_(at),
        out_(out),
        names_(names),
        anomalies_(anomalies),
        chain_(message_) {}

  // Reads the three sections, RFC 1035 §4.1, and concludes the code and the kind of answer.
  void Read(const std::array<uint16_t, kSections>& counts) {
    Walk(counts);
    ConcludeRcode();
    if (out_.opcode != Opcode::kQuery) return;  // others have other sections: RFC 2136 §2
    ReadNames();
    out_.kind = ConcludeKind();
  }

  // The walk cannot begin: the question is unreadable.
  void Break(Low4Reason reason) { broken_ = reason; }

 private:
  void Count(Anomaly anomaly) { ++anomalies_[static_cast<size_t>(anomaly)]; }
  bool snapped() const { return message_.size() < wire_; }

  void Walk(const std::array<uint16_t, kSections>& counts) {
    additionals_left_ = counts[kAdditional];
    if (broken_) return;
    const bool any = out_.qtype == kTypeAny || out_.qtype == kTypeAxfr || out_.qtype == kTypeIxfr ||
                     out_.qtype == 0;
    const bool whole =
        WalkSection(kAnswer, counts[kAnswer],
                    [&](const Record& record, unsigned) { OnAnswer(record, any); }) &&
        WalkSection(kAuthority, counts[kAuthority],
                    [&](const Record& record, unsigned) { OnAuthority(record); }) &&
        WalkSection(kAdditional, counts[kAdditional],
                    [&](const Record& record, unsigned left) { OnAdditional(record, left == 1); });
    if (!whole) return;
    additionals_left_ = 0;
    section_ = kSections;
    if (at_ < wire_ && out_.opcode != Opcode::kDso) Count(Anomaly::kTrailingBytes);
  }

  // Calls visit(record, left) for `count` records; `left` is 1 for the last. False, with broken_
  // set, when one cannot be passed over.
  template <typename Visit>
  bool WalkSection(unsigned section, unsigned count, Visit visit) {
    section_ = section;
    const std::span<const std::byte> message = message_;  // in registers, as is the offset
    size_t at = at_;
    for (unsigned left = count; left != 0; --left) {
      Record record;
      record.owner = at;
      const size_t fields = SkipName(message, at);
      if (fields == kNameInvalid) [[unlikely]]
        return Stop(left, Low4Reason::kRecordInvalid);
      if (fields == kNameBeyondEnd || message.size() - fields < kFixedFields) [[unlikely]] {
        return Stop(left, Low4Reason::kCountsBeyondEnd);
      }
      record.fields = &message[fields];
      record.rdata = fields + kFixedFields;
      record.rdata_end = record.rdata + Be16(record.fields + 8);
      if (record.rdata_end > message.size()) [[unlikely]]
        return StopInRdata(left, record);
      at = record.rdata_end;
      visit(record, left);
    }
    at_ = at;
    return true;
  }

  [[gnu::noinline, gnu::cold]] bool Stop(unsigned left, Low4Reason reason) {
    if (section_ == kAdditional) additionals_left_ = left;
    if (snapped() && reason != Low4Reason::kRecordInvalid) reason = when_cut_;
    if (reason == Low4Reason::kRecordInvalid) Count(Anomaly::kRecordInvalid);
    if (reason == Low4Reason::kCountsBeyondEnd) Count(Anomaly::kCountsBeyondEnd);
    broken_ = reason;
    return false;
  }

  // RDATA goes on behind the captured bytes. What was captured of an OPT or TSIG may still have its
  // code, which is not at the end of either; an OPT that is longer than the message is not
  // believed.
  [[gnu::noinline, gnu::cold]] bool StopInRdata(unsigned left, const Record& record) {
    if (snapped() && record.rdata_end <= wire_) {
      if (section_ != kAdditional) return Stop(left, when_cut_);
      if (record.type() == kTypeOpt) OnOpt(record);
      if (record.type() == kTypeTsig) OnTsig(record, left == 1);
      return Stop(left - 1, when_cut_);
    }
    if (section_ != kAdditional || record.type() != kTypeOpt) {
      return Stop(left, Low4Reason::kRecordInvalid);
    }
    Count(Anomaly::kOptRdlenPastEnd);
    additionals_left_ = left;
    broken_ = Low4Reason::kOptInvalid;
    return false;
  }

  void OnAnswer(const Record& record, bool any) {
    const uint16_t type = record.type();
    if (any || type == out_.qtype) matched_ = true;
    switch (type) {
      case kTypeCname:
        aliased_ = true;
        chain_.Follow(record.owner, record.rdata, record.rdata_end);
        break;
      case kTypeDname: aliased_ = true; break;
      case kTypeTkey: OnTkey(record, /*in_answer=*/true); break;
      default: OnMisplaced(type); break;
    }
  }

  void OnAuthority(const Record& record) {
    const uint16_t type = record.type();
    if (type == kTypeSoa && !has_soa_) {
      has_soa_ = true;
      authority_ = record.owner;
    } else if (type == kTypeNs && !has_soa_ && !has_ns_) {
      has_ns_ = true;
      authority_ = record.owner;
    } else {
      OnMisplaced(type);
      if (type == kTypeTkey) OnTkey(record, /*in_answer=*/false);
    }
  }

  void OnMisplaced(uint16_t type) {
    if (type == kTypeOpt) [[unlikely]] {
      Count(Anomaly::kOptMisplaced);
      opt_invalid_ = true;
    } else if (type == kTypeTsig) [[unlikely]] {
      Count(Anomaly::kTsigMisplaced);
    }
  }

  void OnAdditional(const Record& record, bool last) {
    switch (record.type()) {
      case kTypeOpt: OnOpt(record); break;
      case kTypeTsig: OnTsig(record, last); break;
      case kTypeTkey: OnTkey(record, /*in_answer=*/false); break;
      default: break;
    }
  }

  // RFC 6891 §6.1.2: owner root, CLASS the UDP size, TTL code, version and flags.
  void OnOpt(const Record& record) {
    if (Byte(&message_[record.owner]) != 0) {
      Count(Anomaly::kOptOwnerNotRoot);
      opt_invalid_ = true;
      return;
    }
    if (out_.has_opt) {
      Count(Anomaly::kOptMultiple);
      return;
    }
    const uint32_t ttl = record.ttl();
    out_.has_opt = true;
    extended_ = static_cast<uint8_t>(ttl >> 24);
    out_.edns_version = static_cast<uint8_t>(ttl >> 16);
    out_.dnssec_ok = (ttl & kDnssecOk) != 0;
    if (record.rdata != record.rdata_end) ReadOptions(record.rdata, record.rdata_end);
  }

  void ReadOptions(size_t at, size_t end) {
    const size_t captured = std::min(end, message_.size());
    while (at < captured) {
      if (end - at < 4) return Count(Anomaly::kOptOptionOverrun);
      if (captured - at < 4) return;
      const size_t size = Be16(&message_[at + 2]);
      if (size > end - at - 4) return Count(Anomaly::kOptOptionOverrun);
      const auto value = message_.subspan(at + 4, std::min(size, captured - at - 4));
      switch (Be16(&message_[at])) {
        case kOptionNsid: OnNsid(value); break;
        case kOptionEcs: out_.has_ecs = true; break;
        case kOptionCookie: out_.has_cookie = true; break;
        case kOptionEde:
          if (value.size() >= 2 || value.size() == size) OnEde(value);
          break;
        default: break;
      }
      at += 4 + size;
    }
  }

  void OnNsid(std::span<const std::byte> value) {
    if (out_.nsid.empty() && !value.empty()) out_.nsid = names_.KeepNsid(value);
  }

  // RFC 8914 §2: INFO-CODE, then text.
  void OnEde(std::span<const std::byte> value) {
    if (value.size() < 2) {
      Count(Anomaly::kEdeShort);
    } else if (out_.ede.size == EdeCodes::kCapacity) {
      if (!ede_overflow_) Count(Anomaly::kEdeTooMany);
      ede_overflow_ = true;
    } else {
      out_.ede.codes[out_.ede.size++] = Be16(value.data());
    }
  }

  void OnTsig(const Record& record, bool last) {
    if (!last) return Count(Anomaly::kTsigMisplaced);
    const size_t end = std::min(record.rdata_end, message_.size());
    const auto error = TsigError(message_.first(end), record.rdata);
    if (!error && end == record.rdata_end) Count(Anomaly::kTsigInvalid);
    tsig_error_ = error.value_or(0);
  }

  void OnTkey(const Record& record, bool in_answer) {
    if (!in_answer) return Count(Anomaly::kTkeyMisplaced);
    const auto error = TkeyError(message_.first(record.rdata_end), record.rdata);
    if (!error) Count(Anomaly::kTkeyInvalid);
    if (tkey_error_ == 0) tkey_error_ = error.value_or(0);
  }

  void ConcludeRcode() {
    const uint8_t nibble = out_.header_rcode();
    out_.rcode = {RcodeSpace::kDns, JoinRcode(extended_, nibble)};
    if (!out_.has_opt) {
      const bool unreached = broken_ && (additionals_left_ != 0 || opt_invalid_);
      if (unreached || opt_invalid_) {
        out_.certainty = Certainty::kLow4;
        out_.low4_reason = unreached ? *broken_ : Low4Reason::kOptInvalid;
        return;
      }
    }
    const uint16_t code = out_.rcode.code;
    if (tsig_error_ != 0) {
      if (code == kRcodeNotAuth) {
        out_.rcode = {RcodeSpace::kTsig, tsig_error_};
      } else {
        Count(Anomaly::kTsigStray);
      }
    }
    if (tkey_error_ != 0) {
      if (code == kRcodeNoError) {
        out_.rcode = {RcodeSpace::kTkey, tkey_error_};
      } else {
        Count(Anomaly::kTkeyStray);
      }
    }
  }

  void ReadNames() {
    if (chain_.target() != 0) out_.final_name = Keep(chain_.target());
    if (authority_ != 0) out_.authority_owner = Keep(authority_);
    out_.authority_soa = has_soa_;
  }

  NameRef Keep(size_t at) { return KeepName(message_, at, out_.qname, names_); }

  // RFC 2308 §2.1, §2.2.
  AnswerKind ConcludeKind() const {
    if (out_.rcode != Rcode{RcodeSpace::kDns, kRcodeNoError}) return AnswerKind::kError;
    if ((out_.flags & kFlagTc) != 0) return AnswerKind::kTruncated;
    if (out_.certainty == Certainty::kLow4 || section_ < kAdditional)
      return AnswerKind::kUndetermined;
    if (matched_) return AnswerKind::kAnswer;
    if (out_.qtype == 0) return AnswerKind::kUndetermined;
    if (has_soa_) return AnswerKind::kNodata;
    if (has_ns_) {
      const bool upward = out_.authority_owner.size == 1 && out_.qname.size != 1;
      return upward && (out_.flags & kFlagAa) == 0 ? AnswerKind::kLame : AnswerKind::kReferral;
    }
    return aliased_ ? AnswerKind::kCnameOnly : AnswerKind::kNodata;
  }

  std::span<const std::byte> message_;  // as far as it was captured
  size_t wire_;                         // its length on the wire
  Low4Reason when_cut_;  // what to say when the captured bytes end before the message
  size_t at_;
  Observation& out_;
  ObservationBatch& names_;
  AnomalyCounts& anomalies_;

  std::optional<Low4Reason> broken_;  // why the walk ended early
  unsigned additionals_left_ = 0;
  unsigned section_ = kAnswer;  // where the walk is, or has ended
  bool opt_invalid_ = false;
  bool ede_overflow_ = false;
  uint8_t extended_ = 0;
  uint16_t tsig_error_ = 0;
  uint16_t tkey_error_ = 0;

  bool matched_ = false;  // the answer section has a record of the type asked for
  bool aliased_ = false;  // … a CNAME or DNAME
  bool has_soa_ = false;  // the authority section has one
  bool has_ns_ = false;
  size_t authority_ = 0;  // offset of its owner
  CnameChain chain_;
};

// The first question, RFC 1035 §4.1.2, at `at`, which is moved behind it. False when its end
// cannot be found. A name that is too long, say, stays unread, but the walk can go on behind it.
bool ReadQuestion(std::span<const std::byte> bytes, size_t& at, Observation& out,
                  ObservationBatch& names) {
  if (out.is_response) {
    out.qname = ReadName(bytes, at, names.NameRoom(), out.qname_labels);
    names.Keep(out.qname);
  }
  // No pointer can be in it: there is nothing before it to point to.
  const size_t end = out.qname.empty() ? SkipName(bytes, at) : at + out.qname.size;
  if (end <= kNameInvalid || bytes.size() - end < 4) return false;
  out.qtype = Be16(&bytes[end]);
  at = end + 4;
  return true;
}

bool SkipQuestions(std::span<const std::byte> bytes, size_t& at, unsigned count) {
  for (; count != 0; --count) {
    const size_t end = SkipName(bytes, at);
    if (end <= kNameInvalid || bytes.size() - end < 4) return false;
    at = end + 4;
  }
  return true;
}

}  // namespace

void DecodeOddMessage(const Cursor& message, Low4Reason when_cut, Observation& out,
                      ObservationBatch& names, AnomalyCounts& anomalies) {
  const auto bytes = message.captured();
  out.id = Be16(&bytes[0]);
  out.flags = Be16(&bytes[2]);
  out.is_response = (out.flags & kFlagQr) != 0;
  out.opcode = static_cast<Opcode>(out.flags >> 11 & 0x0fU);
  out.size = static_cast<uint16_t>(std::min<size_t>(message.wire(), 0xffff));

  const uint16_t questions = Be16(&bytes[4]);
  size_t at = kDnsHeaderSize;
  const bool readable = questions == 0 || ReadQuestion(bytes, at, out, names);
  if (!out.is_response) return;

  const bool snapped = bytes.size() < message.wire();
  const auto count = [&](Anomaly anomaly) { ++anomalies[static_cast<size_t>(anomaly)]; };
  if (questions > 1) count(Anomaly::kQuestionMultiple);
  const bool passed = readable && (questions < 2 || SkipQuestions(bytes, at, questions - 1U));
  ResponseReader reader(message, when_cut, at, out, names, anomalies);
  if (!passed && SkipName(bytes, at) != kNameInvalid) {  // the bytes end inside a question
    reader.Break(snapped ? when_cut : Low4Reason::kCountsBeyondEnd);
    if (!snapped) count(Anomaly::kCountsBeyondEnd);
  } else if (!passed || (questions != 0 && out.qname.empty())) {
    if (!passed) reader.Break(Low4Reason::kRecordInvalid);
    count(Anomaly::kQuestionInvalid);
  }
  reader.Read({Be16(&bytes[6]), Be16(&bytes[8]), Be16(&bytes[10])});
  out.begins_transfer = BeginsTransfer(bytes, at, out);
}

void DecodeMessage(const Cursor& message, Low4Reason when_cut, Observation& out,
                   ObservationBatch& names, AnomalyCounts& anomalies) {
  if (ReadCommonMessage(message, out, names)) return;
  out = Observation{};
  DecodeOddMessage(message, when_cut, out, names, anomalies);
}

}  // namespace rcodescope
