#include <gtest/gtest.h>

#include "app/top/view.h"

namespace rcodescope {
namespace {

using Key = KeyPress::Key;

const std::vector<std::string> kCodes = {"NOERROR", "NXDOMAIN", "SERVFAIL"};

void Type(TopView& view, const std::string& text) {
  for (const char c : text) view.Press({Key::kCharacter, c}, kCodes, 10);
}

void Press(TopView& view, Key key) { view.Press({key}, kCodes, 10); }

TEST(TopView, ArrowsGoThroughTheCodesAndAround) {
  TopView view;
  for (const char* const code : {"NOERROR", "NXDOMAIN", "SERVFAIL", "", "NOERROR"}) {
    Press(view, Key::kRight);
    EXPECT_EQ(view.code, code);
  }
  Press(view, Key::kLeft);
  Press(view, Key::kLeft);
  EXPECT_EQ(view.code, "SERVFAIL");
}

TEST(TopView, ACodeIsNamedByItsBeginning) {
  struct Row {
    const char* typed;
    const char* code;
  };
  for (const Row& row : {Row{"serv", "SERVFAIL"},
                         {"NOERROR", "NOERROR"},
                         {"n", "NOERROR"},
                         {"nx", "NXDOMAIN"},
                         {"refused", "REFUSED"},
                         {"", ""}}) {
    TopView view;
    Type(view, "r");
    Type(view, row.typed);
    Press(view, Key::kEnter);
    EXPECT_EQ(view.code, row.code);
    EXPECT_EQ(view.prompt, TopView::Prompt::kNone);
  }
}

TEST(TopView, WhatIsTypedIsNoCommand) {
  TopView view;
  Type(view, "/q.z");
  EXPECT_FALSE(view.quit);
  Press(view, Key::kBackspace);
  Press(view, Key::kEnter);
  EXPECT_EQ(view.text, "q.");
  Type(view, "/other");
  Press(view, Key::kEscape);
  EXPECT_EQ(view.text, "q.") << "given up";
  Press(view, Key::kEscape);
  EXPECT_EQ(view.text, "");
  Type(view, "q");
  EXPECT_TRUE(view.quit);
}

TEST(TopView, AnotherTableBeginsAtItsTop) {
  TopView view;
  Press(view, Key::kPageDown);
  Press(view, Key::kUp);
  EXPECT_EQ(view.skipped, 9u);
  Type(view, "s");
  EXPECT_EQ(view.dimension, Dimension::kServer);
  EXPECT_EQ(view.skipped, 0u);
  Press(view, Key::kUp);
  EXPECT_EQ(view.skipped, 0u);
  Press(view, Key::kTab);
  EXPECT_EQ(view.dimension, Dimension::kZone);
}

}  // namespace
}  // namespace rcodescope
