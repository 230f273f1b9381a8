#include "exporters/http_server.h"

#include <array>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string_view>
#include <utility>

#include <microhttpd.h>
#include <unistd.h>

#include "exporters/error_json.h"
#include "exporters/gzip.h"
#include "exporters/html_report.h"
#include "exporters/json_report.h"
#include "exporters/listen_socket.h"
#include "exporters/prometheus_page.h"
#include "exporters/spike_json.h"

namespace rcodescope {
namespace {

constexpr unsigned kConnections = 512;
constexpr unsigned kIdleSeconds = 30;
constexpr std::chrono::milliseconds kDrain{300};

constexpr const char* kPlainText = "text/plain; charset=utf-8";
constexpr const char* kMetricsText = "text/plain; version=0.0.4; charset=utf-8";
constexpr const char* kJson = "application/json";
constexpr const char* kHtml = "text/html; charset=utf-8";

struct DestroyResponse {
  void operator()(MHD_Response* response) const { MHD_destroy_response(response); }
};
// A reply that any number of connections may send: each one queued holds a reference of its own.
using Response = std::unique_ptr<MHD_Response, DestroyResponse>;

// Null where there is no memory.
Response MakeResponse(std::string body, const char* type) {
  auto* const owned = new std::string(std::move(body));
  Response response(MHD_create_response_from_buffer_with_free_callback_cls(
      owned->size(), owned->data(), [](void* text) { delete static_cast<std::string*>(text); },
      owned));
  if (response == nullptr) {
    delete owned;
  } else {
    MHD_add_response_header(response.get(), MHD_HTTP_HEADER_CONTENT_TYPE, type);
  }
  return response;
}

// A body in plain and gzip form, each made when first wanted.
class Document {
 public:
  // Null where there is no memory.
  template <typename Render>
  MHD_Response* Get(bool gzip, const char* type, const Render& render) {
    Response& wanted = gzip ? gzip_ : plain_;
    if (wanted == nullptr) {
      const std::string body = render();
      wanted = MakeResponse(gzip ? Gzip(body) : body, type);
      if (wanted == nullptr) return nullptr;
      MHD_add_response_header(wanted.get(), MHD_HTTP_HEADER_VARY, "Accept-Encoding");
      if (gzip) MHD_add_response_header(wanted.get(), MHD_HTTP_HEADER_CONTENT_ENCODING, "gzip");
    }
    return wanted.get();
  }

 private:
  Response plain_;
  Response gzip_;
};

// A snapshot and the bodies made of it. Thread-safe.
class Rendered {
 public:
  Rendered(SnapshotPtr snapshot, std::shared_ptr<const SpikeReport> spikes, std::string version)
      : snapshot_(std::move(snapshot)), spikes_(std::move(spikes)), version_(std::move(version)) {}

  MHD_Response* Metrics(bool gzip) {
    const std::lock_guard lock(mutex_);
    return metrics_.Get(gzip, kMetricsText, [&] { return PrometheusPage(*snapshot_, version_); });
  }
  MHD_Response* Report(bool gzip) {
    const std::lock_guard lock(mutex_);
    return report_.Get(gzip, kJson, [&] { return JsonReport(*snapshot_); });
  }
  MHD_Response* Errors(bool gzip) {
    const std::lock_guard lock(mutex_);
    return errors_.Get(gzip, kJson, [&] { return ErrorsDocument(*snapshot_); });
  }
  MHD_Response* Spikes(bool gzip) {
    const std::lock_guard lock(mutex_);
    return spike_list_.Get(gzip, kJson, [&] { return SpikesDocument(*spikes_); });
  }

 private:
  const SnapshotPtr snapshot_;
  const std::shared_ptr<const SpikeReport> spikes_;
  const std::string version_;
  std::mutex mutex_;
  Document metrics_;
  Document report_;
  Document errors_;
  Document spike_list_;
};

bool WantsGzip(MHD_Connection* connection) {
  const char* const accepted =
      MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_ACCEPT_ENCODING);
  return accepted != nullptr && AcceptsGzip(accepted);
}

}  // namespace

