// What tests of live capture have in common: a namespace with one cable, tap to wire.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "capture/af_packet.h"
#include "tests/capture/live_capture.h"
#include "tests/support/network.h"

namespace rcodescope {

class LiveTest : public testing::Test {
 protected:
  void SetUp() override {
    if (const std::string why = Network::Hindrance(); !why.empty()) GTEST_SKIP() << why;
    Renew();
  }

  // Another namespace, where all counts are 0.
  void Renew() {
    network_.emplace();
    network_->AddCable("tap", "wire");
  }

  static std::unique_ptr<LiveCapture> Open(AfPacketOptions options = {}) {
    if (options.interfaces.empty()) options.interfaces = {"tap"};
    auto capture = OpenAfPacket(std::move(options));
    EXPECT_TRUE(capture.ok()) << capture.status();
    return capture.ok() ? *std::move(capture) : nullptr;
  }

  std::optional<Network> network_;
};

}  // namespace rcodescope
