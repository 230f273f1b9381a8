#include "exporters/text_report.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <numeric>
#include <string_view>
#include <utility>

#include "exporters/printable.h"
#include "exporters/spike_text.h"
#include "exporters/sums.h"
#include "exporters/text_format.h"
#include "exporters/text_table.h"
#include "exporters/time_format.h"
#include "exporters/worst_keys.h"
#include "parse/extended_errors.h"

namespace rcodescope {
namespace {

constexpr size_t kNarrowest = 40;
constexpr size_t kBarCells = 20;
constexpr size_t kMostCodes = 30;  // rows of the tables of codes; the rest is one line

constexpr std::array<std::string_view, kLow4Reasons> kLow4Meanings = {
    "the capture cut the message off before its OPT record",
    "the message ends before the records its header announces",
    "there is an OPT record, but not one that may be believed",
    "of the datagram only the first fragment came, without its OPT record",
    "a record before the OPT record cannot be passed over",
};

constexpr std::array<std::string_view, kMalformedReasons> kMalformedMeanings = {
    "fewer than the 12 bytes of a DNS header",
};

constexpr std::array<std::string_view, kRecordAnomalies> kRecordMeanings = {
    "captured length above the wire length; the captured one is used",
    "captured length above the file's snap length",
    "a fraction of a second of 1 s or more; cut to the largest",
    "no usable time; the frame takes the clock's",
    "the frame is older than the slice of time it is counted in",
    "more than a day ahead of the clock, not confirmed by the next frame",
};

bool IsError(Rcode rcode) { return rcode.code != kRcodeNoError; }

uint64_t Errors(const Snapshot& snapshot) {
  uint64_t errors = 0;
  for (const ResponseCount& count : snapshot.responses) {
    if (IsError(count.rcode)) errors += count.count;
  }
  return errors;
}

std::string Plural(uint64_t number, const std::string& noun) {
  return Grouped(number) + " " + noun + (number == 1 ? "" : "s");
}

// Writes the report, section by section.
class Report {
 public:
  Report(const Snapshot& snapshot, const TextStyle& style, const AlertHistory* alerts)
      : snapshot_(snapshot),
        alerts_(alerts),
        style_(style),
        width_(std::max(kNarrowest, static_cast<size_t>(std::max(style.width, 0)))) {}

  std::string Write() {
    Headline();
    InputErrors();
    Section("Spikes", "more than usual of a code", SpikeSection(snapshot_.spikes, style_, width_));
    if (alerts_ != nullptr) {
      Section("Alerts", "what the given rules would have told",
              AlertSection(*alerts_, style_, width_));
    }
    Rcodes();
    Answers();
    Ede();
    for (size_t i = 0; i < kDimensions; ++i) Worst(i);
    Oddities();
    Ledger();
    return std::move(text_);
  }

 private:
  void Heading(const std::string& title, const std::string& remark = {}) {
    text_ += "\n" + Inked(title, Ink::kHeading, style_.color);
    if (!remark.empty()) text_ += "  " + Inked(remark, Ink::kFaint, style_.color);
    text_ += "\n";
  }
  void Section(const std::string& title, const std::string& remark, const std::string& body) {
    if (body.empty()) return;
    Heading(title, remark);
    text_ += body;
  }
  void Say(const std::string& line, Ink ink = Ink::kPlain) {
    TextTable table({{"", false, Fit::kWrap}});
    table.Add({{line, ink}});
    Put(table);
  }
  void Put(const TextTable& table) { text_ += table.Render(width_, style_.color); }

  void Headline();
  void InputErrors();
  void Rcodes();
  void Answers();
  void Ede();
  void Worst(size_t dimension);
  void Oddities();
  void Ledger();

