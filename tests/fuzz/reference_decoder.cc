#include "tests/fuzz/reference_decoder.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <set>
#include <vector>

#include "tests/fuzz/reference_reader.h"

namespace rcodescope {
namespace reference {
namespace {

enum Section { kAnswer, kAuthority, kAdditional, kSections };

constexpr unsigned kNs = 2, kCname = 5, kSoa = 6, kDname = 39, kOpt = 41;
constexpr unsigned kTkey = 249, kTsig = 250, kIxfr = 251, kAxfr = 252, kAny = 255;
constexpr unsigned kNotAuth = 9;

struct Record {
  Section section;
  bool last;     // the last one its section announces
  size_t owner;  // offsets
  unsigned type;
  uint32_t ttl;
  size_t rdata;
  size_t rdlength;
};

struct Message {
  std::span<const std::byte> captured;
  size_t wire;
  unsigned id, flags, qdcount;
  unsigned counts[kSections];

  bool in_questions = true;  // the walk is, or ended, there
  std::optional<std::string> qname;
  unsigned qtype = 0;           // 0 without a question, too
  std::vector<Record> records;  // whose fixed parts could be read and which end in the message
  std::optional<size_t> end;    // behind the last record, when all were passed
  std::string stop;             // the low4 reason why the walk ended early
  std::set<std::string> anomalies;

