#pragma once

#include <cstdint>
#include <memory>

#include "tidemark/app/wiring.hpp"
#include "tidemark/runtime/config.hpp"
#include "tidemark/store/engines.hpp"

namespace tidemark::runtime {
class Signals;
}

namespace tidemark::app {

/// One running application: its wiring on real time, threads, files and broker, as its
/// configuration says.
class Application {
 public:
  /// Opens everything and starts nothing. `engines`: those beside the embedded one. Throws
  /// `Failure` with what to do about it.
  Application(const Wiring& wiring, const runtime::Config& config,
              const store::Engines& engines = {});
  ~Application();

  /// Starts all workers and runs until a signal asks to stop or, with input.exit_at_end, until the
  /// input and everything it caused is done; then drains. 0, or 1 when a worker failed. When
  /// one does not stop in `run.drain_timeout` the process ends here with 1: its thread would be
  /// waited for without end. What was committed is safe, as after a crash.
  int run(runtime::Signals& signals);
  /// Where /healthz is served; 0 when it is not.
  [[nodiscard]] std::uint16_t http_port() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace tidemark::app
