#include "aggregate/error_history.h"

namespace rcodescope {

void ErrorHistory::Build(Snapshot& snapshot, const std::function<Rcode(Rcode)>& shown_as) {
  const auto client_as = [this](const std::string& client) { return ClientOf(client); };
  snapshot.error_paths = paths_.Build(kPathsShown, shown_as, client_as);
  snapshot.key_errors = steps_.Build(snapshot.dimensions, kKeysShown, shown_as, client_as);
}

// Where clients are networks, a report's keys are without their length, which is the same for all.
std::string ErrorHistory::ClientOf(const std::string& in_window) const {
  const bool is_v6 = in_window.find(':') != std::string::npos;
  const int bits = is_v6 ? labels_.client_prefix_v6 : labels_.client_prefix_v4;
  const std::string length = "/" + std::to_string(bits);
  return in_window.ends_with(length) ? in_window.substr(0, in_window.size() - length.size())
                                     : in_window;
}

}  // namespace rcodescope
