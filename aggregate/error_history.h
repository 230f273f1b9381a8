// Whose errors are whose, and when each key had them: what a reader of a report asks next.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

#include "aggregate/error_paths.h"
#include "aggregate/error_steps.h"
#include "aggregate/key_labels.h"
#include "aggregate/snapshot.h"
#include "aggregate/window.h"

namespace rcodescope {

// How much is kept.
struct ErrorRoom {
  size_t paths = 2048;
  size_t rows = 768;  // of steps, for each dimension
};

// Fed with windows in the order of their time. One thread.
class ErrorHistory {
 public:
  // In a snapshot, at most.
  static constexpr size_t kPathsShown = 1024;
  static constexpr size_t kKeysShown = 200;  // with steps, of each dimension

  // `window`: ns. `labels`: as the windows' keys and those of the dimensions are named.
  ErrorHistory(int64_t window, const ErrorRoom& room, const LabelOptions& labels)
      : labels_(labels), paths_(room.paths), steps_(window, room.rows) {}

  void Add(const Window& window) {
    paths_.Add(window);
    steps_.Add(window);
  }

  // Fills error_paths and key_errors of a snapshot that has its dimensions. `shown_as` maps a code
  // to the one it is listed under.
  void Build(Snapshot& snapshot, const std::function<Rcode(Rcode)>& shown_as);

 private:
  std::string ClientOf(const std::string& in_window) const;

  LabelOptions labels_;
  ErrorPaths paths_;
  ErrorSteps steps_;
};

}  // namespace rcodescope