class HttpServer::Impl {
 public:
  Impl(const ListenSocket& socket, std::string version)
      : version_(std::move(version)), socket_(socket) {
    MHD_add_response_header(not_allowed_.get(), MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
  }

  ~Impl() {
    if (daemon_ == nullptr) {
      if (socket_.fd >= 0) ::close(socket_.fd);
      return;
    }
    const int listening = MHD_quiesce_daemon(daemon_);
    {
      std::unique_lock lock(mutex_);
      idle_.wait_for(lock, kDrain, [&] { return under_way_ == 0; });
    }
    MHD_stop_daemon(daemon_);
    if (listening >= 0) ::close(listening);
  }

  absl::Status Start() {
    daemon_ = MHD_start_daemon(MHD_USE_AUTO | MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_ITC, 0,
                               nullptr, nullptr, &Impl::HandleRequest, this,                   //
                               MHD_OPTION_LISTEN_SOCKET, static_cast<MHD_socket>(socket_.fd),  //
                               MHD_OPTION_CONNECTION_LIMIT, kConnections,                      //
                               MHD_OPTION_CONNECTION_TIMEOUT, kIdleSeconds,                    //
                               MHD_OPTION_NOTIFY_COMPLETED, &Impl::RequestCompleted, this,     //
                               MHD_OPTION_END);
    socket_.fd = -1;  // libmicrohttpd's; where it fails, it has closed it
    if (daemon_ == nullptr) return absl::UnavailableError("cannot start the HTTP server");
    return absl::OkStatus();
  }

  void Publish(SnapshotPtr snapshot) {
    // The snapshot's own spikes, kept alive by it.
    std::shared_ptr<const SpikeReport> spikes(snapshot, &snapshot->spikes);
    auto next = std::make_shared<Rendered>(std::move(snapshot), std::move(spikes), version_);
    auto spike_list = next;
    const std::lock_guard lock(mutex_);
    current_.swap(next);  // the old one goes after the lock: `next` was made before it
    current_spikes_.swap(spike_list);
  }

  void PublishSpikes(std::shared_ptr<const SpikeReport> spikes) {
    auto next = std::make_shared<Rendered>(nullptr, std::move(spikes), version_);
    const std::lock_guard lock(mutex_);
    current_spikes_.swap(next);
  }

  uint16_t port() const { return socket_.port; }

 private:
  using Body = MHD_Response* (Rendered::*)(bool gzip);

  struct Reply {
    unsigned status = 0;
    MHD_Response* response = nullptr;
  };

  static MHD_Result HandleRequest(void* self, MHD_Connection* connection, const char* url,
                                  const char* method, const char* /*version*/,
                                  const char* /*upload*/, size_t* upload_size, void** state) {
    auto& impl = *static_cast<Impl*>(self);
    const std::string_view verb = method;
    const bool reads = verb == MHD_HTTP_METHOD_GET || verb == MHD_HTTP_METHOD_HEAD;
    if (*state == nullptr) {  // the first call of a request: headers only
      *state = self;
      const std::lock_guard lock(impl.mutex_);
      ++impl.under_way_;
      if (reads) return MHD_YES;
    }
    if (!reads) {
      return MHD_queue_response(connection, MHD_HTTP_METHOD_NOT_ALLOWED, impl.not_allowed_.get());
    }
    if (*upload_size > 0) {  // the body of a GET means nothing (RFC 9110 §9.3.1)
      *upload_size = 0;
      return MHD_YES;
    }
    return impl.Answer(connection, url);
  }

  static void RequestCompleted(void* self, MHD_Connection* /*connection*/, void** state,
                               MHD_RequestTerminationCode /*how*/) {
    if (*state == nullptr) return;
    auto& impl = *static_cast<Impl*>(self);
    const std::lock_guard lock(impl.mutex_);
    --impl.under_way_;
    impl.idle_.notify_all();
  }

  MHD_Result Answer(MHD_Connection* connection, std::string_view path) {
    if (path == "/metrics") return AnswerDocument(connection, Current(), &Rendered::Metrics);
    if (path == "/api/v1/report") return AnswerDocument(connection, Current(), &Rendered::Report);
    if (path == "/api/v1/errors") return AnswerDocument(connection, Current(), &Rendered::Errors);
    if (path == "/api/v1/spikes") {
      return AnswerDocument(connection, CurrentSpikes(), &Rendered::Spikes);
    }
    const Reply reply = Fixed(path);
    return MHD_queue_response(connection, reply.status, reply.response);
  }

  MHD_Result AnswerDocument(MHD_Connection* connection, const std::shared_ptr<Rendered>& current,
                            Body body) {
    if (current == nullptr) {
      return MHD_queue_response(connection, MHD_HTTP_SERVICE_UNAVAILABLE, not_ready_.get());
    }
    MHD_Response* const response = ((*current).*body)(WantsGzip(connection));
    if (response == nullptr) return MHD_NO;  // no memory: the connection is closed
    return MHD_queue_response(connection, MHD_HTTP_OK, response);
  }

  Reply Fixed(std::string_view path) {
    if (path == "/") return {MHD_HTTP_OK, index_.get()};
    if (path == "/-/healthy") return {MHD_HTTP_OK, healthy_.get()};
    if (path == "/-/ready" && Current() != nullptr) return {MHD_HTTP_OK, ready_.get()};
    if (path == "/-/ready") return {MHD_HTTP_SERVICE_UNAVAILABLE, not_ready_.get()};
    return {MHD_HTTP_NOT_FOUND, not_found_.get()};
  }

  std::shared_ptr<Rendered> Current() {
    const std::lock_guard lock(mutex_);
    return current_;
  }

  std::shared_ptr<Rendered> CurrentSpikes() {
    const std::lock_guard lock(mutex_);
    return current_spikes_;
  }

  const std::string version_;
  const Response index_ = MakeResponse(HtmlPage(), kHtml);
  const Response healthy_ = MakeResponse("healthy\n", kPlainText);
  const Response ready_ = MakeResponse("ready\n", kPlainText);
  const Response not_ready_ = MakeResponse("no snapshot yet\n", kPlainText);
  const Response not_found_ = MakeResponse("not found\n", kPlainText);
  const Response not_allowed_ = MakeResponse("only GET and HEAD\n", kPlainText);

  std::mutex mutex_;
  std::condition_variable idle_;
  std::shared_ptr<Rendered> current_;         // under mutex_; null before the first Publish
  std::shared_ptr<Rendered> current_spikes_;  // under mutex_; the same, or newer
  unsigned under_way_ = 0;                    // under mutex_: requests whose reply has not ended

  ListenSocket socket_;  // ours until Start
  MHD_Daemon* daemon_ = nullptr;
};

absl::StatusOr<std::unique_ptr<HttpServer>> HttpServer::Bind(const std::string& address_and_port,
                                                             std::string version) {
  const absl::StatusOr<ListenSocket> socket = OpenListenSocket(address_and_port);
  if (!socket.ok()) return socket.status();
  auto impl = std::make_unique<Impl>(*socket, std::move(version));
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(impl)));
}

absl::StatusOr<std::unique_ptr<HttpServer>> HttpServer::Listen(const std::string& address_and_port,
                                                               std::string version) {
  auto server = Bind(address_and_port, std::move(version));
  if (!server.ok()) return server.status();
  if (absl::Status started = (*server)->Start(); !started.ok()) return started;
  return server;
}

absl::Status HttpServer::Start() { return impl_->Start(); }

HttpServer::HttpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpServer::~HttpServer() = default;
void HttpServer::Publish(SnapshotPtr snapshot) { impl_->Publish(std::move(snapshot)); }
void HttpServer::PublishSpikes(std::shared_ptr<const SpikeReport> spikes) {
  impl_->PublishSpikes(std::move(spikes));
}
uint16_t HttpServer::port() const { return impl_->port(); }

}  // namespace rcodescope
