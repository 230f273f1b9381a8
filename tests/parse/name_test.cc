// Names on the wire: RFC 1035 §3.1, §4.1.4, §5.1.
#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "parse/dns_name.h"
#include "parse/kept_name.h"
#include "tests/support/frames.h"

namespace rcodescope {
namespace {

// `message` with a header's room in front, so that offsets are those of a message.
Bytes Behind12(const Bytes& bytes) { return Join(Fill(12, 0x03), bytes); }

// What ReadName makes of the name at `at`: presentation form, or "" when it cannot be read.
std::string ReadAt(const Bytes& message, size_t at) {
  const Frame frame(message);
  uint8_t room[kNameRoom];
  const NameRef name = ReadName({frame.packet.data, message.size()}, at, room);
  if (!name.empty()) {
    EXPECT_LE(name.size, kLongestName);
    EXPECT_EQ(name.data[name.size - 1], 0) << "ends in the root";
  }
  return PresentationForm(name);
}

size_t SkipAt(const Bytes& message, size_t at) {
  const Frame frame(message);
  return SkipName({frame.packet.data, message.size()}, at);
}

std::string Repeated(const std::string& text, size_t times) {
  std::string all;
  for (size_t i = 0; i < times; ++i) all += text;
  return all;
}

TEST(SkipName, EndsAtTheRootOrTheFirstPointer) {
  const struct {
    const char* name;
    Bytes bytes;
    size_t end;
  } kCases[] = {
      {"the root", U8(0), 13},
      {"labels", Name("www.example.com"), 12 + 17},
      {"a pointer, wherever it leads", Pointer(0x3fff), 14},
      {"labels, then a pointer", Join(Labels("www"), Pointer(0)), 12 + 6},
      {"the longest label", Name(std::string(63, 'a')), 12 + 65},
      {"a label of kind 01", Hex("41 61 00"), kNameInvalid},
      {"a label of kind 10", Hex("80 00"), kNameInvalid},
      {"a label of kind 10, 63 long", Hex("bf 00"), kNameInvalid},
      {"kind 01 behind a good label", Join(Labels("www"), Hex("7f 00")), kNameInvalid},
      {"nothing", {}, kNameBeyondEnd},
      {"a label without its last octet", Cut(Labels("www"), 3), kNameBeyondEnd},
      {"labels without an end", Labels("www"), kNameBeyondEnd},
      {"half a pointer", Hex("c0"), kNameBeyondEnd},
      {"half a pointer behind a label", Join(Labels("www"), Hex("ff")), kNameBeyondEnd},
      {"a length octet alone", Hex("3f"), kNameBeyondEnd},
  };
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.name);
    EXPECT_EQ(SkipAt(Behind12(test.bytes), 12), test.end);
  }
}

TEST(FirstLabel, StandsBehindThePointersThatLeadToIt) {
  const Bytes com = Name("example.com");  // at 12 … 24
  const struct {
    const char* name;
    Bytes bytes;
    size_t at;
    size_t label;
  } kCases[] = {
      {"no pointer", com, 12, 12},
      {"a pointer", Join(com, Pointer(12)), 25, 12},
      {"a pointer to a pointer", Join(com, Pointer(20), Pointer(25)), 27, 20},
      {"a pointer behind labels", Join(com, Labels("www"), Pointer(12)), 25, 25},
      {"far back", Join(com, Fill(0x2000), Pointer(0x2000)), 0x2019, 0x2000},
      {"a pointer to itself", Pointer(12), 12, 0},
      {"a pointer forward", Join(Pointer(14), com), 12, 0},
  };
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.name);
    const Bytes message = Behind12(test.bytes);
    EXPECT_EQ(FirstLabel(message, test.at), test.label);
  }
}

