#pragma once

#include <memory>
#include <string>
#include <vector>

#include "row_cache.hpp"
#include "tidemark/projection/rows.hpp"
#include "window_book.hpp"

namespace tidemark::projection {

/// Rows and windows of one read model between two commits.
class TableState final : public Rows {
 public:
  TableState(const ProjectionModel& model, sql::Database& file, const Clock& clock);

  google::protobuf::Message& at(std::string_view key) override;
  const google::protobuf::Message* find(std::string_view key) override;
  void erase(std::string_view key) override;
  void close(std::string_view key) override;
  sql::Database& sql() override;

  /// Reads the state again after `forget`.
  void prepare();
  /// What follows from the event whose handler has just returned.
  void finish_event(const Metadata& metadata, const feed::Place& place);
  void write();
  void forget() noexcept;
  [[nodiscard]] bool wants_commit() const { return backlog_ || sql_used_ || cache_.full(); }

 private:
  /// A touched row across `sql()`, which empties the cache.
  struct Touched {
    std::string key;
    bool closing = false;
  };

  void pin(Slot& slot);
  void touch(Slot& slot);
  void restore_touched();
  void judge(Slot& slot, bool& late);
  void close_window(Slot& slot);
  void set_due(Slot& slot, std::int64_t due);
  void drop_due(Slot& slot);
  void close_due();
  void flush();

  const ProjectionModel& model_;
  const ProjectionFacts& facts_;
  sql::Database& file_;
  const Layout layout_;
  RowCache cache_;
  WindowBook book_;
  std::vector<Slot*> pinned_;
  std::vector<Slot*> touched_;  ///< by the event that is being handled, in order
  std::vector<Touched> touched_before_sql_;
  std::vector<std::unique_ptr<google::protobuf::Message>> replaced_;  ///< erased and made anew
  Position position_;                                                 ///< of that event
  bool stale_ = true;  ///< memory must be read from the file first
  bool sql_used_ = false;
  bool backlog_ = false;  ///< windows are due and not closed: the commit goes on with them
};

}  // namespace tidemark::projection
