#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "log_reader.hpp"
#include "tidemark/store/read_turns.hpp"

namespace tidemark::store {

/// Reading connections, opened when needed and kept for the next: of at most `readers_max` threads
/// at a time; a few stay open when nobody reads. Safe from any thread.
class ReaderPool {
 public:
  using Open = std::function<std::unique_ptr<LogReader>()>;
  ReaderPool(std::size_t readers_max, Micros patience, Open open)
      : turns_(readers_max, patience), open_(std::move(open)) {
    idle_.reserve(idle_max);
  }

  /// One connection, given back when the lease goes.
  class Lease {
   public:
    Lease(ReaderPool& pool, ReadTurns::Turn turn, std::unique_ptr<LogReader> reader)
        : pool_(&pool), turn_(std::move(turn)), reader_(std::move(reader)) {}
    Lease(Lease&& other) noexcept = default;
    Lease& operator=(Lease&&) = delete;
    ~Lease() {
      if (reader_) pool_->give_back(std::move(reader_));
    }
    LogReader* operator->() const { return reader_.get(); }
    LogReader& operator*() const { return *reader_; }

   private:
    ReaderPool* pool_;
    ReadTurns::Turn turn_;  // ends when the reader was given back
    std::unique_ptr<LogReader> reader_;
  };

  /// Waits for a turn; longer than patience throws `Failure` "store.busy".
  Lease lease();

 private:
  static constexpr std::size_t idle_max = 8;
  void give_back(std::unique_ptr<LogReader> reader) noexcept;

  ReadTurns turns_;
  const Open open_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<LogReader>> idle_;  // guarded by mutex_
};

}  // namespace tidemark::store