  const Snapshot& snapshot_;
  const AlertHistory* const alerts_;
  const TextStyle style_;
  const size_t width_;
  std::string text_;
};

void Report::Headline() {
  text_ += Inked("DNS response codes", Ink::kHeading, style_.color) + "\n";
  const bool timed = snapshot_.first != kNoTime && snapshot_.last != kNoTime;
  const int64_t span = timed ? snapshot_.last.ns - snapshot_.first.ns : 0;
  if (timed) {
    Say(Rfc3339(snapshot_.first, 3) + " to " + Rfc3339(snapshot_.last, 3) + ", " + Span(span),
        Ink::kFaint);
  }
  if (!snapshot_.filter.empty()) {
    Say("of messages with " + Printable(snapshot_.filter) + " only; " +
            Plural(snapshot_.left_out, "other") + " left out",
        Ink::kWarning);
  }
  const FrameLedger& frames = snapshot_.frames;
  const uint64_t messages = snapshot_.query_total + snapshot_.response_total;
  const uint64_t errors = Errors(snapshot_);
  std::string packets_note = Bytes(frames.bytes) + " on the wire";
  if (snapshot_.sources.size() > 1) {
    packets_note += ", " + Grouped(uint64_t{snapshot_.sources.size()}) + " inputs";
  }
  text_ += "\n";
  TextTable table({{"", false}, {"count", true}, {"a second", true}, {"", false, Fit::kWrap}});
  const auto add = [&](const char* what, uint64_t count, const std::string& note, Ink ink) {
    table.Add({{what}, {Grouped(count)}, {Rate(count, span)}, {note, ink}});
  };
  add("packets", frames.seen, packets_note, Ink::kFaint);
  add("messages", messages, "", Ink::kPlain);
  add("queries", snapshot_.query_total, "", Ink::kPlain);
  add("responses", snapshot_.response_total, "", Ink::kPlain);
  const TransferCounts& kinds = snapshot_.transfers;
  const uint64_t transfers = std::accumulate(kinds.begin(), kinds.end(), uint64_t{0});
  if (transfers > 0) {
    add("transfers", transfers, "of zones, begun by as many of the responses", Ink::kFaint);
  }
  const std::string share = Percent(errors, snapshot_.response_total);
  table.Add({{"errors", errors > 0 ? Ink::kError : Ink::kPlain},
             {Grouped(errors), errors > 0 ? Ink::kError : Ink::kPlain},
             {Rate(errors, span)},
             {share.empty() ? "" : share + " of responses", Ink::kFaint}});
  Put(table);
}

void Report::InputErrors() {
  TextTable table({{"", false, Fit::kCutMiddle}, {"", false, Fit::kWrap}});
  for (const InputFile& file : snapshot_.sources) {
    if (file.error == InputError::kNone) continue;
    table.Add({{Printable(file.name)}, {Printable(file.message), Ink::kError}});
  }
  if (table.empty()) return;
  Heading("Inputs not read to their end");
  Put(table);
}

void Report::Rcodes() {
  const std::vector<RcodeRow> rows = RcodeRows(snapshot_);
  if (rows.empty()) return;
  Heading("Response codes");
  TextTable table({{"rcode"},
                   {"space"},
                   {"opcode"},
                   {"certainty"},
                   {"responses", true},
                   {"share", true},
                   {"", false, Fit::kDrop}});
  const uint64_t total = snapshot_.response_total;
  bool low4 = false;
  uint64_t rest = 0;
  for (size_t i = 0; i < rows.size(); ++i) {
    const RcodeRow& row = rows[i];
    const bool is_low4 = row.certainty == Certainty::kLow4;
    low4 = low4 || is_low4;
    if (i >= kMostCodes) {
      rest += row.responses;
      continue;
    }
    const Ink ink = IsError(row.rcode) ? Ink::kError : Ink::kGood;
    table.Add({{RcodeName(row.rcode), ink},
               {std::string(kRcodeSpaceNames[static_cast<size_t>(row.rcode.space)])},
               {OpcodeName(row.opcode)},
               {is_low4 ? "low4" : "", Ink::kWarning},
               {Grouped(row.responses)},
               {Percent(row.responses, total)},
               {Bar(row.responses, total, kBarCells), ink}});
  }
  if (rows.size() > kMostCodes) {
    table.Add({{Grouped(uint64_t{rows.size() - kMostCodes}) + " more", Ink::kFaint},
               {},
               {},
               {},
               {Grouped(rest)},
               {Percent(rest, total)}});
  }
  Put(table);
  if (low4) {
    Say("low4: only the header's 4 bits of the code are known; low4 YXRRSET may be BADCOOKIE and "
        "low4 NOERROR may be BADVERS.",
        Ink::kFaint);
  }
}

void Report::Answers() {
  constexpr std::array<AnswerKind, 2> kLeftOut = {AnswerKind::kNone, AnswerKind::kError};
  std::vector<std::pair<uint64_t, std::string>> kinds;
  uint64_t total = 0;
  for (size_t i = 0; i < kAnswerKinds; ++i) {
    const bool left_out = std::count(kLeftOut.begin(), kLeftOut.end(), static_cast<AnswerKind>(i));
    if (left_out || snapshot_.answer_kinds[i] == 0) continue;
    kinds.emplace_back(snapshot_.answer_kinds[i], kAnswerKindNames[i]);
    total += snapshot_.answer_kinds[i];
  }
  if (kinds.empty()) return;
  std::stable_sort(kinds.begin(), kinds.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  Heading("What NOERROR answered", "responses to QUERY");
  TextTable table({{"kind"}, {"responses", true}, {"share", true}});
  for (const auto& [count, name] : kinds) {
    table.Add({{name}, {Grouped(count)}, {Percent(count, total)}});
  }
  Put(table);
}

void Report::Ede() {
  std::vector<EdeCount> list = snapshot_.ede;
  std::erase_if(list, [](const EdeCount& ede) { return ede.count == 0; });
  if (list.empty()) return;
  std::stable_sort(list.begin(), list.end(),
                   [](const EdeCount& a, const EdeCount& b) { return a.count > b.count; });
  Heading("Extended DNS errors", "RFC 8914");
  TextTable table({{"code", true}, {"rcode"}, {"count", true}, {"meaning", false, Fit::kWrap}});
  uint64_t rest = 0;
  for (size_t i = 0; i < list.size(); ++i) {
    const EdeCount& ede = list[i];
    if (i >= kMostCodes) {
      rest += ede.count;
      continue;
    }
    table.Add({{std::to_string(ede.info_code)},
               {RcodeName(ede.rcode), IsError(ede.rcode) ? Ink::kError : Ink::kGood},
               {Grouped(ede.count)},
               {std::string(EdeName(ede.info_code))}});
  }
  if (list.size() > kMostCodes) {
    table.Add({{},
               {Grouped(uint64_t{list.size() - kMostCodes}) + " more", Ink::kFaint},
               {Grouped(rest)}});
  }
  Put(table);
}

void Report::Worst(size_t dimension) {
  const DimensionCount& counts = snapshot_.dimensions[dimension];
  const std::string name(kDimensionNames[dimension]);
  const std::vector<WorstOfCode> worst = WorstKeys(counts, style_.rows);
  const bool overflow = counts.overflow_responses > 0;
  if (worst.empty() && counts.other.errors == 0 && !overflow) return;
  std::string title = name + "s with the most errors";
  title[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(title[0])));
  Heading(title, Grouped(counts.tracked) + " tracked");
  TextTable table({{"rcode"},
                   {name, false, Fit::kCutMiddle},
                   {"count", true},
                   {"of rcode", true, Fit::kDrop},
                   {"all responses", true, Fit::kDrop},
                   {"error share", true}});
  for (const WorstOfCode& code : worst) {
    bool first = true;
    for (const WorstKey& key : code.keys) {
      table.Add({{std::exchange(first, false) ? code.rcode : "", Ink::kError},
                 {Printable(key.key->key)},
                 {Grouped(key.responses)},
                 {Percent(key.responses, code.responses)},
                 {Grouped(key.key->responses)},
                 {Percent(key.key->errors, key.key->responses)}});
    }
  }
  if (!table.empty()) Put(table);
  if (counts.other.errors > 0) {
    Say("other (no " + name + ", or one beyond the top " + Grouped(uint64_t{counts.top.size()}) +
            "): " + Plural(counts.other.responses, "response") + ", " +
            Plural(counts.other.errors, "error"),
        Ink::kFaint);
  }
  if (overflow) {
    Say("The table of " + Grouped(counts.capacity) + " " + name +
            "s was full: " + Plural(counts.overflow_responses, "response") +
            " of those with the fewest count as other. No count here is too small by more than " +
            Grouped(counts.error_bound) + ".",
        Ink::kWarning);
  }
}

void Report::Oddities() {
  TextTable table(
      {{"what"}, {"reason"}, {"count", true}, {"share", true}, {"meaning", false, Fit::kWrap}});
  std::string_view last_what;
  const auto add = [&](std::string_view what, std::string_view reason, uint64_t count,
                       uint64_t whole, std::string_view meaning, Ink ink) {
    if (count == 0) return;
    const bool repeated = std::exchange(last_what, what) == what;
    table.Add({{std::string(repeated ? std::string_view{} : what)},
               {std::string(reason), ink},
               {Grouped(count)},
               {Percent(count, whole)},
               {std::string(meaning)}});
  };
  const FrameLedger& frames = snapshot_.frames;
  for (size_t i = 0; i < kDispositions; ++i) {
    const DispositionEntry& entry = kDispositionTable[i];
    if (entry.fate == FrameFate::kCounted) continue;
    const Ink ink = entry.fate == FrameFate::kMalformed ? Ink::kError : Ink::kPlain;
    add("packets", entry.name, frames.dispositions[i], frames.seen, entry.meaning, ink);
  }
  for (size_t i = 0; i < kMalformedReasons; ++i) {
    add("malformed", kMalformedNames[i], snapshot_.malformed[i], 0, kMalformedMeanings[i],
        Ink::kError);
  }
  const uint64_t responses = snapshot_.response_total;
  for (size_t i = 0; i < kAnomalies; ++i) {
    add("responses", kAnomalyTable[i].name, snapshot_.anomalies[i], responses,
        kAnomalyTable[i].meaning, Ink::kWarning);
  }
  for (size_t i = 0; i < kLow4Reasons; ++i) {
    add("low4", kLow4ReasonNames[i], snapshot_.low4_reasons[i], responses, kLow4Meanings[i],
        Ink::kWarning);
  }
  for (size_t i = 0; i < kEvidenceRefusals; ++i) {
    add("zone evidence", kEvidenceRefusalTable[i].name, snapshot_.zone_cuts.refusals[i], responses,
        kEvidenceRefusalTable[i].meaning, Ink::kWarning);
  }
  for (size_t i = 0; i < kReassemblyEvents; ++i) {
    const ReassemblyEntry& entry = kReassemblyTable[i];
    if (entry.odd) {
      add("reassembly", entry.name, snapshot_.reassembly[i], 0, entry.meaning, Ink::kWarning);
    }
  }
  for (size_t i = 0; i < kRecordAnomalies; ++i) {
    add("records", kRecordAnomalyNames[i], snapshot_.record_anomalies[i], frames.seen,
        kRecordMeanings[i], Ink::kWarning);
  }
  if (table.empty()) return;
  Heading("Not decoded, or odd");
  Put(table);
}

void Report::Ledger() {
  const FrameLedger& frames = snapshot_.frames;
  std::array<uint64_t, 3> fates{};  // by FrameFate
  for (size_t i = 0; i < kDispositions; ++i) {
    fates[static_cast<size_t>(kDispositionTable[i].fate)] += frames.dispositions[i];
  }
  Heading("Where every packet went");
  Say(Grouped(frames.seen) + " seen = " + Grouped(fates[0]) + " counted + " + Grouped(fates[1]) +
      " ignored + " + Grouped(fates[2]) + " malformed + " + Grouped(frames.held) + " held" +
      (frames.residual == 0
           ? ""
           : (frames.residual < 0 ? " - " : " + ") +
                 Grouped(frames.residual < 0 ? -frames.residual : frames.residual) + " lost"));
  const bool closed = frames.residual == 0 && frames.message_residual == 0;
  Say("residual: " + Grouped(frames.residual) + " packets, " + Grouped(frames.message_residual) +
          " messages" + (closed ? "" : "; this is a fault of the program"),
      closed ? Ink::kFaint : Ink::kError);
  if (frames.filtered > 0) {
    Say("beside them, kept back by the filter: " + Grouped(frames.filtered), Ink::kFaint);
  }
}

}  // namespace

std::string TextReport(const Snapshot& snapshot, const TextStyle& style,
                       const AlertHistory* alerts) {
  return Report(snapshot, style, alerts).Write();
}

}  // namespace rcodescope
