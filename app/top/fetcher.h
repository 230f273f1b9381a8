// Pages of a running instance, asked for over HTTP without waiting.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "app/top/figures.h"

namespace rcodescope {

// Not thread-safe. One round asks for all pages.
class Fetcher {
 public:
  // `url`: "http://HOST[:PORT][/PATH]" without a slash at its end; see InstanceUrl.
  explicit Fetcher(const std::string& url);
  ~Fetcher();
  Fetcher(const Fetcher&) = delete;
  Fetcher& operator=(const Fetcher&) = delete;

  // Begins a round; one that is under way is given up.
  void Start();
  bool under_way() const;

  // Goes on as far as it can, then waits until it can go on, one of `descriptors` can be read, or
  // `most` is over.
  void Wait(const std::vector<int>& descriptors, std::chrono::milliseconds most);

  // Of a round that has ended. Unavailable, with the reason: a page could not be had.
  absl::StatusOr<Pages> Take();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

// `url` as Fetcher wants it: with http:// in front where no scheme is. InvalidArgument: it has
// another scheme than http and https, or no host.
absl::StatusOr<std::string> InstanceUrl(const std::string& url);

}  // namespace rcodescope
