#pragma once

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "log_reader.hpp"
#include "tidemark/base/time.hpp"

namespace tidemark::store {

/// Reading connections, opened when needed and kept for the next: at most `readers_max` at a time,
/// of which a few stay open when nobody reads. Safe from any thread.
class ReaderPool {
 public:
  using Open = std::function<std::unique_ptr<LogReader>()>;
  struct Limits {
    std::size_t readers_max = 64;
    Micros patience = std::chrono::seconds(5);
  };
  ReaderPool(const Limits& limits, Open open) : limits_(limits), open_(std::move(open)) {
    idle_.reserve(idle_max);
  }

  /// One connection, given back when the lease goes.
  class Lease {
   public:
    Lease(ReaderPool& pool, std::unique_ptr<LogReader> reader)
        : pool_(&pool), reader_(std::move(reader)) {}
    Lease(Lease&& other) noexcept = default;
    Lease& operator=(Lease&&) = delete;
    ~Lease() {
      if (reader_) pool_->give_back(std::move(reader_));
    }
    LogReader* operator->() const { return reader_.get(); }
    LogReader& operator*() const { return *reader_; }

   private:
    ReaderPool* pool_;
    std::unique_ptr<LogReader> reader_;
  };

  /// Waits when all are in use; longer than patience throws `Failure` "store.busy".
  Lease lease();

 private:
  static constexpr std::size_t idle_max = 8;
  void give_back(std::unique_ptr<LogReader> reader) noexcept;

  const Limits limits_;
  const Open open_;
  std::mutex mutex_;
  std::condition_variable returned_;
  std::vector<std::unique_ptr<LogReader>> idle_;  // guarded by mutex_
  std::size_t in_use_ = 0;                        // guarded by mutex_
};

}  // namespace tidemark::store