TEST(ReadName, FollowsPointersBackOnly) {
  const Bytes com = Name("example.com");  // at 12, "com" at 20, the root at 24, all in 13 octets
  const struct {
    const char* name;
    Bytes bytes;
    size_t at;
    const char* expected;
  } kCases[] = {
      {"no pointer", com, 12, "example.com."},
      {"the root", U8(0), 12, "."},
      {"a pointer alone", Join(com, Pointer(12)), 25, "example.com."},
      {"a pointer behind labels", Join(com, Labels("www"), Pointer(12)), 25, "www.example.com."},
      {"into the middle of a name", Join(com, Labels("www"), Pointer(20)), 25, "www.com."},
      {"to the root's octet", Join(com, Labels("www"), Pointer(24)), 25, "www."},
      {"a pointer to a pointer", Join(com, Pointer(12), Pointer(25)), 27, "example.com."},
      {"pointer, labels, pointer", Join(com, Labels("a"), Pointer(12), Labels("b"), Pointer(25)),
       29, "b.a.example.com."},
      {"to itself", Pointer(12), 12, ""},
      {"to itself behind a label", Join(Labels("a"), Pointer(12)), 12, ""},
      {"to its own second label", Join(Labels("a.b"), Pointer(14)), 12, ""},
      {"forward", Join(Pointer(14), com), 12, ""},
      {"forward behind the message", Join(com, Pointer(0x3fff)), 25, ""},
      {"to its own second octet", Join(com, Pointer(26)), 25, ""},
      {"to the message's last octet", Join(com, Pointer(27), U8(0)), 25, ""},
      {"two that point to each other", Join(Pointer(14), Pointer(12)), 14, ""},
      {"into the header", Join(com, Pointer(11)), 25, ""},
      {"to the header's first octet", Join(com, Pointer(0)), 25, ""},
      {"to a label of kind 01", Join(Hex("41 61 00"), Pointer(12)), 15, ""},
      {"a label of kind 01", Hex("41 61 00"), 12, ""},
      {"a label of kind 10", Hex("82 61 61 00"), 12, ""},
      {"half a pointer at the end", Join(com, Hex("c0")), 25, ""},
      {"nothing", com, 25, ""},
      {"a label past the end", Hex("05 61 61 61 61"), 12, ""},
      {"a label that leaves no room for the root", Hex("04 61 61 61 61"), 12, ""},
      {"from a label of 63 on", Join(Label(std::string(63, 'x')), U8(0), Pointer(12)), 77,
       "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx."},
  };
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.name);
    EXPECT_EQ(ReadAt(Behind12(test.bytes), test.at), test.expected);
  }
}

TEST(ReadName, TakesAPointerOfTheLargestOffset) {
  const Bytes message = Join(Fill(0x3fff), U8(0), Labels("a"), Pointer(0x3fff));
  EXPECT_EQ(ReadAt(message, 0x4000), "a.");
}

TEST(ReadName, KeepsTo255Octets) {
  const std::string label63 = std::string(63, 'a') + ".";
  const std::string longest = Repeated(label63, 3) + std::string(61, 'b') + ".";  // 3·64+62+1
  const std::string too_long = Repeated(label63, 3) + std::string(62, 'b') + ".";
  ASSERT_EQ(Name(longest).size(), 255u);
  EXPECT_EQ(ReadAt(Behind12(Name(longest)), 12), longest);
  EXPECT_EQ(ReadAt(Behind12(Name(too_long)), 12), "");
  EXPECT_EQ(ReadAt(Behind12(Name(Repeated(label63, 8))), 12), "");
}

TEST(ReadName, KeepsTo255OctetsAcrossPointers) {
  const std::string tail = Repeated(std::string(63, 'a') + ".", 3);  // 193 octets with the root's
  for (const auto& [length, fits] : {std::pair{61, true}, {62, false}, {63, false}}) {
    SCOPED_TRACE(length);
    const std::string label(static_cast<size_t>(length), 'b');
    const Bytes message = Behind12(Join(Name(tail), Label(label), Pointer(12)));
    EXPECT_EQ(ReadAt(message, 12 + 193), fits ? label + "." + tail : "");
  }
}

TEST(ReadName, Takes127Labels) {
  const std::string most = Repeated("a.", 127);
  ASSERT_EQ(Name(most).size(), 255u);
  const Bytes message = Behind12(Name(most));
  const Frame frame(message);
  uint8_t room[kNameRoom];
  const NameRef name = ReadName({frame.packet.data, message.size()}, 12, room);
  EXPECT_EQ(name.size, 255);
  EXPECT_EQ(name.labels, 127);
  EXPECT_EQ(ReadAt(Behind12(Name(most + "a.")), 12), "");
}

