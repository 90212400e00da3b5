#pragma once

#include <string>

#include "tidemark/projection/key.hpp"
#include "tidemark/projection/rows.hpp"
#include "tidemark/projection/spec.hpp"

namespace tidemark {

/// The rows of projection `P` as its handlers see them. Read and changed in a bounded cache, and
/// written once a batch, in one transaction with the checkpoint.
///
/// Lives for one event. A row that it gives is good until the handler returns, or until `sql()`.
/// An exception in a handler undoes the event as a whole.
template <typename P>
class Table {
 public:
  using Row = typename P::Row;

  explicit Table(projection::Rows& rows) : rows_(rows) {}

  /// The row of that key, read, or created with its key fields set. Taking it counts as changing
  /// it. Key fields must stay as they are.
  template <typename... Values>
  Row& at(const Values&... values) {
    return static_cast<Row&>(rows_.at(encode(values...)));
  }
  /// The row of that key to look at; null when there is none.
  template <typename... Values>
  const Row* find(const Values&... values) {
    return static_cast<const Row*>(rows_.find(encode(values...)));
  }
  /// Removes the row. Nothing happens when there is none.
  template <typename... Values>
  void erase(const Values&... values) {
    rows_.erase(encode(values...));
  }
  /// Closes the row's window once the handler returns, whatever the watermark says: the row as it
  /// is then is its next revision, unless nothing changed since the last one. Nothing happens when
  /// there is no such row.
  template <typename... Values>
  void close(const Values&... values) {
    static_assert(
        requires(const Row& row) { P::window(row); },
        "only a projection with a `window` can close one");
    rows_.close(encode(values...));
  }
  /// The read model's file, for plain SQL: what the cache holds is written first, and everything
  /// is committed as soon as the handler returns. Slow. Rows taken before are no longer good.
  sql::Database& sql() { return rows_.sql(); }

 private:
  template <typename... Values>
  std::string_view encode(const Values&... values) {
    projection::KeyCodec<typename P::Key>::encode(key_, values...);
    return key_;
  }

  projection::Rows& rows_;
  std::string key_;
};

}  // namespace tidemark
