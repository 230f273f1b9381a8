#include <gtest/gtest.h>

#include "app/top/frame.h"
#include "exporters/printable.h"

namespace rcodescope {
namespace {

constexpr int64_t kSecond = 1'000'000'000;

KeyFigures& Of(Figures& figures, Dimension dimension) {
  return figures.dimensions[static_cast<size_t>(dimension)];
}

// 10 s in which example. got 5 SERVFAIL of 20.
Figures First() {
  Figures figures;
  figures.first = "2026-01-01T00:00:00.000000000Z";
  figures.last = "2026-01-01T00:00:10.000000000Z";
  figures.last_ns = 10 * kSecond;
  figures.responses = 100;
  figures.queries = 100;
  figures.packets = 200;
  figures.codes = {{"NOERROR", 85}, {"NXDOMAIN", 10}, {"SERVFAIL", 5}};
  Of(figures, Dimension::kZone).keys = {{"example.", {{"NOERROR", 15}, {"SERVFAIL", 5}}},
                                        {"steady.test.", {{"NXDOMAIN", 10}}}};
  Of(figures, Dimension::kZone).other = {{"NOERROR", 70}};
  Of(figures, Dimension::kServer).keys = {{"192.0.2.53", figures.codes}};
  figures.dropped = {{"kernel", 0}};
  return figures;
}

// 5 s later: 500 SERVFAIL more, of them 400 for example. and 100 for a zone that was not named.
Figures Second() {
  Figures figures = First();
  figures.last = "2026-01-01T00:00:15.000000000Z";
  figures.last_ns = 15 * kSecond;
  figures.responses += 500;
  figures.packets += 500;
  figures.codes["SERVFAIL"] += 500;
  Of(figures, Dimension::kZone).keys["example."]["SERVFAIL"] += 400;
  Of(figures, Dimension::kZone).keys["new.test."]["SERVFAIL"] = 100;
  Of(figures, Dimension::kServer).keys["192.0.2.53"] = figures.codes;
  figures.dropped = {{"kernel", 50}};
  figures.spikes = {"SERVFAIL 100/s for example.", "another", "a third"};
  return figures;
}

class TopFrame : public testing::Test {
 protected:
  void Take(const Figures& figures) { history_.Take(figures, std::to_string(++taken_), {}); }

  std::string Text(const TopView& view = {}, FrameSize size = {24, 80}) {
    source_.history = &history_;
    std::string text;
    for (const FrameLine& line : MakeFrame(source_, view, size).lines) text += line.text + "\n";
    return text;
  }