TEST(ReadName, FollowsSixteenPointersAndNoMore) {
  Bytes chain = Join(Fill(12), U8(0));
  size_t target = 12;
  for (int pointers = 1; pointers <= 20; ++pointers) {
    const Bytes name = Join(Labels("a"), Pointer(target));
    EXPECT_EQ(ReadAt(Join(chain, name), chain.size()), pointers <= 16 ? "a." : "") << pointers;
    const size_t here = chain.size();
    chain = Join(chain, Pointer(target));
    target = here;
  }
}

TEST(ReadName, NeverReadsPastTheEndWhereverTheMessageIsCut) {
  const Bytes whole =
      Behind12(Join(Name("example.com"), Labels("www"), Pointer(12), Labels("a.b"), Pointer(25)));
  for (size_t size = 12; size <= whole.size(); ++size) {
    const Bytes cut = Cut(whole, size);
    for (size_t at = 12; at <= size; ++at) {
      ReadAt(cut, at);
      const size_t end = SkipAt(cut, at);
      ASSERT_TRUE(end <= kNameInvalid || (end > at && end <= size)) << at << " of " << size;
    }
  }
}

// What SkipName passes over and ReadName reads end together.
TEST(ReadName, AgreesWithSkipNameOnNamesWithoutPointers) {
  for (size_t length = 1; length <= 63; ++length) {
    const Bytes message = Behind12(Join(Name(std::string(length, 'a') + ".b"), Fill(20, 0xff)));
    EXPECT_EQ(SkipAt(message, 12), 12 + length + 4);
    EXPECT_EQ(ReadAt(message, 12), std::string(length, 'a') + ".b.");
  }
}

// RFC 4343 §3: ASCII letters only.
TEST(ReadName, LowersAsciiLettersAndNothingElse) {
  for (unsigned octet = 0; octet < 256; ++octet) {
    // At every place of a block of 16, beside letters.
    for (const size_t place : {size_t{0}, size_t{14}, size_t{15}, size_t{16}, size_t{40}}) {
      std::string label(50, 'Z');
      label[place] = static_cast<char>(octet);
      const Bytes message = Behind12(Join(Label(label), U8(0)));
      const Frame frame(message);
      uint8_t room[kNameRoom];
      const NameRef name = ReadName({frame.packet.data, message.size()}, 12, room);
      ASSERT_EQ(name.size, 52);
      const bool upper = octet >= 'A' && octet <= 'Z';
      ASSERT_EQ(name.data[1 + place], upper ? octet + 32 : octet);
      ASSERT_EQ(name.data[1 + (place + 1) % 50], 'z');
    }
  }
  EXPECT_EQ(ReadAt(Behind12(Name("wWw.ExAmPlE.cOm")), 12), "www.example.com.");
}

// Reads a presentation form by RFC 1035 §5.1: \DDD is the octet of that value, \X is X.
Bytes FromPresentation(const std::string& text) {
  if (text == ".") return U8(0);
  Bytes name;
  std::string label;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '.') {
      name = Join(name, Label(label));
      label.clear();
    } else if (text[i] != '\\') {
      label += text[i];
    } else if (text.at(i + 1) >= '0' && text.at(i + 1) <= '9') {
      label += static_cast<char>(std::stoi(text.substr(i + 1, 3)));
      i += 3;
    } else {
      label += text[++i];
    }
  }
  return Join(name, U8(0));
}

TEST(PresentationForm, OfAllOctetsIsPrintableAndGoesBack) {
  for (unsigned octet = 0; octet < 256; ++octet) {
    SCOPED_TRACE(octet);
    const std::string label = {'x', static_cast<char>(octet), '1'};  // a digit behind, for \DDD
    const Bytes name = Join(Label(label), Label("y"), U8(0));
    const NameRef ref{reinterpret_cast<const uint8_t*>(name.data()),
                      static_cast<uint8_t>(name.size()), 2};
    const std::string text = PresentationForm(ref);
    for (const char c : text) {
      EXPECT_TRUE(c >= 0x21 && c <= 0x7e) << text;
      EXPECT_NE(c, '"') << "harmless inside quotes";
    }
    EXPECT_EQ(FromPresentation(text), name) << text;
  }
}

