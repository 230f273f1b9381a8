#include "aggregate/recorder.h"

#include <algorithm>

namespace rcodescope {

Recorder::Recorder(const RecorderOptions& options, const ZonePolicy& zones, Shard& shard,
                   const CutBoard* board)
    : options_(options),
      zones_(zones),
      shard_(shard),
      board_(board),
      window_(shard.windows.Take()),
      keys_(shard.keys.Take()) {
  if (options.sites != nullptr) sites_.emplace(*options.sites);
}

void Recorder::Advance(Timestamp now, const WorkerLedger& ledger) {
  window_->last = slice_;
  slice_ = SliceOf(now, options_.window);
  slice_end_ = (slice_ + 1) * options_.window;
  const int64_t epoch = options_.epoch == 0 ? 0 : SliceOf(now, options_.epoch);
  if (epoch == epoch_) {
    if (options_.waits || shard_.windows.HasEmpty()) HandOverWindow();
  } else if (options_.waits || (shard_.windows.HasEmpty() && shard_.keys.HasEmpty())) {
    keys_->ledger = ledger;
    NoteTold();
    shard_.Deliver({.window = window_,
                    .keys = keys_,
                    .epoch = epoch - 1,
                    .reached = slice_,
                    .ends_epoch = true});
    TakeWindow();
    keys_ = shard_.keys.Take();
  }
  epoch_ = epoch;
  TakeCuts();
}

void Recorder::Consume(const ObservationBatch& batch) {
  const auto messages = batch.observations();
  MakeRoom(messages.size());
  const size_t responses = Divide(messages);
  Totals& totals = window_->totals;
  for (size_t i = 0; i < responses; ++i) Locate(*responses_[i], places_[i]);
  for (size_t i = 0; i < messages.size() - responses; ++i) totals.RecordQuery(*queries_[i]);
  for (size_t i = 0; i < responses; ++i) Find(places_[i]);
  for (size_t i = 0; i < responses; ++i) {
    totals.RecordResponse(*responses_[i]);
    Count(*responses_[i], places_[i]);
  }
  AddErrors();
  messages_ += messages.size();
}

// Queries and responses come in turns that no processor can foresee: told apart without a branch.
// Answers with the number of responses.
size_t Recorder::Divide(std::span<const Observation> messages) {
  const Observation** query = queries_.data();
  const Observation** response = responses_.data();
  for (const Observation& message : messages) {
    *query = *response = &message;
    const ptrdiff_t is_response = message.is_response ? 1 : 0;
    response += is_response;
    query += 1 - is_response;
  }
  return static_cast<size_t>(response - responses_.data());
}

void Recorder::MakeRoom(size_t messages) {
  // Totals are exact, always: these are the only times when every worker waits, with thousands of
  // different codes counted and all deltas on their way.
  if (!window_->totals.HasRoom(messages) || !window_->taps.HasRoom(messages)) {
    window_->last = slice_;
    HandOverWindow();
  }
  const auto all = [&](auto has_room) {
    return std::all_of(keys_->dimensions.begin(), keys_->dimensions.end(), has_room);
  };
  if (all([&](const KeyCounts& table) { return table.HasRoom(messages); })) return;
  if (options_.waits || shard_.keys.HasEmpty() ||
      !all([&](const KeyCounts& table) { return table.HasRoomForCodes(messages); })) {
    HandOverKeys();
  }
}

void Recorder::Locate(const Observation& response, Place& place) {
  place.server = table(Dimension::kServer).Locate(response.server);
  place.client = table(Dimension::kClient).Locate(ClientKey(response));
  place.zone_name = ZoneOf(response);
  if (!place.zone_name.empty()) place.zone = table(Dimension::kZone).Locate(place.zone_name);
}

IpAddress Recorder::ClientKey(const Observation& response) const {
  const bool whole = options_.client_prefix_v4 == 32 && options_.client_prefix_v6 == 128;
  return whole ? response.client
               : response.client.Prefix(options_.client_prefix_v4, options_.client_prefix_v6);
}

void Recorder::Find(Place& place) {
  table(Dimension::kServer).Find(place.server);
  table(Dimension::kClient).Find(place.client);
  if (!place.zone_name.empty()) table(Dimension::kZone).Find(place.zone);
}

void Recorder::Count(const Observation& response, Place& place) {
  if (sites_) window_->taps.RecordSite(sites_->Find(response), response);
  window_->taps.RecordNsid(response);
  const KeyCounts::Column column(response.rcode);
  place.server.number = table(Dimension::kServer).Add(place.server, {}, column);
  place.client.number = table(Dimension::kClient).Add(place.client, {}, column);
  if (options_.count_members) [[unlikely]]
    MarkMember(response, place);
  if (place.zone_name.empty()) {
    table(Dimension::kZone).AddUnkeyed(response.rcode);
  } else {
    place.zone.number = table(Dimension::kZone).Add(place.zone, place.zone_name, column);
  }
  if (response.opcode == Opcode::kQuery) [[likely]] {
    const uint16_t server = window_->keys.CountServer(response, place.server, column);
    if (response.rcode != Rcode{}) LocateError(response, server, place);
  }
}

void Recorder::LocateError(const Observation& response, uint16_t server, const Place& place) {
  const bool v4 = response.client.family() == Family::kIpv4;
  const int bits = v4 ? options_.client_prefix_v4 : options_.client_prefix_v6;
  errors_[error_count_++] =
      window_->keys.LocateError(response, server, place.zone_name, place.zone, ClientKey(response),
                                static_cast<uint8_t>(bits));
}

void Recorder::AddErrors() {
  for (size_t i = 0; i < error_count_; ++i) window_->keys.AddError(errors_[i]);
  error_count_ = 0;
}

// The hash has no secret: who is counted as another must be the same in every run. Whoever forges
// addresses can make up as many members as they like anyhow.
void Recorder::MarkMember(const Observation& response, const Place& place) {
  constexpr uint64_t kKey = 0x6d656d62;
  const auto& bytes = response.client.bytes;
  const uint64_t hash = KeyedHash64(bytes.data(), bytes.size(), kKey);
  table(Dimension::kClient).Mark(place.client.number, uint64_t{1} << (hash >> 58));
}

void Recorder::HandOverWindow() {
  NoteTold();
  shard_.Deliver({.window = window_, .epoch = epoch_, .reached = slice_});
  TakeWindow();
}

void Recorder::HandOverKeys() {
  shard_.Deliver({.keys = keys_, .epoch = epoch_, .reached = slice_});
  keys_ = shard_.keys.Take();
  window_->keys.ForgetEntries();
}

void Recorder::TakeWindow() {
  window_ = shard_.windows.Take();
  window_->window = slice_;
}

void Recorder::Learn(const Observation& response) {
  Teach(response, zones_.Decide(response, cuts_in_force()));
}

void Recorder::Teach(const Observation& response, const ZoneDecision& decision) {
  if (!decision.teaches || board_ == nullptr) return;
  window_->evidence.Add(response.server, decision.cut, board_->secret());
}

NameRef Recorder::ZoneOf(const Observation& response) {
  const NameRef plain = zones_.PlainZone(response, cuts_in_force());
  return plain.empty() ? DecidedZone(response) : plain;
}

NameRef Recorder::DecidedZone(const Observation& response) {
  const ZoneDecision decision = zones_.Decide(response, cuts_in_force());
  Teach(response, decision);
  if (decision.refusal != EvidenceRefusal::kCount) [[unlikely]] {
    window_->evidence.CountRefusal(decision.refusal);
  }
  return decision.zone;
}

void Recorder::NoteTold() {
  if (!window_->evidence.cuts().empty()) told_ = window_->window;
}

// What is in force in the window that begins. A replay's worker waits until everything is known
// that any worker learned before the window that has just ended; but not for nothing, where it
// alone learns and holds all that it told.
void Recorder::TakeCuts() {
  if (board_ == nullptr) return;
  if (!options_.waits) {
    posted_ = board_->Latest();
  } else if (!board_->sole() || told_ >= posted_.complete) {
    posted_ = board_->Await(slice_ - 1);
  }
}

void Recorder::Finish(const WorkerLedger& ledger) {
  window_->last = slice_;
  keys_->ledger = ledger;
  shard_.Deliver({.window = window_,
                  .keys = keys_,
                  .epoch = epoch_,
                  .reached = std::numeric_limits<int64_t>::max(),
                  .ends_epoch = true,
                  .ends_input = true});
  window_ = nullptr;
  keys_ = nullptr;
}

}  // namespace rcodescope
