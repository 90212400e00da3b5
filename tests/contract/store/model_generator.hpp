#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "contract/store/model_operation.hpp"
#include "contract/store/model_store.hpp"
#include "tidemark/base/random.hpp"

namespace tidemark::store {

/// Draws operations that have a point in a store that is like its model: versions that are right
/// and nearly right, ids that were used before, streams that few or many write to.
class ModelGenerator {
 public:
  /// All of them outlive it.
  ModelGenerator(Random& random, const ModelStore& model, const Clock& clock);

  Operation next();

 private:
  Operation write();
  Operation read();
  Operation look();
  Operation live();

  Append append();
  Import import();
  ReadQuery query();
  ReadPages pages();
  StreamQuery stream_query();
  LifeCycleChange change();
  DeleteStream deletion();
  Retention retention();
  void break_limit(Append& append);

  StreamWrite stream_write(const StreamId& to);
  NewEvent event();
  Criterion criterion();
  std::vector<Criterion> criteria(std::uint64_t most);
  ExpectedState expected(const StreamId& of);
  StreamId stream();
  EventId event_id();
  AppendId append_id();
  Position position();
  UtcTime near_now(std::int64_t before_seconds, std::int64_t after_seconds);
  std::string name(const char* kind, std::uint64_t count);
  bool one_in(std::uint64_t count) { return random_.below(count) == 0; }
  /// From 0 to `most`, small numbers more often.
  std::uint64_t few(std::uint64_t most) { return random_.below(random_.below(most + 1) + 1); }

  Random& random_;
  const ModelStore& model_;
  const Clock& clock_;
  const std::uint64_t streams_, types_, tags_, correlations_;
  std::uint64_t next_event_ = 1;
  std::uint64_t next_append_ = 1;
};

}  // namespace tidemark::store
