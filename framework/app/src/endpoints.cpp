#include "endpoints.hpp"

#include <nlohmann/json.hpp>

namespace tidemark::app {
namespace {

constexpr unsigned ok = 200;
constexpr unsigned not_found = 404;
constexpr unsigned wrong_method = 405;
constexpr unsigned unavailable = 503;

http::Response json(unsigned status, const nlohmann::json& body) {
  return {.status = status,
          .content_type = "application/json",
          .body = body.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n"};
}

http::Response health_answer(const observe::HealthSnapshot& snapshot) {
  nlohmann::json components = nlohmann::json::array();
  for (const auto& component : snapshot.components) {
    nlohmann::json entry = {{"component", component.component},
                            {"state", to_string(component.state)},
                            {"since", to_string(component.since)}};
    if (component.problem) {
      entry["code"] = component.problem->code;
      entry["field"] = component.problem->field;
      entry["message"] = component.problem->message;
      entry["hint"] = component.problem->hint;
    }
    components.push_back(std::move(entry));
  }
  return json(snapshot.overall == observe::HealthState::failed ? unavailable : ok,
              {{"state", to_string(snapshot.overall)}, {"components", components}});
}

}  // namespace

http::Response Endpoints::answer(const http::Request& request) const {
  if (request.method != "GET" && request.method != "HEAD") {
    return {.status = wrong_method, .body = "only GET is served here\n"};
  }
  if (request.path == "/healthz") return health_answer(health.snapshot());
  if (request.path == "/readyz") {
    return json(ready ? ok : unavailable, {{"ready", ready.load()}});
  }
  if (request.path == "/metrics") {
    return {.content_type = "text/plain; version=0.0.4; charset=utf-8",
            .body = metrics.render_prometheus()};
  }
  return {.status = not_found, .body = "/healthz, /readyz and /metrics are served here\n"};
}

}  // namespace tidemark::app
