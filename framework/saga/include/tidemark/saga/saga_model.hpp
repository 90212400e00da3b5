#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "tidemark/aggregate/decision.hpp"
#include "tidemark/base/time.hpp"
#include "tidemark/saga/outbox.hpp"
#include "tidemark/saga/transitions.hpp"

namespace tidemark::saga {

/// One line of a table, for charts, for the table's hash and for the journal.
struct RowInfo {
  std::string
      name;  ///< "<from>+<input>#<n>": n counts the rows of the same state and input, from 1
  std::string from;
  std::string input;  ///< "adtech.v1.PeriodClosed", "rejected adtech.v1.PostInvoice", "after 7 d"
  std::string to;     ///< empty: stays
  bool guarded = false;
  bool undoable = false;
  bool compensates = false;
  std::optional<std::int64_t> after_seconds;  ///< for a row that waits
};

/// What a row that waits has for an input: the seconds in the largest whole unit, "after 7 d".
std::string timer_name(std::int64_t seconds);

struct StateInfo {
  std::string name;
  bool final = false;
};

/// An input without its C++ type.
struct Input {
  enum class Kind : std::uint8_t { event, rejected, accepted, timer };
  Kind kind = Kind::event;
  std::string_view type;     ///< of the event, or of the command; for a timer its row's input
  std::string_view data;     ///< of the event, or of the command
  Rejection rejection = {};  ///< for `rejected`
  UtcTime recorded_at;       ///< when the input was recorded
};

/// What a table makes of one input.
struct Reply {
  enum class Kind : std::uint8_t {
    moved,       ///< a row was taken
    unexpected,  ///< no row fits
    bad_bytes,   ///< data or input cannot be decoded
  };
  Kind kind = Kind::unexpected;
  std::size_t row = 0;  ///< index into `rows()`
  std::string to;       ///< the state after it
  std::string data;     ///< the data after it
  std::vector<Outbox::Sent> commands;
};

/// A saga type without its C++ types. Pure: it holds no instance. Safe from any thread.
class SagaModel {
 public:
  virtual ~SagaModel() = default;
  [[nodiscard]] virtual const SagaSpec& spec() const = 0;
  [[nodiscard]] virtual const std::vector<StateInfo>& states()
      const = 0;  ///< the initial one first
  [[nodiscard]] virtual const std::vector<RowInfo>& rows() const = 0;
  /// Digest of states, rows and the data's layout: what an instance is pinned to.
  [[nodiscard]] virtual const std::string& table_hash() const = 0;
  [[nodiscard]] virtual const google::protobuf::Descriptor& data_type() const = 0;
  /// The event types it takes, without duplicates.
  [[nodiscard]] virtual const std::vector<const google::protobuf::Descriptor*>& events() const = 0;
  /// The command types it may send.
  [[nodiscard]] virtual const std::vector<const google::protobuf::Descriptor*>& commands()
      const = 0;
  /// The instance an event belongs to; none when the event says that it belongs to none (an empty
  /// text). Throws `std::runtime_error` when it cannot be decoded.
  [[nodiscard]] virtual std::optional<std::string> correlate(std::string_view type,
                                                             std::string_view data) const = 0;
  /// Runs the machine for one input on copies. Exceptions of actions and guards come through.
  [[nodiscard]] virtual Reply run(std::string_view state, std::string_view data,
                                  const Input& input) const = 0;
  /// The commands that take back a row's commands, given the data of now.
  [[nodiscard]] virtual std::vector<Outbox::Sent> undo(std::size_t row, std::string_view data,
                                                       UtcTime input_recorded_at) const = 0;
};

[[nodiscard]] const StateInfo* find_state(const SagaModel& model, std::string_view name);
[[nodiscard]] std::optional<std::size_t> find_row(const SagaModel& model, std::string_view name);

/// The table as a Mermaid state diagram and as a DOT graph.
std::string mermaid(const SagaModel& model);
std::string dot(const SagaModel& model);

}  // namespace tidemark::saga

namespace tidemark {

/// The model of a saga type, made once. Declared here, compiled in the saga's own source file,
/// which includes <tidemark/saga/saga.hpp>: the machine is heavy, and so nobody else compiles it.
template <typename Saga>
const saga::SagaModel& saga_model();

}  // namespace tidemark
