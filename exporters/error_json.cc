#include "exporters/error_json.h"

#include <array>
#include <utility>

#include <nlohmann/json.hpp>

#include "exporters/sums.h"
#include "exporters/time_format.h"

namespace rcodescope {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kSchema = 1;
constexpr std::array<size_t, kRcodeSpaces> kUnassignedNamed = {64, 64, 64};

Json Paths(const Snapshot& snapshot, const RcodeNames& names) {
  const auto shown = [](const std::string& key) { return key.empty() ? kOther : key; };
  Json list = Json::array();
  for (const ErrorPath& path : snapshot.error_paths) {
    list.push_back({{"rcode", names(path.rcode)},
                    {"zone", shown(path.zone)},
                    {"server", shown(path.server)},
                    {"client", shown(path.client)},
                    {"responses", path.responses}});
  }
  return list;
}

Json Steps(const KeyErrorSteps::Code& code) {
  Json steps = Json::array();
  for (size_t i = 0; i < code.steps.size(); ++i) {
    steps.push_back(i < code.known_from ? Json(nullptr) : Json(code.steps[i]));
  }
  return steps;
}

// Codes that share a name are one; what is not known of one of them is not known of all.
Json StepsByName(const KeyErrorSteps::Key& key, const RcodeNames& names) {
  Json rcodes = Json::object();
  for (const KeyErrorSteps::Code& code : key.rcodes) {
    const Json steps = Steps(code);
    const auto [sum, is_new] = rcodes.emplace(names(code.rcode), Json(steps));
    for (size_t i = 0; !is_new && i < steps.size(); ++i) {
      Json& one = (*sum)[i];
      one = one.is_null() || steps[i].is_null()
                ? Json(nullptr)
                : Json(one.get<uint64_t>() + steps[i].get<uint64_t>());
    }
  }
  return rcodes;
}

Json Series(const KeyErrorSteps& errors, const RcodeNames& names) {
  const bool empty = errors.step == 0;
  const double seconds = static_cast<double>(errors.step) / static_cast<double>(kNanosPerSecond);
  Json series = {{"begin", empty ? Json(nullptr) : Json(Rfc3339(errors.begin))},
                 {"step_seconds", seconds}};
  for (size_t i = 0; i < kDimensions; ++i) {
    const std::string dimension(kDimensionNames[i]);
    Json list = Json::array();
    for (const KeyErrorSteps::Key& key : errors.keys[i]) {
      list.push_back({{dimension, key.key}, {"rcodes", StepsByName(key, names)}});
    }
    series[dimension + "s"] = std::move(list);
  }
  return series;
}

}  // namespace

std::string ErrorsDocument(const Snapshot& snapshot) {
  const RcodeNames names(snapshot, kUnassignedNamed);
  Json document;
  document["schema"] = kSchema;
  document["overflow"] = snapshot.error_overflow;
  document["paths"] = Paths(snapshot, names);
  document["series"] = Series(snapshot.key_errors, names);
  return document.dump(-1, ' ', /*ensure_ascii=*/false, Json::error_handler_t::replace) + "\n";
}

}  // namespace rcodescope
