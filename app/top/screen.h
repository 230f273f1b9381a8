// The terminal: lines of text and their inks to it, keys from it.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include <absl/status/statusor.h>

#include "app/top/frame.h"
#include "app/top/view.h"

namespace rcodescope {

// One at a time. Not thread-safe. The terminal is as it was once this is gone.
class Screen {
 public:
  // Unavailable: the terminal cannot place text, or TERM does not say what it is.
  static absl::StatusOr<std::unique_ptr<Screen>> Open();
  ~Screen();
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;

  FrameSize size() const;
  // The terminal has another size than before: asks it which.
  void Resize();
  // Only what differs from before is sent.
  void Show(const Frame& frame);
  // A key that was pressed; empty: none is left.
  std::optional<KeyPress> Read();

 private:
  class Impl;
  explicit Screen(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace rcodescope