TEST(PresentationForm, EscapesAsRfc1035Says) {
  const auto form = [](const Bytes& name) {
    return PresentationForm(
        {reinterpret_cast<const uint8_t*>(name.data()), static_cast<uint8_t>(name.size()), 1});
  };
  EXPECT_EQ(form(Join(Label("a.b"), U8(0))), "a\\.b.");
  EXPECT_EQ(form(Join(Label("a\\b"), U8(0))), "a\\\\b.");
  EXPECT_EQ(form(Join(Label("a b"), U8(0))), "a\\032b.");
  EXPECT_EQ(form(Join(Label("a\nb"), U8(0))), "a\\010b.");
  EXPECT_EQ(form(Join(Label(std::string_view("\0", 1)), U8(0))), "\\000.");
  EXPECT_EQ(form(Join(Label("\xff"), U8(0))), "\\255.");
  EXPECT_EQ(form(Join(Label("\x7f"), U8(0))), "\\127.");
  EXPECT_EQ(form(Join(Label("\""), U8(0))), "\\034.");
  EXPECT_EQ(form(Join(Label("~!"), U8(0))), "~!.");
  EXPECT_EQ(form(Name("xn--bcher-kva.example")), "xn--bcher-kva.example.");
  EXPECT_EQ(form(U8(0)), ".");
  EXPECT_EQ(PresentationForm({}), "") << "no name is not the root";
}

TEST(SuffixAt, IsAPartThatBeginsAtALabel) {
  const Bytes bytes = Name("www.example.com");
  const NameRef name{reinterpret_cast<const uint8_t*>(bytes.data()), 17, 3};
  const struct {
    size_t at;
    const char* expected;
    uint8_t labels;
  } kCases[] = {{0, "www.example.com.", 3},
                {4, "example.com.", 2},
                {12, "com.", 1},
                {16, ".", 0},
                {1, "", 0},
                {5, "", 0},
                {15, "", 0}};
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.at);
    const NameRef part = SuffixAt(name, test.at);
    EXPECT_EQ(PresentationForm(part), test.expected);
    EXPECT_EQ(part.labels, test.labels);
    EXPECT_EQ(part.size, part.empty() ? 0U : name.size - test.at);
  }
}

TEST(LastLabels, AreTheEndsOfAName) {
  for (const size_t labels :
       {size_t{0}, size_t{1}, size_t{3}, size_t{16}, size_t{17}, size_t{127}}) {
    SCOPED_TRACE(labels);
    std::string text;
    for (size_t i = 0; i < labels; ++i) text += static_cast<char>('a' + i % 26), text += '.';
    const Bytes bytes = Name(text);
    const NameRef name{reinterpret_cast<const uint8_t*>(bytes.data()),
                       static_cast<uint8_t>(bytes.size()), static_cast<uint8_t>(labels)};
    const LastLabels last(name);
    for (int count = 0; count <= 130; ++count) {
      const size_t kept = std::min(static_cast<size_t>(count), labels);
      const NameRef suffix = last.Suffix(count);
      const std::string expected = kept == 0 ? "." : text.substr(text.size() - 2 * kept);
      EXPECT_EQ(PresentationForm(suffix), expected) << count;
      EXPECT_EQ(suffix.labels, kept);
      const LastLabels cut = last.Cut(count);
      EXPECT_EQ(cut.name(), suffix);
      for (int again = 0; again <= count; ++again) {
        const NameRef part = cut.Suffix(again);
        EXPECT_EQ(part, last.Suffix(again)) << count;
        EXPECT_EQ(part.labels, std::min(static_cast<size_t>(again), labels));
      }
    }
  }
}

// The second label stands at octet 24: a header behind where the counting of a message's begins.
TEST(KeepName, OfTheQuestionsLabelsTheOneThatIsReferredTo) {
  const std::string first(23, 'a');
  const Bytes question = Name(first + ".b.example");
  const auto batch = std::make_unique<ObservationBatch>();
  for (const auto& [octet, text] : {std::pair<unsigned, std::string>{0, first + ".b.example."},
                                    {24, "b.example."},
                                    {26, "example."},
                                    {34, "."}}) {
    const Bytes message = Behind12(Join(question, Pointer(12 + octet)));
    const NameRef qname = ReadName(message, 12, batch->NameRoom());
    batch->Keep(qname);
    const NameRef kept = KeepName(message, 12 + question.size(), qname, *batch);
    EXPECT_EQ(PresentationForm(kept), text);
    EXPECT_EQ(kept.data, qname.data + octet) << "no copy";
  }
}

}  // namespace
}  // namespace rcodescope
