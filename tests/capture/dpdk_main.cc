// The EAL can be started once in a process: before all tests of this one.
#include <iostream>

#include <gtest/gtest.h>

#include "capture/dpdk.h"
#include "tests/capture/dpdk_ports.h"

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  const absl::Status started = rcodescope::StartEal(rcodescope::EalWithoutRights());
  if (!started.ok()) {
    std::cerr << "DPDK does not start: " << started << "\n";
    return 1;
  }
  const int result = RUN_ALL_TESTS();
  rcodescope::StopEal();
  return result;
}
