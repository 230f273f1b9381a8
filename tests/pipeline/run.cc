#include "tests/pipeline/run.h"

#include <cstdio>
#include <cstdlib>
#include <map>
#include <utility>
#include <vector>

#include "exporters/html_report.h"
#include "exporters/json_report.h"
#include "exporters/prometheus_page.h"
#include "exporters/text_report.h"
#include "parse/protocol.h"

namespace rcodescope {

const ZonePolicy& DefaultZones(uint64_t key) {
  static std::map<uint64_t, ZonePolicy> policies;
  const auto found = policies.find(key);
  if (found != policies.end()) return found->second;
  auto list = PublicSuffixList::Load(kPublicSuffixFile, key);
  if (!list.ok()) {
    std::fprintf(stderr, "%s\n", std::string(list.status().message()).c_str());
    std::abort();
  }
  return policies.emplace(key, ZonePolicy::ByEvidence(*std::move(list))).first->second;
}

PipelineOptions SmallOptions(size_t workers, uint64_t key) {
  return {.workers = workers, .memory = uint64_t{48} << 20, .hash_key = key};
}

Snapshot CountPackets(PacketSource& source, const PipelineOptions& options) {
  static const PortSet ports(std::vector<uint16_t>{kDnsPort});
  return RunPipeline(source, {.dns_ports = &ports}, DefaultZones(options.hash_key), options);
}

std::string Reports(const Snapshot& snapshot) {
  return JsonReport(snapshot) + HtmlReport(snapshot) + PrometheusPage(snapshot, "test") +
         TextReport(snapshot, {});
}

}  // namespace rcodescope
