// Whose errors are whose: which servers answered for a zone with a code, and which clients got it.
#pragma once

#include <cstddef>
#include <functional>
#include <vector>

#include "aggregate/snapshot.h"
#include "aggregate/window.h"

namespace rcodescope {

// Sums of windows' error groups of all time, by code, zone, server and client together, in bounded
// memory. Where there are too many, those of least weight (WeightOf) become part of what is known
// without the client, then without the server, then by code alone. So no response is lost, and the
// sum below any part of a path is exact; what came before a path was among the largest is counted
// on the level above it. The same windows in the same order leave the same paths.
//
// One thread.
class ErrorPaths {
 public:
  // Times `most`: groups that have come and are not summed up yet, and those that are.
  static constexpr size_t kRoom = 3;
  // Times `most`: when there are more that differ, `most` are kept.
  static constexpr size_t kDifferent = 2;

  explicit ErrorPaths(size_t most) : most_(most) {}

  void Add(const Window& window);

  // At most `most` paths, and one for each code beside half of them, in the order of
  // Snapshot::error_paths. `shown_as` maps a code to the one it is listed under, `client_as` a
  // client to its name in a report.
  std::vector<ErrorPath> Build(size_t most, const std::function<Rcode(Rcode)>& shown_as,
                               const std::function<std::string(const std::string&)>& client_as);

 private:
  // What is not kept by itself, by code.
  using Rest = std::vector<ErrorGroup>;

  void Fold(std::vector<ErrorGroup>& groups, size_t most);
  bool FoldUpTo(uint64_t weight, std::vector<ErrorGroup>& groups);
  uint64_t WeightAt(size_t place, const std::vector<ErrorGroup>& groups);

  size_t most_;
  std::vector<ErrorGroup> groups_;
  GroupOrder order_;
  // Memory that is used again.
  std::vector<uint64_t> weights_;
  Rest of_server_;
  Rest of_zone_;
  Rest of_code_;
};

}  // namespace rcodescope
