#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <string_view>

#include "contract/store/writer_work.hpp"
#include "tidemark/base/time.hpp"

namespace tidemark::store {

/// The program `store_writer` at work on a store, in a process of its own, and what it reports.
/// Killed and waited for with its object.
class WriterProcess {
 public:
  WriterProcess(const std::string& address, const WriterPlan& plan);
  WriterProcess(const WriterProcess&) = delete;
  WriterProcess& operator=(const WriterProcess&) = delete;
  ~WriterProcess();

  using TakeLine = std::function<void(std::string_view line)>;
  /// Takes lines as they come, for so long. False when there will be no more.
  bool read_for(Micros duration, const TakeLine& take);
  /// Takes all lines until the program ends, for at most so long; its exit code, -1 when it was
  /// killed or did not end in time.
  int finish(Micros patience, const TakeLine& take);
  /// Whether it has come to its end by itself.
  bool has_ended();
  /// SIGKILL: the program is gone when it returns. What it reported can still be read.
  void kill();

 private:
  bool read_some(const TakeLine& take);
  int wait();

  pid_t process_ = -1;  ///< -1: waited for
  int pipe_ = -1;
  std::string unfinished_;  ///< a line whose end has not come yet
  int exit_code_ = -1;
};

}  // namespace tidemark::store
