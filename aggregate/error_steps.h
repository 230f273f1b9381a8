// When a key had its errors: a short line for each of the largest servers, zones and clients.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "aggregate/number_index.h"
#include "aggregate/snapshot.h"
#include "aggregate/step_axis.h"
#include "aggregate/window.h"

namespace rcodescope {

// Errors per key and code in the steps of a StepAxis. Each pair has a row; where there are too many
// for one dimension, half of the rows leave, as in TrackedKeys: those of the lowest standing, which
// is the weight of their errors and what they may have had before they came; of equals, the oldest.
// What comes later, or again, is known from that window on.
//
// Windows come in the order of their time. Nothing is allocated for them. One thread.
class ErrorSteps {
 public:
  static constexpr int64_t kMostSteps = 128;
  // What one of `rows` takes, for each dimension, without the name of its key.
  static constexpr size_t kRowBytes = kMostSteps * sizeof(uint64_t) + 64;

  // `window`: ns. `rows`: for each dimension; at least 2, at most 32,768.
  ErrorSteps(int64_t window, size_t rows);

  void Add(const Window& window);

  // Of the `most` keys of each dimension with the most errors. `shown_as` maps a code to the one it
  // is listed under, `client_as` a client to its name in a report.
  KeyErrorSteps Build(const std::array<DimensionCount, kDimensions>& dimensions, size_t most,
                      const std::function<Rcode(Rcode)>& shown_as,
                      const std::function<std::string(const std::string&)>& client_as) const;

 private:
  struct Row {
    KeyText key;
    Rcode rcode;
    uint16_t place = 0;       // of its steps
    bool from_begin = false;  // nothing had left when it came
    int64_t since = 0;        // otherwise: the slice in which it came
    uint64_t bound = 0;       // the weight that it may have had before
    uint64_t weight = 0;
  };
  class Table {
   public:
    explicit Table(size_t rows);

    void Add(const KeyText& key, const ErrorGroup& group, size_t step, int64_t slice);
    // The steps doubled; `first` was the first one.
    void Widen(int64_t first);

    const std::vector<Row>& rows() const { return rows_; }
    const uint64_t* StepsOf(const Row& row) const { return &steps_[row.place * kMostSteps]; }

   private:
    static uint64_t HashOf(const KeyText& key, Rcode rcode);
    uint16_t NumberOf(const KeyText& key, Rcode rcode, int64_t slice);
    void Evict();

    size_t most_;
    std::vector<Row> rows_;
    std::vector<uint16_t> free_places_;
    std::vector<uint64_t> steps_;
    NumberIndex index_;
    uint64_t highest_gone_ = 0;  // standing of the rows that have left
    std::vector<uint16_t> lowest_;
    uint16_t last_ = 0;  // the row that was counted in last: groups of one zone come together
  };

  KeyErrorSteps::Code StepsOf(const Table& table, const Row& row, size_t steps) const;

  int64_t window_;
  StepAxis axis_{kMostSteps};
  std::array<Table, kDimensions> tables_;
};

}  // namespace rcodescope
