#include "tidemark/admin/status.hpp"

#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

namespace tidemark::admin {
namespace {

using Document = nlohmann::json;

Document encode(const runtime::WorkerVerdict& worker) {
  Document json{{"worker", worker.worker}, {"state", to_string(worker.state)}, {"lag", worker.lag}};
  if (!worker.text.empty()) json["text"] = worker.text;
  if (!worker.problem) return json;
  json["code"] = worker.problem->code;
  json["message"] = worker.problem->message;
  json["hint"] = worker.problem->hint;
  return json;
}

observe::HealthState parse_state(const std::string& text) {
  if (text == to_string(observe::HealthState::ok)) return observe::HealthState::ok;
  return text == to_string(observe::HealthState::degraded) ? observe::HealthState::degraded
                                                           : observe::HealthState::failed;
}

runtime::WorkerVerdict decode(const Document& json) {
  runtime::WorkerVerdict worker{.worker = json.at("worker").get<std::string>(),
                                .state = parse_state(json.at("state").get<std::string>()),
                                .lag = json.at("lag").get<std::uint64_t>(),
                                .problem = std::nullopt,
                                .text = json.value("text", "")};
  if (json.contains("code")) {
    worker.problem = Problem{.code = json.at("code").get<std::string>(),
                             .field = {},
                             .message = json.value("message", ""),
                             .hint = json.value("hint", "")};
  }
  return worker;
}

}  // namespace

std::string encode_status(const ApplicationStatus& status) {
  auto workers = Document::array();
  for (const auto& worker : status.workers) workers.push_back(encode(worker));
  const Document json{{"at", to_string(status.at)},
                      {"started_at", to_string(status.started_at)},
                      {"process_id", status.process_id},
                      {"http_port", status.http_port},
                      {"workers", std::move(workers)}};
  return json.dump(-1, ' ', false, Document::error_handler_t::replace);
}

std::optional<ApplicationStatus> decode_status(std::string_view text) {
  try {
    const auto json = Document::parse(text);
    const auto at = parse_utc_time(json.at("at").get<std::string>());
    const auto started_at = parse_utc_time(json.at("started_at").get<std::string>());
    if (!at || !started_at) return std::nullopt;
    ApplicationStatus status{.at = *at,
                             .started_at = *started_at,
                             .process_id = json.at("process_id").get<std::int64_t>(),
                             .http_port = json.at("http_port").get<std::uint16_t>(),
                             .workers = {}};
    for (const auto& worker : json.at("workers")) status.workers.push_back(decode(worker));
    return status;
  } catch (const Document::exception&) {
    return std::nullopt;  // of another version, or cut off: it says nothing then
  }
}

bool write_status(const std::filesystem::path& directory, const ApplicationStatus& status) {
  const auto file = directory / status_file;
  auto fresh = file;
  fresh += ".new";
  std::ofstream out(fresh, std::ios::trunc);
  out << encode_status(status) << '\n';
  out.close();
  std::error_code error;
  if (out) std::filesystem::rename(fresh, file, error);
  return out && !error;
}

std::optional<ApplicationStatus> read_status(const std::filesystem::path& directory) {
  std::ifstream in(directory / status_file);
  if (!in) return std::nullopt;
  return decode_status(std::string(std::istreambuf_iterator<char>(in), {}));
}

}  // namespace tidemark::admin
