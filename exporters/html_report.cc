#include "exporters/html_report.h"

#include <string_view>

#include <nlohmann/json.hpp>

#include "exporters/error_json.h"
#include "exporters/html_page.h"
#include "exporters/json_report.h"
#include "parse/extended_errors.h"
#include "parse/rcode_texts.h"

namespace rcodescope {
namespace {

// JSON that can stand in a script element: nothing in it can end the element or begin a comment
// there. `<` occurs in strings only.
std::string Inert(std::string_view json) {
  std::string inert;
  inert.reserve(json.size());
  for (const char c : json) {
    if (c == '<') {
      inert += "\\u003c";
    } else {
      inert += c;
    }
  }
  return inert;
}

// What codes mean, by the names that the report has for them.
std::string Meanings() {
  nlohmann::ordered_json meanings = nlohmann::ordered_json::object();
  for (const RcodeEntry& entry : kRcodeCatalogue) {
    const bool of_header = FindRcode({RcodeSpace::kDns, entry.code}) == &entry;
    const Rcode rcode{of_header ? RcodeSpace::kDns : RcodeSpace::kTsig, entry.code};
    meanings[std::string(entry.mnemonic)] = MeaningOf(rcode);
  }
  for (const ExtendedError& error : ExtendedErrors()) {
    meanings["EDE " + std::to_string(error.info_code)] = error.name;
  }
  return meanings.dump();
}

constexpr std::string_view kNav =
    "<nav><a href=\"/metrics\">metrics</a> <a href=\"/api/v1/report\">JSON report</a> "
    "<a href=\"/-/healthy\">healthy</a> <a href=\"/-/ready\">ready</a></nav>";

std::string PageWith(std::string_view data, std::string_view nav) {
  return kPageBeforeNav + std::string(nav) + kPageBeforeData + Inert(data) + kPageBeforeMeanings +
         Inert(Meanings()) + kPageEnd;
}

}  // namespace

std::string HtmlReport(const Snapshot& snapshot) {
  return PageWith("{\"report\": " + ShortJsonReport(snapshot) +
                      ", \"errors\": " + ErrorsDocument(snapshot) + "}",
                  "");
}

std::string HtmlPage() { return PageWith("null", kNav); }

}  // namespace rcodescope
