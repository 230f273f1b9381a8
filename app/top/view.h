// What of an instance's figures `top` shows, and how keys change that.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "aggregate/snapshot.h"

namespace rcodescope {

struct KeyPress {
  enum class Key : uint8_t {
    kCharacter,
    kLeft,
    kRight,
    kUp,
    kDown,
    kPageUp,
    kPageDown,
    kEnter,
    kEscape,
    kBackspace,
    kTab,
  };
  Key key = Key::kCharacter;
  char character = '\0';  // printable ASCII with kCharacter
};

enum class KeyOrder : uint8_t { kRate, kCount, kShare };

struct TopView {
  // What the last line asks for; typed text is in `typed`.
  enum class Prompt : uint8_t { kNone, kCode, kText };

  Dimension dimension = Dimension::kZone;
  KeyOrder order = KeyOrder::kRate;
  std::string code;    // keys are shown by their responses with it; empty: by all errors
  std::string text;    // only keys with it; empty: all
  size_t skipped = 0;  // keys above the first that is shown
  bool paused = false;
  bool help = false;
  bool quit = false;
  Prompt prompt = Prompt::kNone;
  std::string typed;

  // `codes`: names that there are, as arrows go through them. `page`: rows of a page.
  void Press(const KeyPress& press, const std::vector<std::string>& codes, size_t page);

 private:
  void Type(const KeyPress& press, const std::vector<std::string>& codes);
  void Command(char character);
  void NextCode(const std::vector<std::string>& codes, bool forward);
};

}  // namespace rcodescope
