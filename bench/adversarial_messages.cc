#include "bench/adversarial_messages.h"

#include <algorithm>

namespace rcodescope {
namespace {

using Message = std::vector<std::byte>;

constexpr size_t kDatagram = 1'472;  // of an Ethernet frame
constexpr size_t kLongest = 65'535;  // TCP, RFC 1035 §4.2.2

void Put16(Message& message, size_t value) {
  message.push_back(static_cast<std::byte>(value >> 8));
  message.push_back(static_cast<std::byte>(value & 255));
}

void PatchU16(Message& message, size_t at, size_t value) {
  message[at] = static_cast<std::byte>(value >> 8);
  message[at + 1] = static_cast<std::byte>(value & 255);
}

// A name of 127 labels of one octet: the slowest to walk.
void PutLongName(Message& message, uint8_t last = 'a') {
  for (int label = 0; label < 127; ++label) {
    message.push_back(std::byte{1});
    message.push_back(label == 126 ? static_cast<std::byte>(last) : std::byte{'A'});
  }
  message.push_back(std::byte{0});
}

// A response with one question: the long name, or the root.
Message Begin(bool long_question) {
  Message message;
  for (const unsigned word : {0x1234U, 0x8180U, 1U, 0U, 0U, 0U}) Put16(message, word);
  if (long_question) {
    PutLongName(message);
  } else {
    message.push_back(std::byte{0});
  }
  Put16(message, 1);
  Put16(message, 1);
  return message;
}

void PutFields(Message& message, size_t type, size_t rdlength) {
  Put16(message, type);
  Put16(message, 1);
  Put16(message, 0);
  Put16(message, 0);
  Put16(message, rdlength);
}

// As many additional records without data as there is room for, each owned by the root.
Message SmallRecords(size_t size) {
  Message message = Begin(false);
  size_t count = 0;
  for (; message.size() + 11 <= size; ++count) {
    message.push_back(std::byte{0});
    PutFields(message, 1, 0);
  }
  PatchU16(message, 10, count);
  return message;
}

// One OPT full of options without data.
Message SmallOptions(size_t size) {
  Message message = Begin(false);
  message.push_back(std::byte{0});
  const size_t room = (size - message.size() - 10) / 4 * 4;
  PutFields(message, 41, room);
  for (size_t at = 0; at < room; at += 4) {
    Put16(message, 9);
    Put16(message, 0);
  }
  PatchU16(message, 10, 1);
  return message;
}

// Records whose owners are long names.
Message LongOwners(size_t size) {
  Message message = Begin(true);
  size_t count = 0;
  for (; message.size() + 255 + 10 <= size; ++count) {
    PutLongName(message);
    PutFields(message, 2, 0);
  }
  PatchU16(message, 8, count);
  return message;
}

// CNAMEs whose owners and targets are the same long name, each written out.
Message CnameChain(size_t size) {
  Message message = Begin(true);
  size_t count = 0;
  for (; message.size() + 2 * 255 + 10 <= size; ++count) {
    PutLongName(message);
    PutFields(message, 5, 255);
    PutLongName(message);
  }
  PatchU16(message, 6, count);
  return message;
}

// Pointers to pointers in the data of one record, and then owners that lead there.
Message PointerChain(size_t size) {
  Message message = Begin(false);
  message.push_back(std::byte{0});
  const size_t data = std::min<size_t>(size / 2, 0x3000) / 2 * 2;
  PutFields(message, 1, data);
  size_t target = 12;
  for (size_t i = 0; i < data; i += 2) {
    const size_t here = message.size();
    Put16(message, 0xc000 | target);
    target = here;
  }
  size_t count = 1;
  for (; message.size() + 12 + 2 <= size; ++count) {
    Put16(message, 0xc000 | target);
    PutFields(message, 5, 2);
    Put16(message, 0xc000 | target);
  }
  PatchU16(message, 6, count);
  return message;
}

constexpr struct {
  const char* name;
  Message (*make)(size_t);
} kKinds[] = {
    {"small_records", SmallRecords}, {"small_options", SmallOptions}, {"long_owners", LongOwners},
    {"cname_chain", CnameChain},     {"pointer_chain", PointerChain},
};

}  // namespace

std::vector<AdversarialMessage> AdversarialMessages() {
  std::vector<AdversarialMessage> messages;
  for (const auto& kind : kKinds) {
    for (const size_t size : {kDatagram, kLongest}) {
      messages.push_back({std::string(kind.name) + "/" + std::to_string(size), kind.make(size)});
    }
  }
  return messages;
}

uint64_t ByteSum(std::span<const std::byte> bytes) {
  uint64_t sum = 0;
  for (const std::byte byte : bytes) {
    sum += std::to_integer<uint64_t>(byte);
    asm volatile("" : "+r"(sum));
  }
  return sum;
}

}  // namespace rcodescope
