// A small HTTP/1.1 client over a real socket, for tests.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace rcodescope {

struct HttpReply {
  int status = 0;  // 0: no reply
  std::string header;
  std::string body;

  bool Has(const std::string& text) const { return header.find(text) != std::string::npos; }
};

// A connection to a port on loopback.
class HttpClient {
 public:
  explicit HttpClient(uint16_t port, int family = AF_INET) {
    fd_ = ::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    v6.sin6_addr = in6addr_loopback;
    const bool is_v6 = family == AF_INET6;
    const auto* const address =
        is_v6 ? reinterpret_cast<const sockaddr*>(&v6) : reinterpret_cast<const sockaddr*>(&v4);
    const socklen_t size = is_v6 ? sizeof v6 : sizeof v4;
    connected_ = ::connect(fd_, address, size) == 0;
    // A server that does not answer fails a test instead of hanging it.
    const timeval patience{20, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  }
  ~HttpClient() {
    if (fd_ >= 0) ::close(fd_);
  }
  HttpClient(HttpClient&& other) noexcept
      : fd_(std::exchange(other.fd_, -1)), connected_(other.connected_) {}
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  bool connected() const { return connected_; }

  bool Send(const std::string& text) const {
    return ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size());
  }

  // Waits for the first byte of a reply and leaves it to be read.
  bool WaitForReply() const {
    char first = 0;
    return ::recv(fd_, &first, 1, MSG_PEEK) == 1;
  }

  // Reads until the server closes.
  HttpReply ReadToEnd() const {
    std::string text;
    char buffer[65536];
    for (ssize_t n; (n = ::recv(fd_, buffer, sizeof buffer, 0)) > 0;) {
      text.append(buffer, static_cast<size_t>(n));
    }
    HttpReply reply;
    const size_t end = text.find("\r\n\r\n");
    if (text.rfind("HTTP/1.1 ", 0) != 0 || end == std::string::npos) return reply;
    reply.status = std::stoi(text.substr(9, 3));
    reply.header = text.substr(0, end + 2);
    reply.body = text.substr(end + 4);
    return reply;
  }

  HttpReply Request(const std::string& method, const std::string& path,
                    const std::string& header = {}) const {
    Send(method + " " + path + " HTTP/1.1\r\nHost: test\r\nConnection: close\r\n" + header +
         "\r\n");
    return ReadToEnd();
  }

 private:
  int fd_ = -1;
  bool connected_ = false;
};

inline HttpReply Get(uint16_t port, const std::string& path, const std::string& header = {}) {
  return HttpClient(port).Request("GET", path, header);
}

}  // namespace rcodescope
