#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tidemark/admin/host_application.hpp"
#include "tidemark/app/wiring.hpp"
#include "tidemark/runtime/config.hpp"
#include "tidemark/runtime/signals.hpp"

namespace tidemark::app {

/// An application as the tool in its own binary sees it.
class OperationsHost final : public admin::HostApplication {
 public:
  /// `signals` must outlive it.
  OperationsHost(const Wiring& wiring, const store::Engines& engines, runtime::Signals& signals)
      : wiring_(wiring), engines_(engines), signals_(signals) {}

  std::vector<Problem> configure(const Launch& launch) override;
  [[nodiscard]] std::string log_name() const override;
  [[nodiscard]] std::filesystem::path directory() const override;
  [[nodiscard]] std::filesystem::path signing_key_file() const override;
  [[nodiscard]] std::shared_ptr<sql::Place> read_models() const override;
  [[nodiscard]] admin::Report configuration() const override;
  [[nodiscard]] admin::Manifest manifest() const override;
  std::unique_ptr<kafka::Broker> broker() override;
  int run() override;
  std::unique_ptr<admin::OperationTarget> operations(store::StoreEngine& log) override;
  std::unique_ptr<runtime::Worker> projection(const std::string& name,
                                              store::StoreEngine& log) override;

 private:
  const Wiring wiring_;
  const store::Engines engines_;
  runtime::Signals& signals_;
  std::optional<runtime::Config> config_;
};

}  // namespace tidemark::app
