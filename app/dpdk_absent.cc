#include "app/dpdk.h"
#include "app/fail.h"

namespace rcodescope {

ExitCode Dpdk(const Options& /*options*/) {
  return Fail(ExitCode::kUnavailable,
              "this program was built without DPDK (install libdpdk-dev and build it again)");
}

}  // namespace rcodescope
