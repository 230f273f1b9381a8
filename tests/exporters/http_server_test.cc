#include "exporters/http_server.h"

#include <cerrno>
#include <chrono>
#include <cstring>
#include <future>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <zlib.h>

#include "exporters/gzip.h"
#include "exporters/json_report.h"
#include "exporters/prometheus_page.h"
#include "tests/exporters/http_client.h"
#include "tests/exporters/snapshot_builder.h"

namespace rcodescope {
namespace {

constexpr const char* kVersion = "1.2.3";

std::unique_ptr<HttpServer> Start(const std::string& address = "127.0.0.1:0") {
  auto server = HttpServer::Listen(address, kVersion);
  EXPECT_TRUE(server.ok()) << server.status();
  return server.ok() ? *std::move(server) : nullptr;
}

std::string Gunzip(const std::string& packed, size_t size) {
  std::string text(size, '\0');
  z_stream stream{};
  std::string input = packed;
  stream.next_in = reinterpret_cast<Bytef*>(input.data());
  stream.avail_in = static_cast<uInt>(input.size());
  stream.next_out = reinterpret_cast<Bytef*>(text.data());
  stream.avail_out = static_cast<uInt>(text.size());
  if (inflateInit2(&stream, 15 + 16) != Z_OK) return "no zlib";
  const int result = inflate(&stream, Z_FINISH);
  text.resize(stream.total_out);
  inflateEnd(&stream);
  return result == Z_STREAM_END ? text : "not a whole gzip stream";
}

TEST(HttpServer, IsHealthyAtOnceAndReadyWithASnapshot) {
  const auto server = Start();
  EXPECT_EQ(Get(server->port(), "/-/healthy").status, 200);
  EXPECT_EQ(Get(server->port(), "/-/ready").status, 503);
  EXPECT_EQ(Get(server->port(), "/metrics").status, 503);
  EXPECT_EQ(Get(server->port(), "/api/v1/report").status, 503);
  EXPECT_EQ(Get(server->port(), "/api/v1/errors").status, 503);
  server->Publish(BusyMinute().Share());
  EXPECT_EQ(Get(server->port(), "/-/ready").status, 200);
  EXPECT_EQ(Get(server->port(), "/metrics").status, 200);
  EXPECT_EQ(Get(server->port(), "/api/v1/report").status, 200);
  EXPECT_EQ(Get(server->port(), "/api/v1/errors").status, 200);
}

TEST(HttpServer, ServesTheMetricsPage) {
  const auto server = Start();
  server->Publish(BusyMinute().Share());
  const HttpReply reply = Get(server->port(), "/metrics");
  EXPECT_EQ(reply.body, PrometheusPage(BusyMinute().snapshot(), kVersion));
  EXPECT_TRUE(reply.Has("Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"));
  EXPECT_FALSE(reply.Has("Content-Encoding"));
}

TEST(HttpServer, ServesTheReport) {
  const auto server = Start();
  server->Publish(BusyMinute().Share());
  const HttpReply reply = Get(server->port(), "/api/v1/report");
  EXPECT_EQ(reply.body, JsonReport(BusyMinute().snapshot()));
  EXPECT_TRUE(reply.Has("Content-Type: application/json\r\n"));
}

TEST(HttpServer, ANewSnapshotReplacesTheOldBodies) {
  const auto server = Start();
  SnapshotBuilder builder;
  server->Publish(builder.Queries(1, 3).Share());
  EXPECT_NE(Get(server->port(), "/metrics").body.find("family=\"ipv4\"} 3\n"), std::string::npos);
  server->Publish(builder.Queries(1, 4).Share());
  EXPECT_NE(Get(server->port(), "/metrics").body.find("family=\"ipv4\"} 7\n"), std::string::npos);
  const auto report = nlohmann::json::parse(Get(server->port(), "/api/v1/report").body);
  EXPECT_EQ(report["messages"]["queries"], 7);
}

TEST(HttpServer, PacksWhereTheClientTakesGzip) {
  const auto server = Start();
  server->Publish(BusyMinute().Share());
  const std::string page = PrometheusPage(BusyMinute().snapshot(), kVersion);
  const HttpReply packed = Get(server->port(), "/metrics", "Accept-Encoding: gzip, deflate\r\n");
  EXPECT_TRUE(packed.Has("Content-Encoding: gzip\r\n"));
  EXPECT_TRUE(packed.Has("Vary: Accept-Encoding\r\n"));
  EXPECT_LT(packed.body.size(), page.size());
  EXPECT_EQ(Gunzip(packed.body, page.size() + 1), page);
  EXPECT_EQ(Get(server->port(), "/metrics", "Accept-Encoding: gzip;q=0\r\n").body, page);
}

TEST(HttpServer, HeadHasTheHeaderOfGetAndNoBody) {
  const auto server = Start();
  server->Publish(BusyMinute().Share());
  const size_t size = PrometheusPage(BusyMinute().snapshot(), kVersion).size();
  const HttpReply reply = HttpClient(server->port()).Request("HEAD", "/metrics");
  EXPECT_EQ(reply.status, 200);
  EXPECT_TRUE(reply.Has("Content-Length: " + std::to_string(size) + "\r\n"));
  EXPECT_EQ(reply.body, "");
  EXPECT_EQ(HttpClient(server->port()).Request("HEAD", "/-/healthy").status, 200);
}

TEST(HttpServer, TheIndexIsTheReportAndLinksToThePages) {
  const auto server = Start();
  const HttpReply reply = Get(server->port(), "/");
  EXPECT_EQ(reply.status, 200);
  EXPECT_TRUE(reply.Has("Content-Type: text/html; charset=utf-8\r\n"));
  for (const char* path : {"/metrics", "/api/v1/report", "/-/healthy", "/-/ready"}) {
    EXPECT_NE(reply.body.find("href=\"" + std::string(path) + "\""), std::string::npos) << path;
  }
}

TEST(HttpServer, PathsAreExact) {
  const auto server = Start();
  server->Publish(BusyMinute().Share());
  for (const char* path : {"/metrics/", "/metricsx", "//metrics", "/api/v1/", "/-/", "/..", "/x"}) {
    EXPECT_EQ(Get(server->port(), path).status, 404) << path;
  }
  EXPECT_EQ(Get(server->port(), "/metrics?x=1").status, 200) << "a query is no part of the path";
}

TEST(HttpServer, OtherMethodsAreNotAllowedAnywhere) {
  const auto server = Start();
  server->Publish(BusyMinute().Share());
  for (const char* method : {"POST", "PUT", "DELETE", "OPTIONS", "PATCH", "get"}) {
    const HttpReply reply =
        HttpClient(server->port()).Request(method, "/metrics", "Content-Length: 0\r\n");
    EXPECT_EQ(reply.status, 405) << method;
    EXPECT_TRUE(reply.Has("Allow: GET, HEAD\r\n")) << method;
  }
}

TEST(HttpServer, APostIsRefusedBeforeItsBodyIsThere) {
  const auto server = Start();
  EXPECT_EQ(HttpClient(server->port())
                .Request("POST", "/metrics", "Content-Length: 1000000000\r\n")
                .status,
            405);
}

TEST(HttpServer, AConnectionServesSeveralRequests) {
  const auto server = Start();
  const HttpClient client(server->port());
  ASSERT_TRUE(
      client.Send("GET /-/healthy HTTP/1.1\r\nHost: a\r\n\r\n"
                  "GET /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"));
  const HttpReply both = client.ReadToEnd();
  EXPECT_EQ(both.status, 200);
  EXPECT_NE(both.body.find("HTTP/1.1 404 "), std::string::npos);
}

TEST(HttpServer, HalfOpenRequestsDoNotDelayAGoodOne) {
  const auto server = Start();
  server->Publish(BusyMinute().Share());
  std::vector<HttpClient> stalled;
  for (int i = 0; i < 200; ++i) {
    stalled.emplace_back(server->port());
    ASSERT_TRUE(stalled.back().connected());
    ASSERT_TRUE(stalled.back().Send(i % 2 == 0 ? "GET /metr" : "GET /metrics HTTP/1.1\r\nHo"));
  }
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(Get(server->port(), "/metrics").status, 200);
  const auto took = std::chrono::steady_clock::now() - begin;
  // The server waits 30 s for the stalled ones: anything far below shows that it does not wait
  // for them here, and leaves room for a loaded machine.
  EXPECT_LT(took, std::chrono::seconds(2));
}

TEST(HttpServer, ManyScrapersAndAPublisherAtOnceGetWholePages) {
  const auto server = Start();
  server->Publish(BusyMinute().Share());
  const std::string page = PrometheusPage(BusyMinute().snapshot(), kVersion);
  std::vector<std::future<int>> scrapers;
  for (int i = 0; i < 8; ++i) {
    scrapers.push_back(std::async(std::launch::async, [&] {
      int whole = 0;
      for (int j = 0; j < 20; ++j) whole += Get(server->port(), "/metrics").body == page;
      return whole;
    }));
  }
  for (int i = 0; i < 200; ++i) server->Publish(BusyMinute().Share());
  for (auto& scraper : scrapers) EXPECT_EQ(scraper.get(), 20);
}

TEST(HttpServer, AReaderThatBeganWithAnOldPageGetsItWhole) {
  const auto server = Start();
  SnapshotBuilder builder;
  for (int i = 0; i < 100000; ++i) {  // a page far larger than socket buffers
    builder.raw().dimensions[0].top.push_back(
        {"2001:db8::" + std::to_string(i), 1, 0, {{kNoError, 1}}});
  }
  server->Publish(builder.Share());
  const HttpClient client(server->port());
  ASSERT_TRUE(client.Send("GET /metrics HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"));
  ASSERT_TRUE(client.WaitForReply());
  server->Publish(std::make_shared<const Snapshot>());
  EXPECT_EQ(client.ReadToEnd().body, PrometheusPage(builder.snapshot(), kVersion));
}

TEST(HttpServer, ListensOnIpv6) {
  const auto listening = HttpServer::Listen("[::1]:0", kVersion);
  if (absl::IsUnavailable(listening.status())) GTEST_SKIP() << listening.status();
  ASSERT_TRUE(listening.ok()) << listening.status();
  EXPECT_EQ(HttpClient((*listening)->port(), AF_INET6).Request("GET", "/-/healthy").status, 200);
}

TEST(HttpServer, ATakenPortIsUnavailableWithTheSystemsReason) {
  const auto first = Start();
  const std::string address = "127.0.0.1:" + std::to_string(first->port());
  const auto second = HttpServer::Listen(address, kVersion);
  ASSERT_EQ(second.status().code(), absl::StatusCode::kUnavailable);
  const std::string text = second.status().ToString();
  EXPECT_NE(text.find(address), std::string::npos) << text;
  EXPECT_NE(text.find(std::strerror(EADDRINUSE)), std::string::npos) << text;
}

TEST(HttpServer, AnAddressOfAnotherMachineIsUnavailable) {
  EXPECT_EQ(HttpServer::Listen("192.0.2.1:0", kVersion).status().code(),
            absl::StatusCode::kUnavailable);
}

TEST(HttpServer, APortIsFreeAgainWhenItsServerIsGone) {
  auto first = Start();
  EXPECT_EQ(Get(first->port(), "/-/healthy").status, 200);
  const std::string address = "127.0.0.1:" + std::to_string(first->port());
  first.reset();
  EXPECT_EQ(Get(Start(address)->port(), "/-/healthy").status, 200);
}

TEST(HttpServer, WhatIsNoAddressIsAnInvalidArgument) {
  for (const char* address :
       {"", ":", "127.0.0.1", "127.0.0.1:", ":8080", "127.0.0.1:65536", "127.0.0.1:-1",
        "127.0.0.1:8 ", "127.0.0.1:+8", "localhost:0", "::1:80", "[::1]", "[::1]x:80", "[]:80",
        "[127.0.0.1]:80", "127.0.0.256:80", "300.1.1.1:0"}) {
    EXPECT_EQ(HttpServer::Listen(address, kVersion).status().code(),
              absl::StatusCode::kInvalidArgument)
        << address;
  }
}

TEST(AcceptsGzip, ByNameOrStarWithWeight) {
  for (const char* yes : {"gzip", "GZIP", "deflate, gzip;q=1.0, *;q=0.5", "gzip;q=0.001", "*",
                          "identity , x-gzip", "br;q=1.0,gzip ; q=0.8", "*;q=0, gzip"}) {
    EXPECT_TRUE(AcceptsGzip(yes)) << yes;
  }
  for (const char* no : {"", "identity", "gzip;q=0", "gzip; q=0.000", "*;q=0", "gzipped", "deflate",
                         "gzip;q=0, *", ",", ";"}) {
    EXPECT_FALSE(AcceptsGzip(no)) << no;
  }
}

}  // namespace
}  // namespace rcodescope
