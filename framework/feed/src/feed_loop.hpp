#pragma once

#include <exception>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "parked_keys.hpp"
#include "parked_rows.hpp"
#include "parking_log.hpp"
#include "tidemark/feed/feed_worker.hpp"
#include "tidemark/runtime/guarded.hpp"

namespace tidemark::feed {

/// What a `FeedWorker` does, step by step: *filling* hands deliveries to the handler; when it is
/// time to commit, *settling* waits for what the handler gave to others; then one step writes rows,
/// place and parked entries in one transaction. After any failure everything in memory is dropped
/// and the next step starts from the file.
class FeedLoop {
 public:
  FeedLoop(FeedOptions options, std::unique_ptr<Source> source, Handler& handler,
           sql::Database& file, const Clock& clock);

  runtime::Step step();
  [[nodiscard]] runtime::WorkerReport report() const;
  void stop() noexcept;
  [[nodiscard]] const std::string& name() const { return options_.name; }
  [[nodiscard]] Source::Extent extent() const { return source_->extent(); }

 private:
  /// A delivery that the next commit parks.
  struct Aside {
    OwnedDelivery delivery;
    Parking parking;
  };
  /// What was taken since the last commit.
  struct Batch {
    std::uint64_t taken = 0;
    Micros since{};
    UtcTime event_time;
    std::vector<Aside> aside;
    std::uint64_t aside_bytes = 0;
    bool commit_now = false;
  };
  /// A parked entry that is being tried again.
  struct Trying {
    ParkedKeys::First first;
    OwnedDelivery entry;
    std::string buffer;
  };
  struct Failed {
    Place place;
    std::string reason;
  };
  /// What other threads may ask for.
  struct Published {
    runtime::WorkerState state = runtime::WorkerState::starting;
    std::uint64_t parked = 0;
    std::optional<Problem> problem;
    std::string at;
  };

  runtime::Step take_step();
  void look_at_file();
  runtime::Step rest();
  runtime::Step fill();
  [[nodiscard]] bool full() const;
  bool take(const Delivery& delivery);
  void queue_behind(const Delivery& delivery);
  void park(const Delivery& delivery, std::string reason);
  void set_aside(const Delivery& delivery, Parking parking);
  runtime::Step settle(std::uint64_t items);
  void commit();
  bool write_batch();
  runtime::Step nothing();
  runtime::Step try_again(const ParkedKeys::First& first);
  void failed_again(const std::string& reason);
  void on_failed(const Failed& failed);
  void abandon() noexcept;
  void roll_back() noexcept;
  void publish(std::optional<Problem> problem, bool has_failed = false);

  [[nodiscard]] bool dirty() const { return batch_.taken > 0 || source_->moved(); }
  [[nodiscard]] UtcTime next_attempt(std::uint32_t attempts) const;

  const FeedOptions options_;
  const ParkingLog parking_log_;
  const std::unique_ptr<Source> source_;
  Handler& handler_;
  sql::Database& file_;
  const Clock& clock_;

  bool open_ = false;
  bool abandoned_ = false;  ///< memory was dropped: the file must be read again
  bool settling_ = false;
  bool tried_last_ = false;  ///< the step before tried a parked entry: now it is the others' turn
  std::optional<std::string> paused_;
  std::optional<std::int64_t> data_version_;
  ParkedKeys keys_;
  Batch batch_;
  std::optional<Trying> trying_;
  std::map<Place, std::string> failing_;  ///< failed since the last commit, with the reason
  std::optional<Failed> failed_;          ///< by the fetch under way
  std::exception_ptr thrown_;             ///< by the fetch under way
  std::string at_;

  runtime::Guarded<Published> published_;
};

}  // namespace tidemark::feed
