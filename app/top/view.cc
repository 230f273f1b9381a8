#include "app/top/view.h"

#include <algorithm>
#include <utility>

#include <absl/strings/ascii.h>

namespace rcodescope {
namespace {

using Key = KeyPress::Key;

constexpr size_t kLongestText = 60;

// The code that was meant: its whole name, else the first that begins so, else as it is.
std::string CodeOf(const std::string& typed, const std::vector<std::string>& codes) {
  const std::string name = absl::AsciiStrToUpper(typed);
  if (name.empty() || std::find(codes.begin(), codes.end(), name) != codes.end()) return name;
  const auto found = std::find_if(codes.begin(), codes.end(),
                                  [&](const std::string& code) { return code.starts_with(name); });
  return found == codes.end() ? name : *found;
}

}  // namespace

void TopView::Press(const KeyPress& press, const std::vector<std::string>& codes, size_t page) {
  if (prompt != Prompt::kNone) {
    Type(press, codes);
    return;
  }
  const auto up = [&](size_t rows) { skipped -= std::min(skipped, rows); };
  switch (press.key) {
    case Key::kCharacter: Command(press.character); break;
    case Key::kLeft: NextCode(codes, false); break;
    case Key::kRight: NextCode(codes, true); break;
    case Key::kUp: up(1); break;
    case Key::kDown: ++skipped; break;
    case Key::kPageUp: up(page); break;
    case Key::kPageDown: skipped += page; break;
    case Key::kEscape:
      if (!std::exchange(help, false)) {
        code.clear();
        text.clear();
        skipped = 0;
      }
      break;
    case Key::kTab:
      dimension = static_cast<Dimension>((static_cast<size_t>(dimension) + 1) % kDimensions);
      skipped = 0;
      break;
    case Key::kEnter:
    case Key::kBackspace: break;
  }
}

void TopView::Type(const KeyPress& press, const std::vector<std::string>& codes) {
  switch (press.key) {
    case Key::kCharacter:
      if (typed.size() < kLongestText) typed += press.character;
      return;
    case Key::kBackspace:
      if (!typed.empty()) typed.pop_back();
      return;
    case Key::kEnter:
      (prompt == Prompt::kCode ? code : text) =
          prompt == Prompt::kCode ? CodeOf(typed, codes) : typed;
      skipped = 0;
      break;
    case Key::kEscape: break;
    default: return;
  }
  prompt = Prompt::kNone;
  typed.clear();
}

void TopView::Command(char character) {
  const auto show = [&](Dimension which) {
    dimension = which;
    skipped = 0;
  };
  switch (character) {
    case 'z': show(Dimension::kZone); break;
    case 's': show(Dimension::kServer); break;
    case 'c': show(Dimension::kClient); break;
    case 'o': order = static_cast<KeyOrder>((static_cast<int>(order) + 1) % 3); break;
    case 'p':
    case ' ': paused = !paused; break;
    case 'r': prompt = Prompt::kCode; break;
    case '/': prompt = Prompt::kText; break;
    case 'h':
    case '?': help = !help; break;
    case 'q': quit = true; break;
    default: break;
  }
}

void TopView::NextCode(const std::vector<std::string>& codes, bool forward) {
  std::vector<std::string> choices = {""};
  choices.insert(choices.end(), codes.begin(), codes.end());
  const auto at = std::find(choices.begin(), choices.end(), code);
  const size_t place = at == choices.end() ? 0 : static_cast<size_t>(at - choices.begin());
  code = choices[(place + (forward ? 1 : choices.size() - 1)) % choices.size()];
  skipped = 0;
}

}  // namespace rcodescope
