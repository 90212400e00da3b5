#pragma once

#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "tidemark/feed/handler.hpp"
#include "tidemark/saga/instance.hpp"
#include "tidemark/saga/saga_model.hpp"
#include "tidemark/sql/database.hpp"
#include "tidemark/store/event_store.hpp"

namespace tidemark::saga {

/// One instance as the index lists it.
struct InstanceRow {
  std::string saga, instance, state, status;
  std::uint64_t version = 0;
  UtcTime started_at, updated_at;
  std::uint64_t open_commands = 0, pending_inputs = 0, timers = 0;
  std::string correlation_id;
  std::string code, message, hint;  ///< of a suspension
};

struct TimerRow {
  std::string saga, instance, id, input;
  UtcTime due;
};

/// What to list; empty texts mean all.
struct InstanceQuery {
  std::string saga, state, status, instance_prefix;
  std::uint64_t limit = 100;
  std::string after_instance = {};
};

/// Lists instances and timers from the index. It is a hint where to look: the journals are the
/// truth.
class SagaIndex {
 public:
  explicit SagaIndex(sql::Database& file) : file_(file) {}
  /// Creates the tables of a new file.
  static void create(sql::Database& file);

  [[nodiscard]] std::vector<InstanceRow> list(const InstanceQuery& query) const;
  struct Count {
    std::string saga, state, status;
    std::uint64_t instances = 0;
  };
  [[nodiscard]] std::vector<Count> count() const;
  [[nodiscard]] std::vector<TimerRow> timers(const std::string& saga, std::uint64_t limit) const;
  /// Timers of running instances that are due at `now`, the oldest first.
  [[nodiscard]] std::vector<TimerRow> due(const std::string& saga, UtcTime now,
                                          std::uint64_t limit) const;
  /// When the next timer of any saga is due.
  [[nodiscard]] std::optional<UtcTime> next_due() const;
  /// Running instances with something to do: name and version.
  [[nodiscard]] std::vector<std::pair<std::string, std::uint64_t>> waiting(
      const std::string& saga, std::uint64_t limit) const;

 private:
  sql::Database& file_;
};

/// Keeps the index: folds journals and writes one row per instance and one per armed timer.
class IndexHandler final : public feed::Handler {
 public:
  /// All references must outlive it. `sagas`: all that the application has.
  IndexHandler(store::EventStore& store, std::vector<const SagaModel*> sagas);

  [[nodiscard]] const std::vector<std::string>& types() const override { return types_; }
  void handle(const feed::Delivery& delivery) override;
  void write(sql::Database& file) override;
  void forget() noexcept override;
  [[nodiscard]] bool wants_commit() const override { return changed_ >= cached_max / 2; }

 private:
  static constexpr std::size_t cached_max = 4096;
  struct Cached {
    Instance instance;
    bool changed = false;
  };
  Cached& find(const StreamId& stream);
  void write_instance(sql::Database& file, const StreamId& stream, const Instance& instance);

  store::EventStore& store_;
  std::vector<const SagaModel*> sagas_;
  std::vector<std::string> types_;
  std::unordered_map<StreamId, Cached> cached_;
  std::size_t changed_ = 0;
};

/// All types of journal records, for catalogue and feeds.
std::vector<const google::protobuf::Descriptor*> journal_types();

}  // namespace tidemark::saga
