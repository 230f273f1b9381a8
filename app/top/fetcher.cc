#include "app/top/fetcher.h"

#include <algorithm>
#include <array>
#include <utility>

#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <curl/curl.h>

namespace rcodescope {
namespace {

constexpr long kConnectMs = 3'000;
constexpr long kRequestMs = 10'000;
constexpr size_t kLargestPage = size_t{64} << 20;  // bytes
constexpr std::array<const char*, 3> kPaths = {"/api/v1/report", "/api/v1/spikes", "/metrics"};

struct Request {
  CURL* curl = nullptr;
  std::string body;
  std::string problem;
};

size_t Append(char* data, size_t size, size_t count, void* body) {
  auto& text = *static_cast<std::string*>(body);
  if (text.size() + size * count > kLargestPage) return 0;  // which ends the transfer
  text.append(data, size * count);
  return size * count;
}

std::string ProblemOf(CURL* curl, CURLcode result) {
  if (result == CURLE_WRITE_ERROR) return "a page is larger than 64 MiB";
  if (result != CURLE_OK) return curl_easy_strerror(result);
  long status = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  if (status == 503) return "it has counted nothing yet";  // see http_server.h
  return status == 200 ? "" : absl::StrCat("HTTP status ", status);
}

}  // namespace

class Fetcher::Impl {
 public:
  explicit Impl(const std::string& url) {
    curl_global_init(CURL_GLOBAL_DEFAULT);
    multi_ = curl_multi_init();
    for (size_t i = 0; i < kPaths.size(); ++i) {
      CURL* const curl = requests_[i].curl = curl_easy_init();
      if (curl == nullptr) continue;
      curl_easy_setopt(curl, CURLOPT_URL, (url + kPaths[i]).c_str());
      curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
      curl_easy_setopt(curl, CURLOPT_PROXY, "");
      curl_easy_setopt(curl, CURLOPT_ACCEPT_ENCODING, "");
      curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
      curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, kConnectMs);
      curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, kRequestMs);
      curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &Append);
      curl_easy_setopt(curl, CURLOPT_WRITEDATA, &requests_[i].body);
    }
  }
  ~Impl() {
    Stop();
    for (const Request& request : requests_) curl_easy_cleanup(request.curl);
    curl_multi_cleanup(multi_);
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  void Start() {
    Stop();
    for (Request& request : requests_) {
      request.body.clear();
      request.problem = "no memory";
      if (curl_multi_add_handle(multi_, request.curl) == CURLM_OK) ++running_;
    }
  }

  bool under_way() const { return running_ > 0; }

  void Wait(const std::vector<int>& descriptors, std::chrono::milliseconds most) {
    Perform();
    // What has just ended is to be looked at.
    const int wait = std::exchange(ended_, false) ? 0 : static_cast<int>(most.count());
    std::vector<curl_waitfd> extra;
    for (const int fd : descriptors) extra.push_back({fd, CURL_WAIT_POLLIN, 0});
    curl_multi_poll(multi_, extra.data(), static_cast<unsigned>(extra.size()), wait, nullptr);
    Perform();
  }

  absl::StatusOr<Pages> Take() {
    for (const Request& request : requests_) {
      if (!request.problem.empty()) return absl::UnavailableError(request.problem);
    }
    return Pages{std::move(requests_[0].body), std::move(requests_[1].body),
                 std::move(requests_[2].body)};
  }

 private:
  void Perform() {
    if (running_ == 0) return;
    int running = 0;
    curl_multi_perform(multi_, &running);
    int left = 0;
    while (const CURLMsg* const message = curl_multi_info_read(multi_, &left)) {
      for (Request& request : requests_) {
        if (request.curl != message->easy_handle) continue;
        request.problem = ProblemOf(request.curl, message->data.result);
      }
    }
    ended_ = running == 0;
    if (ended_) Stop();
  }

  void Stop() {
    for (const Request& request : requests_) curl_multi_remove_handle(multi_, request.curl);
    running_ = 0;
  }

  CURLM* multi_ = nullptr;
  std::array<Request, kPaths.size()> requests_;
  size_t running_ = 0;
  bool ended_ = false;
};

Fetcher::Fetcher(const std::string& url) : impl_(std::make_unique<Impl>(url)) {}
Fetcher::~Fetcher() = default;
void Fetcher::Start() { impl_->Start(); }
bool Fetcher::under_way() const { return impl_->under_way(); }
void Fetcher::Wait(const std::vector<int>& descriptors, std::chrono::milliseconds most) {
  impl_->Wait(descriptors, most);
}
absl::StatusOr<Pages> Fetcher::Take() { return impl_->Take(); }

absl::StatusOr<std::string> InstanceUrl(const std::string& url) {
  std::string whole = absl::StrContains(url, "://") ? url : "http://" + url;
  while (whole.ends_with('/')) whole.pop_back();
  CURLU* const parts = curl_url();
  const bool good = curl_url_set(parts, CURLUPART_URL, whole.c_str(), 0) == CURLUE_OK;
  curl_url_cleanup(parts);
  if (!good || (!whole.starts_with("http://") && !whole.starts_with("https://"))) {
    return absl::InvalidArgumentError("no http://HOST:PORT");
  }
  return whole;
}

}  // namespace rcodescope