  FigureHistory history_;
  FrameSource source_{.url = "http://127.0.0.1:10053"};
  int taken_ = 0;
};

bool Has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST_F(TopFrame, RatesAreOfWhatWasCountedSinceTheReportBefore) {
  Take(First());
  const std::string first = Text();
  EXPECT_TRUE(Has(first, "responses 10.0/s (100)  errors 15.0%")) << first;
  EXPECT_TRUE(Has(first, "rates are of all 10.000 s")) << first;
  Take(Second());
  const std::string text = Text();
  EXPECT_TRUE(Has(text, "responses 100/s (600)  errors 99.9%  queries 0.0/s (100)") ||
              Has(text, "responses 100/s (600)  errors 100.0%  queries 0.0/s (100)"))
      << text;
  EXPECT_TRUE(Has(text, "packets 100/s (700)  rates are of the last 5.000 s")) << text;
  EXPECT_TRUE(Has(text, "dropped  kernel 10.0/s (50)  held 0  residual 0")) << text;
  EXPECT_TRUE(Has(text, "  example.          80.0     405       96.4%        420")) << text;
  EXPECT_TRUE(Has(text, "  new.test.                  100      100.0%        100"))
      << "it was not named before: its rate is not known\n"
      << text;
  EXPECT_TRUE(Has(text, "; other 0")) << "NOERROR is no error\n" << text;
}

TEST_F(TopFrame, OneCodeAndOneTextNarrowTheKeys) {
  Take(Second());
  TopView view;
  view.code = "NXDOMAIN";
  std::string text = Text(view);
  EXPECT_TRUE(Has(text, "zones with NXDOMAIN by rate: 1-1 of 1; other 0")) << text;
  EXPECT_TRUE(Has(text, "steady.test.")) << text;
  EXPECT_FALSE(Has(text, "  example. ")) << text;
  EXPECT_TRUE(Has(text, "  >  NXDOMAIN")) << text;
  view.code.clear();
  view.text = "EXAM";
  text = Text(view);
  EXPECT_TRUE(Has(text, "1-1 of 1, with \"EXAM\"")) << text;
  EXPECT_TRUE(Has(text, "  example. ")) << text;
  EXPECT_FALSE(Has(text, "steady.test.")) << text;
}

TEST_F(TopFrame, TheOrderIsTheViews) {
  Take(Second());
  TopView view;
  const auto first_is = [&](KeyOrder order, const std::string& key) {
    view.order = order;
    const std::string text = Text(view);
    return text.find("  " + key) < text.find(key == "example." ? "  new.test." : "  example. ");
  };
  EXPECT_TRUE(first_is(KeyOrder::kCount, "example."));
  EXPECT_TRUE(first_is(KeyOrder::kShare, "new.test."));
}

TEST_F(TopFrame, TheChosenCodeIsAlwaysAmongThoseShown) {
  Figures figures = First();
  for (int i = 100; i < 150; ++i) figures.codes["RCODE" + std::to_string(i)] = 2;
  figures.codes["BADALG"] = 1;
  Take(figures);
  TopView view;
  view.code = "BADALG";
  EXPECT_TRUE(Has(Text(view), "  >  BADALG")) << Text(view);
}

TEST_F(TopFrame, SpikesThatHaveNoRoomAreCounted) {
  Take(Second());
  const std::string text = Text();
  EXPECT_TRUE(Has(text, "! SERVFAIL 100/s for example.\n! another\n! a third\n")) << text;
  Figures many = Second();
  many.spikes.resize(9, "one more");
  Take(many);
  EXPECT_TRUE(Has(Text(), "! a third\n  and 6 more spikes\n")) << Text();
}

TEST_F(TopFrame, AnInstanceThatIsGoneIsSaidBesideTheLastFigures) {
  EXPECT_TRUE(Has(Text(), "it is asked for its figures"));
  source_.problem = "connection \x1b[2Jrefused";
  EXPECT_TRUE(Has(Text(), "no new figures: connection \\x1b[2Jrefused; it is asked again"));
  Take(First());
  EXPECT_TRUE(Has(Text(), "no new figures: ")) << Text();
  EXPECT_TRUE(Has(Text(), "(100)")) << Text();
  source_.problem.clear();
  source_.unchanged_s = 12;
  EXPECT_TRUE(Has(Text(), "its report has not changed for 12 s"));
}

TEST_F(TopFrame, WithoutEndAllDimensionsAreShown) {
  Take(Second());
  const std::string text = Text({}, {0, 100});
  for (const char* const title :
       {"zones with errors", "servers with errors", "clients with errors"}) {
    EXPECT_TRUE(Has(text, title)) << text;
  }
}

TEST_F(TopFrame, HostileStringsFitAnySizeAndHoldNoControlBytes) {
  Figures figures = Second();
  const std::string hostile = "\x1b[2J\x07\xff\r\n\xe2\x80\xae" + std::string(300, 'w') + "\x9b";
  figures.last = hostile;
  figures.codes[hostile] = 1'000'000;
  figures.dropped[hostile] = 3;
  figures.spikes = {hostile, "", hostile};
  figures.links_down = {hostile};
  for (KeyFigures& keys : figures.dimensions) keys.keys[hostile] = {{hostile, 9}, {"SERVFAIL", 1}};
  Take(First());
  Take(figures);
  source_.url = hostile;
  TopView view;
  view.text = "w";
  for (const bool help : {false, true}) {
    for (size_t rows = 1; rows <= 60; rows += rows < 30 ? 1 : 10) {
      for (const size_t columns : std::initializer_list<size_t>{1, 2, 10, 40, 79, 80, 132, 400}) {
        view.help = help;
        view.code = columns % 2 == 0 ? hostile : "";
        source_.history = &history_;
        const Frame frame = MakeFrame(source_, view, {rows, columns});
        EXPECT_EQ(frame.lines.size(), rows);
        for (const FrameLine& line : frame.lines) {
          EXPECT_LE(DisplayWidth(line.text), columns);
          EXPECT_EQ(Printable(line.text), line.text);
        }
      }
    }
  }
}

}  // namespace
}  // namespace rcodescope
