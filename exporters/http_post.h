// Bodies posted to one target.
#pragma once

#include <atomic>
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include <curl/curl.h>

#include "exporters/http_target.h"

namespace rcodescope {

// What came of a request.
struct HttpAnswer {
  long status = 0;      // 0: none came
  std::string problem;  // empty: the target took it (2xx); else why not, with what it says of it
  std::optional<std::chrono::seconds> retry_after;  // the header (RFC 9110 §10.2.3), date or number
};

// Posts over one connection, which is kept open between requests. No proxy, no redirection. One
// thread.
class HttpPost {
 public:
  // `headers`: whole lines, as "Content-Type: application/json".
  HttpPost(const HttpTarget& target, const std::vector<std::string>& headers,
           std::chrono::milliseconds timeout);
  ~HttpPost();
  HttpPost(const HttpPost&) = delete;
  HttpPost& operator=(const HttpPost&) = delete;

  // Gives up soon after `stop` is true.
  HttpAnswer Send(const std::string& body, const std::atomic<bool>& stop);

 private:
  HttpAnswer Perform(const std::atomic<bool>& stop);

  CURL* curl_ = nullptr;
  CURLM* multi_ = nullptr;
  curl_slist* resolve_ = nullptr;
  curl_slist* headers_ = nullptr;
  std::string said_;  // by the target, of the last request
};

}  // namespace rcodescope
