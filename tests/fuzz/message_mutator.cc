// LLVMFuzzerCustomMutator of the message targets: edits of names, records, OPT, options, TSIG,
// TKEY and counts, mixed with libFuzzer's own edits of bytes.
#include <algorithm>
#include <array>
#include <cstdint>
#include <string>

#include "tests/fuzz/message_parts.h"
#include "tests/fuzz/random.h"

extern "C" size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t max_size);

namespace rcodescope {
namespace {

constexpr size_t kMostRecords = 64;
constexpr std::array<uint16_t, 14> kCodes = {0,  1,  9,  15,  16,   17,   18,
                                             19, 22, 23, 255, 4095, 4096, 65'535};
constexpr std::array<uint16_t, 18> kTypes = {1,  2,  5,  6,   12,  15,  16,  28,  39,
                                             41, 46, 47, 249, 250, 251, 252, 253, 255};
constexpr std::array<uint16_t, 6> kOptions = {3, 8, 10, 12, 15, 65'001};

Bytes RandomBytes(Random& random, size_t count) {
  Bytes bytes;
  while (bytes.size() < count) bytes.push_back(static_cast<std::byte>(random.Byte()));
  return bytes;
}

uint16_t RandomCode(Random& random) {
  return random.OneIn(2) ? random.OneOf(kCodes) : random.Word();
}

// Labels of 63 octets and a last one that brings the name to `size` octets with the root's.
Bytes NameOfSize(size_t size) {
  Bytes name;
  for (size_t left = size - 1; left > 0;) {
    const size_t label = std::min<size_t>(left, left == 65 ? 63 : 64);
    name = Join(name, Label(std::string(label - 1, 'L')));
    left -= label;
  }
  return Join(name, U8(0));
}

Bytes RandomName(Random& random) {
  switch (random.Below(12)) {
    case 0: return Name(".");
    case 1: return Pointer(kQuestionOffset);
    case 2: return Pointer(random.Below(96));
    case 3: return Pointer(random.Below(0x4000));
    case 4: return Name("example.com");
    case 5: return Join(Labels("WwW.sub"), Pointer(kQuestionOffset));
    case 6: return Join(Labels("a"), Pointer(random.Below(96)));
    case 7: return NameOfSize(250 + random.Below(8));
    case 8: return Join(U8(0x40U | random.Byte()), RandomBytes(random, random.Below(4)));
    case 9: return Join(Label(".\\\" \x7f"), Label(std::string(1, '\0')), U8(0));
    case 10: return Join(U8(1 + static_cast<unsigned>(random.Below(63))), Text("short"));
    default: return Join(U8(3), RandomBytes(random, 3), Name("test"));
  }
}

Bytes RandomOption(Random& random) {
  const uint16_t code = random.OneIn(8) ? random.Word() : random.OneOf(kOptions);
  Bytes data = RandomBytes(random, random.OneIn(4) ? random.Below(48) : random.Below(6));
  if (!random.OneIn(16)) return Option(code, data);
  return Option(code, data, static_cast<uint16_t>(data.size() + random.Below(4)));
}

DnsRecord RandomOpt(Random& random) {
  OptFields fields{.extended_rcode = static_cast<uint8_t>(random.OneIn(2) ? 1 : random.Byte()),
                   .version = static_cast<uint8_t>(random.OneIn(4) ? random.Byte() : 0),
                   .dnssec_ok = random.OneIn(2)};
  for (size_t left = random.Below(12); left > 0; --left) {
    fields.options = Join(fields.options, RandomOption(random));
  }
  if (random.OneIn(8)) fields.owner = RandomName(random);
  return Opt(fields);
}

DnsRecord RandomTsig(Random& random) {
  DnsRecord tsig = Tsig(
      {.error = RandomCode(random), .mac_size = random.Below(40), .other_size = random.Below(8)});
  if (random.OneIn(6)) tsig.rdata.resize(random.Below(tsig.rdata.size()));
  return tsig;
}

DnsRecord RandomTkey(Random& random) {
  DnsRecord tkey = Tkey(RandomCode(random));
  if (random.OneIn(6)) tkey.rdata.resize(random.Below(tkey.rdata.size()));
  return tkey;
}

DnsRecord RandomRecord(Random& random) {
  switch (random.Below(9)) {
    case 0: return A(RandomName(random));
    case 1: return Cname(RandomName(random), RandomName(random));
    case 2: return Dname(RandomName(random), RandomName(random));
    case 3: return Ns(RandomName(random), RandomName(random));
    case 4: return Soa(RandomName(random));
    case 5: return RandomOpt(random);
    case 6: return RandomTsig(random);
    case 7: return RandomTkey(random);
    default:
      return {.owner = RandomName(random),
              .type = random.OneOf(kTypes),
              .rdata = RandomBytes(random, random.Below(24))};
  }
}

std::vector<DnsRecord>& SomeSection(DnsMessage& message, Random& random) {
  const size_t chosen = random.Below(4);
  return chosen == 0 ? message.answers : chosen == 1 ? message.authority : message.additional;
}

// A section with records if there is one, else a section without.
std::vector<DnsRecord>& FullSection(DnsMessage& message, Random& random) {
  for (int tries = 0; tries < 8; ++tries) {
    auto& section = SomeSection(message, random);
    if (!section.empty()) return section;
  }
  return message.additional;
}

void Insert(std::vector<DnsRecord>& section, const DnsRecord& record, Random& random) {
  if (section.size() >= kMostRecords) return;
  const size_t at = random.OneIn(2) ? section.size() : random.Below(section.size() + 1);
  section.insert(section.begin() + static_cast<std::ptrdiff_t>(at), record);
}

// The bytes as libFuzzer changes them, at most 16 more.
void MutateBytes(Bytes& bytes) {
  const size_t size = bytes.size();
  bytes.resize(size + 16);
  bytes.resize(LLVMFuzzerMutate(reinterpret_cast<uint8_t*>(bytes.data()), size, bytes.size()));
}

void EditHeader(DnsMessage& message, Random& random) {
  switch (random.Below(6)) {
    case 0: message.response = !message.response || !random.OneIn(4); break;
    case 1: message.opcode = static_cast<uint8_t>(random.OneIn(2) ? 0 : random.Below(16)); break;
    case 2: message.tc = !message.tc; break;
    case 3: message.aa = !message.aa; break;
    case 4: message.rcode = random.OneOf(std::array<uint8_t, 4>{0, 0, 9, 7}); break;
    default: message.rcode = static_cast<uint8_t>(random.Below(16));
  }
}

void EditCount(DnsMessage& message, Random& random) {
  const std::array<std::optional<uint16_t>*, 4> counts = {&message.qdcount, &message.ancount,
                                                          &message.nscount, &message.arcount};
  std::optional<uint16_t>& count = *random.OneOf(counts);
  if (count) {
    count.reset();
  } else {
    count = static_cast<uint16_t>(random.OneIn(4) ? random.Word() : random.Below(4));
  }
}

void EditQuestion(DnsMessage& message, Random& random) {
  auto& questions = message.questions;
  if (questions.empty() || random.OneIn(8)) {
    if (questions.size() < kMostRecords) questions.push_back({.name = RandomName(random)});
  } else if (random.OneIn(8)) {
    questions.pop_back();
  } else if (random.OneIn(2)) {
    questions.front().name = RandomName(random);
  } else {
    questions.front().type = random.OneOf(kTypes);
  }
}

void InsertRecord(DnsMessage& message, Random& random) {
  Insert(SomeSection(message, random), RandomRecord(random), random);
}

void InsertOpt(DnsMessage& message, Random& random) {
  auto& section = random.OneIn(8) ? SomeSection(message, random) : message.additional;
  Insert(section, RandomOpt(random), random);
}

// TSIG and TKEY where they belong, beside the code they belong to.
void InsertSecurity(DnsMessage& message, Random& random) {
  const bool tsig = random.OneIn(2);
  if (random.OneIn(2)) message.rcode = tsig ? 9 : 0;
  auto& section = tsig ? message.additional : message.answers;
  if (section.size() < kMostRecords) {
    section.push_back(tsig ? RandomTsig(random) : RandomTkey(random));
  }
}

void EditOptions(DnsMessage& message, Random& random) {
  for (DnsRecord& record : message.additional) {
    if (record.type != 41 || random.OneIn(3)) continue;
    if (random.OneIn(4)) {
      MutateBytes(record.rdata);
    } else if (record.rdata.size() < 1024) {
      record.rdata = random.OneIn(2) ? Join(record.rdata, RandomOption(random))
                                     : Join(RandomOption(random), record.rdata);
    }
    return;
  }
}

void EditRecord(DnsMessage& message, Random& random) {
  auto& section = FullSection(message, random);
  if (section.empty()) return;
  DnsRecord& record = section[random.Below(section.size())];
  switch (random.Below(6)) {
    case 0: record.owner = RandomName(random); break;
    case 1: record.type = random.OneOf(kTypes); break;
    case 2: record.ttl = uint32_t{random.Word()} << 16 | random.Word(); break;
    case 3: MutateBytes(record.rdata); break;
    case 4: record.rdata = RandomName(random); break;
    default:
      if (record.rdlength) {
        record.rdlength.reset();
      } else {
        record.rdlength = static_cast<uint16_t>(record.rdata.size() + random.Below(5));
      }
  }
}

void MoveRecord(DnsMessage& message, Random& random) {
  auto& from = FullSection(message, random);
  if (from.empty()) return;
  const auto at = from.begin() + static_cast<std::ptrdiff_t>(random.Below(from.size()));
  const DnsRecord record = *at;
  if (!random.OneIn(3)) from.erase(at);
  if (!random.OneIn(3)) Insert(SomeSection(message, random), record, random);
}

void EditTrailing(DnsMessage& message, Random& random) {
  message.trailing = random.OneIn(2) ? Bytes{} : RandomBytes(random, random.Below(8));
}

using Edit = void (*)(DnsMessage&, Random&);
constexpr std::array<Edit, 12> kEdits = {EditHeader,   EditHeader,     EditCount,  EditQuestion,
                                         InsertRecord, InsertRecord,   InsertOpt,  EditOptions,
                                         EditRecord,   InsertSecurity, MoveRecord, EditTrailing};

}  // namespace
}  // namespace rcodescope

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size,
                                          unsigned seed) {
  using namespace rcodescope;
  Random random(seed);
  if (random.OneIn(4)) return LLVMFuzzerMutate(data, size, max_size);
  DnsMessage message;
  if (size > 0) message = TakeApart(std::as_bytes(std::span(data + 1, size - 1)));
  for (size_t left = 1 + random.Below(4); left > 0; --left) random.OneOf(kEdits)(message, random);
  Bytes bytes = Wire(message);
  std::byte missing{0};
  if (random.OneIn(12)) {
    const size_t whole = bytes.size();
    bytes.resize(whole - random.Below(std::min<size_t>(whole - 12, 255) + 1));
    // Cut off by the capture, or by nobody.
    if (!random.OneIn(4)) missing = static_cast<std::byte>(whole - bytes.size());
  }
  bytes.insert(bytes.begin(), missing);
  bytes.resize(std::min(bytes.size(), max_size));
  std::copy(bytes.begin(), bytes.end(), reinterpret_cast<std::byte*>(data));
  return bytes.size();
}