  Reader At(size_t at) const { return {captured, wire, at}; }
  unsigned opcode() const { return flags >> 11 & 15; }
  unsigned nibble() const { return flags & 15; }
};

void ReadHeader(Message& message) {
  Reader reader = message.At(0);
  message.id = reader.U16();
  message.flags = reader.U16();
  message.qdcount = reader.U16();
  for (unsigned& count : message.counts) count = reader.U16();
}

std::optional<std::string> NameAt(const Message& message, size_t at) {
  try {
    return message.At(at).Name();
  } catch (const std::exception&) {
    return {};
  }
}

// The first question's name and type are kept. The others are passed.
void ReadQuestions(Message& message, Reader& reader) {
  for (unsigned i = 0; i < message.qdcount; ++i) {
    const size_t name = reader.at();
    reader.SkipName();
    if (i == 0) message.qname = NameAt(message, name);
    const unsigned type = reader.U16();
    reader.U16();  // class
    if (i == 0) message.qtype = type;
  }
}

// Passes one record.
void ReadRecord(Message& message, Reader& reader, Section section, bool last) {
  Record record{.section = section, .last = last, .owner = reader.at()};
  reader.SkipName();
  record.type = reader.U16();
  reader.U16();  // class
  record.ttl = reader.U32();
  record.rdlength = reader.U16();
  record.rdata = reader.at();
  if (record.rdata + record.rdlength > message.wire) {
    if (record.type != kOpt || section != kAdditional) throw BadName();
    message.anomalies.insert("opt_rdlen_past_end");
    message.stop = "opt_invalid";
    return;
  }
  // What an additional record is, and the fields of an OPT, are known even if the capture cut its
  // RDATA off.
  if (section == kAdditional) message.records.push_back(record);
  reader.Skip(record.rdlength);
  if (section != kAdditional) message.records.push_back(record);
}

void ReadRecords(Message& message, Reader& reader) {
  for (const Section section : {kAnswer, kAuthority, kAdditional}) {
    for (unsigned i = 1; i <= message.counts[section] && message.stop.empty(); ++i) {
      ReadRecord(message, reader, section, i == message.counts[section]);
    }
  }
}

// All sections. What ends the walk early is told by `stop`, and by an anomaly unless the capture
// is to blame.
void Walk(Message& message) {
  Reader reader = message.At(12);
  try {
    ReadQuestions(message, reader);
    if (message.qdcount > 0 && !message.qname) message.anomalies.insert("question_invalid");
    message.in_questions = false;
    ReadRecords(message, reader);
    if (message.stop.empty()) message.end = reader.at();
  } catch (const BeyondCapture&) {
    message.stop = "snap_length";
  } catch (const BeyondMessage&) {
    message.stop = "counts_beyond_end";
    message.anomalies.insert("counts_beyond_end");
  } catch (const BadName&) {
    message.stop = "record_invalid";
    message.anomalies.insert(message.in_questions ? "question_invalid" : "record_invalid");
  }
}

// RFC 6891 §6.1.1–6.1.2: in the additional section, its owner one zero octet.
bool IsBelieved(const Message& message, const Record& opt) {
  return opt.section == kAdditional && message.At(opt.owner).U8() == 0;
}

struct Options {
  std::vector<unsigned> ede;
  bool cookie = false;
  bool ecs = false;
};

// RFC 6891 §6.1.2: code, length, data, until the RDATA is used up.
Options ReadOptions(Message& message, const Record& opt) {
  Options options;
  const size_t end = opt.rdata + opt.rdlength;
  Reader reader(message.captured, end, opt.rdata);
  try {
    while (reader.at() < end) {
      const unsigned code = reader.U16();
      const unsigned length = reader.U16();
      const size_t data = reader.at();
      if (data + length > end) throw BeyondMessage();
      options.cookie |= code == 10;  // RFC 7873 §4
      options.ecs |= code == 8;      // RFC 7871 §6
      if (code == 15) {              // RFC 8914 §2
        if (length < 2) {
          message.anomalies.insert("ede_short");
        } else if (options.ede.size() == 8) {
          message.anomalies.insert("ede_too_many");
        } else {
          options.ede.push_back(Reader(message.captured, end, data).U16());
        }
      }
      reader.Skip(length);
    }
  } catch (const BeyondMessage&) {
    message.anomalies.insert("opt_option_overrun");
  } catch (const BeyondCapture&) {
  }
  return options;
}

// The Error field of a TSIG (RFC 8945 §4.2) or a TKEY (RFC 2930 §2); none when the RDATA, or its
// capture, ends before it. What stands behind it is not looked at.
std::optional<unsigned> ReadError(Message& message, const Record& record) {
  const bool tsig = record.type == kTsig;
  Reader reader(message.captured, record.rdata + record.rdlength, record.rdata);
  try {
    reader.SkipName();  // algorithm
    if (tsig) {
      reader.Skip(6 + 2);         // time signed, fudge
      reader.Skip(reader.U16());  // MAC
      reader.Skip(2);             // original id
    } else {
      reader.Skip(4 + 4 + 2);  // inception, expiration, mode
    }
    return reader.U16();
  } catch (const BeyondCapture&) {
  } catch (const std::exception&) {
    message.anomalies.insert(tsig ? "tsig_invalid" : "tkey_invalid");
  }
  return {};
}

struct Code {
  std::string space = "dns";
  unsigned number;
};

// The most specific code of a message whose 12-bit code is `code`; see DecodeMessage.
Code MostSpecific(Message& message, unsigned code, bool full) {
  Code result{.number = code};
  bool tkey_found = false;
  for (const Record& record : message.records) {
    const bool tsig = record.type == kTsig;
    if (!tsig && record.type != kTkey) continue;
    const std::string name = tsig ? "tsig" : "tkey";
    const bool placed =
        tsig ? record.section == kAdditional && record.last : record.section == kAnswer;
    if (!placed) {
      message.anomalies.insert(name + "_misplaced");
      continue;
    }
    const std::optional<unsigned> error = ReadError(message, record);
    if (!full || error.value_or(0) == 0) continue;
    if (code != (tsig ? kNotAuth : 0)) {
      message.anomalies.insert(name + "_stray");
    } else if (!tkey_found) {
      result = {.space = name, .number = *error};
      tkey_found = !tsig;
    }
  }
  return result;
}

bool IsAnswer(unsigned type, unsigned qtype) {
  return type == qtype || qtype == kAny || qtype == kAxfr || qtype == kIxfr;
}

// What the answer and authority sections hold.
struct Sections {
  size_t seen[kSections] = {};  // records
  bool answer = false;          // a record of the type asked for
  bool alias = false;           // a CNAME or DNAME
  const Record* soa = nullptr;  // the first in authority
  const Record* ns = nullptr;
};

Sections Survey(const Message& message) {
  Sections sections;
  for (const Record& record : message.records) {
    ++sections.seen[record.section];
    if (record.section == kAnswer) {
      sections.answer |= IsAnswer(record.type, message.qtype);
      sections.alias |= record.type == kCname || record.type == kDname;
    } else if (record.section == kAuthority) {
      if (record.type == kSoa && sections.soa == nullptr) sections.soa = &record;
      if (record.type == kNs && sections.ns == nullptr) sections.ns = &record;
    }
  }
  return sections;
}

std::string AuthorityOwner(const Message& message, const Sections& sections) {
  const Record* record = sections.soa != nullptr ? sections.soa : sections.ns;
  return record == nullptr ? "" : NameAt(message, record->owner).value_or("");
}

// The target of the last CNAME that belongs to the question's chain, records taken in their order
// (RFC 1034 §4.3.2).
std::string FinalName(const Message& message) {
  std::optional<std::string> last = message.qname;
  bool followed = false;
  for (const Record& record : message.records) {
    if (record.section != kAnswer || record.type != kCname || !last) continue;
    if (NameAt(message, record.owner) != last) continue;
    Reader target(message.captured, record.rdata + record.rdlength, record.rdata);
    try {
      target.SkipName();
    } catch (const std::exception&) {
      continue;
    }
    if (target.at() != record.rdata + record.rdlength) continue;
    last = NameAt(message, record.rdata);
    followed = true;
  }
  return followed ? last.value_or("") : "";
}

// RFC 2308 §2, as observation.h's AnswerKind has it, for a response to a QUERY.
std::string KindOf(const Message& message, const Sections& sections, const Code& code, bool full) {
  const std::string root(1, '\0');
  if (code.number != 0) return "error";
  if (message.flags & 0x0200) return "truncated";
  if (!full || message.in_questions) return "undetermined";
  for (const Section section : {kAnswer, kAuthority}) {
    if (sections.seen[section] < message.counts[section]) return "undetermined";
  }
  if (message.qtype == 0) return message.counts[kAnswer] > 0 ? "answer" : "undetermined";
  if (sections.answer) return "answer";
  if (sections.soa != nullptr) return "nodata";
  if (sections.ns != nullptr) {
    const bool authoritative = message.flags & 0x0400;
    const bool upward = AuthorityOwner(message, sections) == root && message.qname != root;
    return upward && !authoritative ? "lame" : "referral";
  }
  return sections.alias ? "cname_only" : "nodata";
}

std::string Hexadecimal(const std::string& text) {
  std::string out;
  for (const char c : text) {
    const auto octet = static_cast<unsigned char>(c);
    out += "0123456789abcdef"[octet >> 4];
    out += "0123456789abcdef"[octet & 15];
  }
  return out;
}

void DescribeResponse(Message& message, MessageFacts& facts) {
  std::optional<Record> opt;
  bool unbelieved = message.stop == "opt_invalid";
  for (const Record& record : message.records) {
    if (record.type != kOpt) continue;
    if (!IsBelieved(message, record)) {
      unbelieved = true;
      message.anomalies.insert(record.section == kAdditional ? "opt_owner_not_root"
                                                             : "opt_misplaced");
    } else if (opt) {
      message.anomalies.insert("opt_multiple");
    } else {
      opt = record;
    }
  }
  const auto seen = std::count_if(message.records.begin(), message.records.end(),
                                  [](const Record& r) { return r.section == kAdditional; });
  const bool none = message.stop.empty() || message.counts[kAdditional] == 0 ||
                    (message.stop == "snap_length" && seen == message.counts[kAdditional]);
  const bool full = opt || (none && !unbelieved);
  const unsigned extended = opt ? opt->ttl >> 24 : 0;
  const Code code = MostSpecific(message, extended << 4 | message.nibble(), full);
  const Options options = opt ? ReadOptions(message, *opt) : Options{};
  if (message.qdcount > 1) message.anomalies.insert("question_multiple");
  // A DSO message's TLVs stand behind its header (RFC 8490 §5.4).
  if (message.end && *message.end < message.wire && message.opcode() != 6) {
    message.anomalies.insert("trailing_bytes");
  }

  facts["rcode"] = code.space + " " + std::to_string(code.number);
  facts["certainty"] = full ? "full" : "low4";
  if (!full) facts["low4_reason"] = message.stop.empty() ? "opt_invalid" : message.stop;
  facts["has_opt"] = opt ? "1" : "0";
  facts["edns_version"] = std::to_string(opt ? opt->ttl >> 16 & 255 : 0);
  facts["dnssec_ok"] = opt && (opt->ttl & 0x8000) ? "1" : "0";
  facts["cookie"] = options.cookie ? "1" : "0";
  facts["ecs"] = options.ecs ? "1" : "0";
  for (const unsigned ede : options.ede) facts["ede"] += std::to_string(ede) + " ";
  facts["qname"] = Hexadecimal(message.qname.value_or(""));
  facts["kind"] = "none";
  if (message.opcode() == 0) {
    const Sections sections = Survey(message);
    facts["kind"] = KindOf(message, sections, code, full);
    if (message.qname) facts["final_name"] = Hexadecimal(FinalName(message));
    facts["authority_owner"] = Hexadecimal(AuthorityOwner(message, sections));
  }
  if (message.captured.size() < message.wire) return;
  for (const std::string& anomaly : message.anomalies) facts["anomaly " + anomaly] = "1";
}

}  // namespace
}  // namespace reference

MessageFacts ReferenceDecode(std::span<const std::byte> captured, size_t wire) {
  reference::Message message{.captured = captured, .wire = wire};
  reference::ReadHeader(message);
  reference::Walk(message);
  const bool response = message.flags & 0x8000;
  MessageFacts facts = {{"response", response ? "1" : "0"},
                        {"id", std::to_string(message.id)},
                        {"opcode", std::to_string(message.opcode())},
                        {"header_rcode", std::to_string(message.nibble())},
                        {"qtype", std::to_string(message.qtype)}};
  if (response) {
    facts["ede"];
    reference::DescribeResponse(message, facts);
  }
  return facts;
}

}  // namespace rcodescope
