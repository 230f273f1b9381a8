// The metrics page: one snapshot in the Prometheus text format.
#pragma once

#include <string>
#include <vector>

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>

#include "aggregate/snapshot.h"

namespace rcodescope {

// A snapshot as metric families, `rcodescope_*`. All values are of the snapshot's one cut.
//
// Bounds: unassigned codes have a series of their own for the 64 lowest numbers of each space,
// EDE info codes without a name for the 64 lowest; the rest are "other", as are unassigned opcodes
// and query types without a name. Keys are those of the snapshot. Rcode labels of keys and of
// `responses_total` agree, so that per rcode the keys and `other` sum to the total.
//
// Immutable, so any thread may collect.
class SnapshotCollectable final : public prometheus::Collectable {
 public:
  SnapshotCollectable(SnapshotPtr snapshot, std::string version);

  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  const SnapshotPtr snapshot_;
  const std::string version_;
};

// The page's bytes: text/plain; version=0.0.4; charset=utf-8.
std::string PrometheusPage(const Snapshot& snapshot, const std::string& version);

}  // namespace rcodescope
