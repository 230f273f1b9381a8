#include "aggregate/recorder.h"

#include <algorithm>

namespace rcodescope {

Recorder::Recorder(const RecorderOptions& options, const ZonePolicy& zones, Shard& shard)
    : options_(options),
      zones_(zones),
      shard_(shard),
      window_(shard.windows.Take()),
      keys_(shard.keys.Take()) {}

bool Recorder::Advance(Timestamp now) {
  const int64_t window = SliceOf(now, options_.window);
  if (window == window_->window) return false;
  HandOverWindow();
  window_->window = window;
  return true;
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
  if (!window_->totals.HasRoom(messages)) {
    const int64_t window = window_->window;
    HandOverWindow();
    window_->window = window;
  }
  const bool room = std::all_of(keys_->dimensions.begin(), keys_->dimensions.end(),
                                [&](const KeyCounts& table) { return table.HasRoom(messages); });
  if (!room) HandOverKeys();
}

void Recorder::Locate(const Observation& response, Place& place) {
  const bool whole = options_.client_prefix_v4 == 32 && options_.client_prefix_v6 == 128;
  place.server = table(Dimension::kServer).Locate(response.server);
  place.client = table(Dimension::kClient)
                     .Locate(whole ? response.client
                                   : response.client.Prefix(options_.client_prefix_v4,
                                                            options_.client_prefix_v6));
  place.zone_name = zones_.ZoneOf(response);
  if (!place.zone_name.empty()) place.zone = table(Dimension::kZone).Locate(place.zone_name);
}

void Recorder::Find(Place& place) {
  table(Dimension::kServer).Find(place.server);
  table(Dimension::kClient).Find(place.client);
  if (!place.zone_name.empty()) table(Dimension::kZone).Find(place.zone);
}

void Recorder::Count(const Observation& response, const Place& place) {
  const KeyCounts::Column column(response.rcode);
  table(Dimension::kServer).Add(place.server, {}, column);
  table(Dimension::kClient).Add(place.client, {}, column);
  if (place.zone_name.empty()) {
    table(Dimension::kZone).AddUnkeyed(response.rcode);
  } else {
    table(Dimension::kZone).Add(place.zone, place.zone_name, column);
  }
}

void Recorder::HandOverWindow() {
  shard_.windows.Publish(window_);
  window_ = shard_.windows.Take();
}

void Recorder::HandOverKeys() {
  shard_.keys.Publish(keys_);
  keys_ = shard_.keys.Take();
}

void Recorder::Finish() {
  shard_.windows.Publish(window_);
  shard_.keys.Publish(keys_);
  window_ = nullptr;
  keys_ = nullptr;
  shard_.Finish();
}

}  // namespace rcodescope
