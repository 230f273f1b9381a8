#include "exporters/http_post.h"

#include <algorithm>

namespace rcodescope {
namespace {

constexpr int kLookMs = 100;  // whether to stop
constexpr long kConnectMs = 2'000;

constexpr size_t kKept = 200;  // bytes of what a target says

size_t Keep(char* data, size_t size, size_t count, void* said) {
  auto& text = *static_cast<std::string*>(said);
  text.append(data, std::min(size * count, kKept - text.size()));
  return size * count;
}

// Once, and by the first thread that posts.
void InitLibrary() {
  [[maybe_unused]] static const CURLcode done = curl_global_init(CURL_GLOBAL_DEFAULT);
}

}  // namespace

HttpPost::HttpPost(const HttpTarget& target, const std::vector<std::string>& headers,
                   std::chrono::milliseconds timeout) {
  InitLibrary();
  curl_ = curl_easy_init();
  multi_ = curl_multi_init();
  if (curl_ == nullptr) return;
  resolve_ = curl_slist_append(nullptr, target.resolve.c_str());
  headers_ = curl_slist_append(nullptr, "Expect:");
  for (const std::string& header : headers) headers_ = curl_slist_append(headers_, header.c_str());
  curl_easy_setopt(curl_, CURLOPT_URL, target.url.c_str());
  curl_easy_setopt(curl_, CURLOPT_RESOLVE, resolve_);
  curl_easy_setopt(curl_, CURLOPT_HTTPHEADER, headers_);
  curl_easy_setopt(curl_, CURLOPT_PROTOCOLS_STR, "http");
  curl_easy_setopt(curl_, CURLOPT_PROXY, "");
  curl_easy_setopt(curl_, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl_, CURLOPT_CONNECTTIMEOUT_MS, kConnectMs);
  curl_easy_setopt(curl_, CURLOPT_TIMEOUT_MS, static_cast<long>(timeout.count()));
  curl_easy_setopt(curl_, CURLOPT_WRITEFUNCTION, &Keep);
  curl_easy_setopt(curl_, CURLOPT_WRITEDATA, &said_);
}

HttpPost::~HttpPost() {
  curl_multi_cleanup(multi_);
  curl_easy_cleanup(curl_);
  curl_slist_free_all(headers_);
  curl_slist_free_all(resolve_);
}

HttpAnswer HttpPost::Send(const std::string& body, const std::atomic<bool>& stop) {
  if (curl_ == nullptr || multi_ == nullptr) return {.problem = "no memory"};
  said_.clear();
  curl_easy_setopt(curl_, CURLOPT_POSTFIELDSIZE, static_cast<long>(body.size()));
  curl_easy_setopt(curl_, CURLOPT_POSTFIELDS, body.data());
  curl_multi_add_handle(multi_, curl_);
  HttpAnswer answer = Perform(stop);
  curl_multi_remove_handle(multi_, curl_);
  return answer;
}

HttpAnswer HttpPost::Perform(const std::atomic<bool>& stop) {
  for (int running = 1; running != 0;) {
    if (stop) return {.problem = "the program ends"};
    if (const CURLMcode code = curl_multi_perform(multi_, &running); code != CURLM_OK) {
      return {.problem = curl_multi_strerror(code)};
    }
    if (running != 0) curl_multi_poll(multi_, nullptr, 0, kLookMs, nullptr);
  }
  int left = 0;
  const CURLMsg* const message = curl_multi_info_read(multi_, &left);
  if (message == nullptr) return {.problem = "no answer"};
  if (message->data.result != CURLE_OK) {
    return {.problem = curl_easy_strerror(message->data.result)};
  }
  HttpAnswer answer;
  curl_easy_getinfo(curl_, CURLINFO_RESPONSE_CODE, &answer.status);
  if (answer.status / 100 != 2) {
    while (said_.ends_with('\n')) said_.pop_back();
    answer.problem =
        "HTTP status " + std::to_string(answer.status) + (said_.empty() ? "" : ": ") + said_;
  }
  curl_off_t seconds = 0;
  if (curl_easy_getinfo(curl_, CURLINFO_RETRY_AFTER, &seconds) == CURLE_OK && seconds > 0) {
    answer.retry_after = std::chrono::seconds{seconds};
  }
  return answer;
}

}  // namespace rcodescope
