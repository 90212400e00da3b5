#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "tidemark/admin/manifest.hpp"
#include "tidemark/admin/operation_target.hpp"
#include "tidemark/admin/report.hpp"
#include "tidemark/base/failure.hpp"
#include "tidemark/kafka/broker.hpp"
#include "tidemark/runtime/worker.hpp"
#include "tidemark/sql/place.hpp"
#include "tidemark/store/engines.hpp"

namespace tidemark::admin {

/// The application whose own binary the tool is part of: it says where its files are, can be run,
/// and carries operations out in this process when no other one does.
class HostApplication {
 public:
  /// What the command line says about its configuration.
  struct Launch {
    std::string config_file;
    std::vector<std::string> settings;  ///< "section.key=value"
  };

  virtual ~HostApplication() = default;
  /// Reads the configuration and answers with all that is wrong with it. Called once, first.
  virtual std::vector<Problem> configure(const Launch& launch) = 0;
  /// Where the log is: its file, or the address of its store, which may hold a password.
  [[nodiscard]] virtual std::string log_name() const = 0;
  /// Where all files but the log's lie.
  [[nodiscard]] virtual std::filesystem::path directory() const = 0;
  /// Where its read models lie; null: in that directory.
  [[nodiscard]] virtual std::shared_ptr<sql::Place> read_models() const { return nullptr; }
  /// The key that checkpoints of its log are signed with; empty: they are not.
  [[nodiscard]] virtual std::filesystem::path signing_key_file() const = 0;
  /// Each value of the configuration, and where it comes from.
  [[nodiscard]] virtual Report configuration() const = 0;
  /// What it is made of, also before it ran for the first time.
  [[nodiscard]] virtual Manifest manifest() const = 0;
  /// The broker that it publishes to; none when it publishes nothing. Does not connect yet.
  virtual std::unique_ptr<kafka::Broker> broker() = 0;
  /// Runs until it is asked to stop, or is done; an exit code. Throws `Failure` when it cannot
  /// start; then nothing was done.
  virtual int run() = 0;
  /// What carries operations out in this process, on `log`, which outlives it.
  virtual std::unique_ptr<OperationTarget> operations(store::StoreEngine& log) = 0;
  /// What feeds and builds a projection in this process, on `log`, which outlives it; null for one
  /// that is not wired. Throws `Failure` "projection.locked" when another process does.
  virtual std::unique_ptr<runtime::Worker> projection(const std::string& name,
                                                      store::StoreEngine& log) = 0;
};

}  // namespace tidemark::admin
