// A report of a part: messages that do not match are left out, and not lost.
#include <gtest/gtest.h>

#include "app/message_tap.h"
#include "tests/pipeline/conservation.h"
#include "tests/pipeline/run.h"
#include "tests/pipeline/traffic.h"

namespace rcodescope {
namespace {

TEST(LeftOut, MessagesAreToldAndAreNoResidual) {
  const Traffic traffic = MakeTraffic({});
  const Rcode refused{RcodeSpace::kDns, kRcodeRefused};
  const uint64_t matching = traffic.rcodes.at(refused);
  for (const size_t workers : {size_t{1}, size_t{3}}) {
    SCOPED_TRACE(workers);
    MessageTapOptions choice{.counts_matching_only = true};
    choice.filter.codes = {{.code = refused.code}};
    MessageTap tap(choice, DefaultZones(1), nullptr, nullptr, nullptr, workers);
    PipelineOptions options = SmallOptions(workers, 1);
    options.tap = &tap;
    MemorySource source(traffic.frames);
    const Snapshot snapshot = CountPackets(source, options);
    ExpectConserved(snapshot, 500);
    EXPECT_EQ(snapshot.frames.message_residual, 0);
    EXPECT_EQ(snapshot.left_out, traffic.queries + traffic.responses - matching);
    EXPECT_EQ(RcodesOf(snapshot), (RcodeCounts{{refused, matching}}));
  }
}

}  // namespace
}  // namespace rcodescope
