#include "app/top/screen.h"

#include <algorithm>
#include <clocale>
#include <cstring>
#include <utility>

#include <langinfo.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define NCURSES_NOMACROS 1
#define NCURSES_WIDECHAR 1
#include <absl/strings/str_cat.h>
#include <curses.h>

#include "app/top/terminal_type.h"

namespace rcodescope {
namespace {

constexpr int kEscapeMs = 50;  // that a sequence of one key may be apart, over slow lines too

enum Pair : short { kGoodPair = 1, kErrorPair, kWarningPair };

using Key = KeyPress::Key;

std::optional<Key> KeyOf(int code) {
  switch (code) {
    case KEY_LEFT: return Key::kLeft;
    case KEY_RIGHT: return Key::kRight;
    case KEY_UP: return Key::kUp;
    case KEY_DOWN: return Key::kDown;
    case KEY_PPAGE: return Key::kPageUp;
    case KEY_NPAGE: return Key::kPageDown;
    case KEY_ENTER:
    case '\n':
    case '\r': return Key::kEnter;
    case KEY_BACKSPACE:
    case '\b':
    case 0x7f: return Key::kBackspace;
    case 0x1b: return Key::kEscape;
    case '\t': return Key::kTab;
    default: return std::nullopt;
  }
}

// For terminals that know no more: characters of bars and of what was left out in ASCII.
std::string AsciiOf(const std::string& text) {
  std::string ascii;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x80) {
      ascii += text[i];
    } else if (byte >= 0xc0) {  // the first of a character
      const std::string_view rest = std::string_view(text).substr(i);
      ascii += rest.starts_with("…") ? '~' : rest.starts_with("\xe2\x96") ? '#' : '?';
    }
  }
  return ascii;
}

}  // namespace

class Screen::Impl {
 public:
  explicit Impl(SCREEN* screen) : screen_(screen) {
    utf8_ = std::strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
    set_escdelay(kEscapeMs);
    cbreak();
    noecho();
    nonl();
    intrflush(stdscr, FALSE);
    keypad(stdscr, TRUE);
    // Some terminals stay with the one of the two ways to send arrows, whatever they are asked for.
    for (const auto& [end, code] :
         {std::pair("A", KEY_UP), {"B", KEY_DOWN}, {"C", KEY_RIGHT}, {"D", KEY_LEFT}}) {
      for (const char* const begin : {"\x1b[", "\x1bO"}) {
        define_key(absl::StrCat(begin, end).c_str(), code);
      }
    }
    nodelay(stdscr, TRUE);
    curs_set(0);
    color_ = has_colors() && start_color() == OK;
    if (!color_) return;
    use_default_colors();
    init_pair(kGoodPair, COLOR_GREEN, -1);
    init_pair(kErrorPair, COLOR_RED, -1);
    init_pair(kWarningPair, COLOR_YELLOW, -1);
  }
  ~Impl() {
    endwin();
    delscreen(screen_);
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  void Show(const Frame& frame) const {
    werase(stdscr);
    for (size_t row = 0; row < frame.lines.size(); ++row) {
      const FrameLine& line = frame.lines[row];
      const std::string text = utf8_ ? line.text : AsciiOf(line.text);
      wattrset(stdscr, static_cast<int>(AttributesOf(line.ink)));
      mvwaddstr(stdscr, static_cast<int>(row), 0, text.c_str());
    }
    wrefresh(stdscr);
  }

 private:
  chtype AttributesOf(Ink ink) const {
    const auto in_color = [&](Pair pair) {
      return color_ ? static_cast<chtype>(COLOR_PAIR(pair)) : A_BOLD;
    };
    switch (ink) {
      case Ink::kHeading: return A_BOLD;
      case Ink::kFaint: return A_DIM;
      case Ink::kGood: return in_color(kGoodPair);
      case Ink::kError: return in_color(kErrorPair);
      case Ink::kWarning: return in_color(kWarningPair);
      case Ink::kPlain: break;
    }
    return A_NORMAL;
  }

  SCREEN* screen_;
  bool utf8_ = false;
  bool color_ = false;
};

absl::StatusOr<std::unique_ptr<Screen>> Screen::Open() {
  std::setlocale(LC_CTYPE, "");
  const absl::StatusOr<std::string> type = TerminalType();
  if (!type.ok()) return type.status();
  SCREEN* const screen = newterm(type->c_str(), stdout, stdin);
  if (screen == nullptr) {
    return absl::UnavailableError(absl::StrCat("the terminal cannot be used as TERM=", *type));
  }
  return std::unique_ptr<Screen>(new Screen(std::make_unique<Impl>(screen)));
}

Screen::Screen(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Screen::~Screen() = default;

FrameSize Screen::size() const {
  return {static_cast<size_t>(std::max(getmaxy(stdscr), 1)),
          static_cast<size_t>(std::max(getmaxx(stdscr), 1))};
}

void Screen::Resize() {
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row == 0 || size.ws_col == 0) return;
  resizeterm(size.ws_row, size.ws_col);
  wclear(stdscr);
}

void Screen::Show(const Frame& frame) { impl_->Show(frame); }

std::optional<KeyPress> Screen::Read() {
  for (int code = wgetch(stdscr); code != ERR; code = wgetch(stdscr)) {
    if (const std::optional<Key> key = KeyOf(code)) return KeyPress{*key};
    if (code >= 0x20 && code < 0x7f) return KeyPress{Key::kCharacter, static_cast<char>(code)};
  }
  return std::nullopt;
}

}  // namespace rcodescope
