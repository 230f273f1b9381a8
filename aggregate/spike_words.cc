#include "aggregate/spike_words.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <vector>

#include "parse/extended_errors.h"
#include "parse/protocol.h"
#include "parse/rcode.h"

namespace rcodescope {
namespace {

constexpr double kAllQuiet = 0.1;      // of the spike: more elsewhere is not normal
constexpr double kWhole = 0.995;       // completeness that needs no word
constexpr uint16_t kTypeA = 1;         // RFC 1035 §3.2.2
constexpr double kCertainShare = 0.5;  // of an error that is named

std::string Format(const char* format, double value) {
  char text[32];
  std::snprintf(text, sizeof(text), format, value);
  return text;
}

std::string Grouped(double value) {
  std::string digits = Format("%.0f", value);
  for (size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, 1, ',');
  return digits;
}

std::string Joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

std::string Where(const Spike& spike) {
  switch (spike.dimension) {
    case SpikeDimension::kServer: return " on " + spike.key;
    case SpikeDimension::kZone: return " for " + spike.key;
    case SpikeDimension::kSite: return " at " + spike.key;
    default: return spike.site.empty() ? " overall" : " overall, at " + spike.site;
  }
}

// One part, without the key that the spike itself has.
std::string PartWords(const SpikePart& part, const Spike& spike, bool with_error) {
  std::vector<std::string> words;
  const bool is_zone = spike.dimension == SpikeDimension::kZone && part.zone == spike.key;
  const bool is_server = spike.dimension == SpikeDimension::kServer && part.server == spike.key;
  if (!part.zone.empty() && !is_zone) words.push_back("zone " + part.zone);
  if (!part.server.empty() && !is_server) words.push_back("server " + part.server);
  if (!part.client.empty()) words.push_back("client " + part.client);
  if (part.qtype != 0 && part.qtype != kTypeA) words.push_back(TypeName(part.qtype));
  if (words.empty() && !with_error) return {};
  std::string text = words.empty() ? "" : Percent(part.share) + " " + Joined(words);
  if (with_error && part.info_code >= 0) {
    const auto info_code = static_cast<uint16_t>(part.info_code);
    const std::string name(EdeName(info_code));
    text += (text.empty() ? "EDE " : ", EDE ") + std::to_string(info_code);
    if (!name.empty()) text += " " + name;
  }
  return text;
}

std::string Explanation(const Spike& spike, const SpikeFeatures& features) {
  std::vector<std::string> words;
  for (const SpikePart& part : spike.explains) {
    std::string text = PartWords(part, spike, part.info_code >= 0);
    if (!text.empty()) words.push_back(std::move(text));
  }
  const bool named = !spike.explains.empty() && spike.explains.front().info_code >= 0;
  if (!named && features.info_code_share >= kCertainShare) {
    SpikePart error;
    error.info_code = features.info_code;
    words.push_back(PartWords(error, spike, true));
  }
  // The number has whoever gets errors at any time in it.
  const std::string client = spike.explains.empty() ? "" : spike.explains[0].client;
  const bool one_client = !client.empty() && client.find('/') == std::string::npos &&
                          std::all_of(spike.explains.begin(), spike.explains.end(),
                                      [&](const SpikePart& part) { return part.client == client; });
  if (spike.clients_estimate == 1 || (spike.clients_estimate > 0 && !one_client)) {
    words.push_back(Grouped(static_cast<double>(spike.clients_estimate)) +
                    (spike.clients_estimate == 1 ? " client" : " clients"));
  }
  return Joined(words);
}

std::string Rest(const Spike& spike, const SpikeFeatures& features) {
  std::string text;
  if (features.fleet > 1 && features.servers_hit < features.fleet) {
    text += features.elsewhere <= kAllQuiet ? "; rest of the fleet normal"
                                            : "; more than usual elsewhere, too";
  }
  if (spike.kind == SpikeKind::kHighFromStart) text += "; nothing to compare with";
  if (spike.kind == SpikeKind::kAboveBaseline && spike.provisional)
    text += "; baseline provisional";
  if (spike.completeness < kWhole) {
    text += "; " + Percent(1 - spike.completeness) + " of the frames were lost";
  }
  return text;
}

}  // namespace

std::string Percent(double share) {
  const double percent = share * 100;
  return Format(percent < 1 && percent > 0 ? "%.1f %%" : "%.0f %%", percent);
}

std::string ShortRate(double rate) {
  const double size = std::abs(rate);
  if (size >= 999'500) return Format("%.1f M", rate / 1e6);
  if (size >= 999.5) return Format("%.1f k", rate / 1e3);
  return Format(size < 9.95 ? "%.1f" : "%.0f", rate);
}

std::string SpikeSentence(const Spike& spike, const SpikeFeatures& features) {
  std::string text = RcodeName(spike.rcode);
  if (spike.kind == SpikeKind::kHighFromStart) {
    text += " " + ShortRate(spike.rate) + "/s (" + Percent(spike.share) + " of responses)";
  } else {
    text += " +" + ShortRate(spike.rate - spike.baseline) + "/s";
  }
  text += Where(spike);
  const std::string explanation = Explanation(spike, features);
  if (!explanation.empty()) text += ": " + explanation;
  return text + Rest(spike, features);
}

}  // namespace rcodescope
