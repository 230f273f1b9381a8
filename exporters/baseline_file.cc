#include "exporters/baseline_file.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>

#include <absl/status/status.h>
#include <nlohmann/json.hpp>

namespace rcodescope {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kSchema = 1;

Json RowObject(const BaselineRow& row) {
  return {{"space", kRcodeSpaceNames[static_cast<size_t>(row.rcode.space)]},
          {"code", row.rcode.code},
          {"dimension", kSpikeDimensionNames[static_cast<size_t>(row.dimension)]},
          {"key", row.key},
          {"rate", row.rate},
          {"step_variance", row.step_variance},
          {"run_variance", row.run_variance},
          {"others", row.others},
          {"age", row.age}};
}

template <typename Names>
size_t PlaceOf(const Names& names, const std::string& name) {
  const auto place = std::find(names.begin(), names.end(), name);
  if (place == names.end()) throw std::runtime_error("\"" + name + "\" is unknown");
  return static_cast<size_t>(place - names.begin());
}

double Number(const Json& object, const char* name) {
  const double number = object.at(name).get<double>();
  if (!std::isfinite(number) || number < 0) {
    throw std::runtime_error(std::string(name) + " is no number from 0 on");
  }
  return number;
}

BaselineRow RowFrom(const Json& object) {
  BaselineRow row;
  row.rcode.space =
      static_cast<RcodeSpace>(PlaceOf(kRcodeSpaceNames, object.at("space").get<std::string>()));
  row.rcode.code = object.at("code").get<uint16_t>();
  row.dimension = static_cast<SpikeDimension>(
      PlaceOf(kSpikeDimensionNames, object.at("dimension").get<std::string>()));
  row.key = object.at("key").get<std::string>();
  row.rate = Number(object, "rate");
  row.step_variance = Number(object, "step_variance");
  row.run_variance = Number(object, "run_variance");
  row.others = Number(object, "others");
  row.age = Number(object, "age");
  return row;
}

}  // namespace

std::string BaselineText(const Baseline& baseline) {
  Json rows = Json::array();
  for (const BaselineRow& row : baseline.rows) rows.push_back(RowObject(row));
  const Json document = {{"schema", kSchema},
                         {"step_seconds", baseline.step_seconds},
                         {"responses", baseline.responses},
                         {"rates", std::move(rows)}};
  return document.dump(1, ' ', /*ensure_ascii=*/false, Json::error_handler_t::replace) + "\n";
}

absl::StatusOr<Baseline> ReadBaseline(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return absl::NotFoundError("cannot be read");
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  try {
    const Json document = Json::parse(text);
    if (document.at("schema") != kSchema) throw std::runtime_error("its schema is not 1");
    Baseline baseline;
    baseline.step_seconds = Number(document, "step_seconds");
    if (baseline.step_seconds == 0) throw std::runtime_error("step_seconds is 0");
    baseline.responses = Number(document, "responses");
    for (const Json& object : document.at("rates")) baseline.rows.push_back(RowFrom(object));
    return baseline;
  } catch (const std::exception& error) {
    return absl::InvalidArgumentError(std::string("not a saved baseline: ") + error.what());
  }
}

}  // namespace rcodescope
