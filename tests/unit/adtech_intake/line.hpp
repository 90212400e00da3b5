#pragma once

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <map>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "examples/adtech/adtech_lines.hpp"

namespace adtech_intake_test {

using tidemark::intake::Blank;
using tidemark::intake::Command;
using tidemark::intake::Fact;
using tidemark::intake::Mapped;
using tidemark::intake::Mismatch;
using tidemark::intake::TimeOnly;

constexpr const char* event_id = "019a3c1e-0000-7000-8000-0123456789ab";
constexpr const char* timestamp = "2026-11-01T10:20:30.5Z";

/// A line that keeps all rules, field by field, for tests to break. Values are JSON.
class Line {
 public:
  using Fields = std::vector<std::pair<std::string, std::string>>;

  Line(const std::string& event_type, Fields payload) : payload_(std::move(payload)) {
    envelope_ = {{"event_id", quoted(event_id)},
                 {"event_type", quoted(event_type)},
                 {"timestamp", quoted(timestamp)},
                 {"source", quoted("adserver")},
                 {"user_id", quoted("u1")},
                 {"session_id", quoted("s1")},
                 {"payload", ""},
                 {"schema_version", "1"},
                 {"correlation_id", quoted("talk")}};
  }

  static std::string quoted(const std::string& text) { return "\"" + text + "\""; }

  /// `path`: "timestamp" or "payload.currency".
  Line& set(const std::string& path, const std::string& json) {
    field(path)->second = json;
    return *this;
  }
  Line& without(const std::string& path) {
    fields_of(path).erase(field(path));
    return *this;
  }
  [[nodiscard]] std::string text() const {
    std::string text;
    for (const auto& [name, json] : envelope_) {
      const bool own = name == "payload" && json.empty();
      text += fmt::format("{}\"{}\":{}", text.empty() ? "{" : ",", name,
                          own ? object_of(payload_) : json);
    }
    return text + "}";
  }

 private:
  static std::string object_of(const Fields& fields) {
    std::string text;
    for (const auto& [name, json] : fields) {
      text += fmt::format("{}\"{}\":{}", text.empty() ? "" : ",", name, json);
    }
    return "{" + text + "}";
  }
  Fields& fields_of(const std::string& path) {
    return path.starts_with("payload.") ? payload_ : envelope_;
  }
  Fields::iterator field(const std::string& path) {
    auto& fields = fields_of(path);
    const auto name = path.substr(path.find('.') == std::string::npos ? 0 : path.find('.') + 1);
    const auto found = std::find_if(fields.begin(), fields.end(),
                                    [&](const auto& pair) { return pair.first == name; });
    REQUIRE(found != fields.end());
    return found;
  }

  Fields envelope_;
  Fields payload_;
};

/// A line of each type, as the format's page lists them.
inline std::map<std::string, Line> all_lines() {
  const auto q = [](const char* text) { return Line::quoted(text); };
  const Line::Fields traffic{{"campaign_id", q("c1")},
                             {"account_id", q("a1")},
                             {"price_micros", "1250"},
                             {"currency", q("EUR")}};
  const std::vector<std::pair<std::string, Line::Fields>> payloads{
      {"impression_served", traffic},
      {"click_tracked", traffic},
      {"open_account",
       {{"account_id", q("a1")}, {"currency", q("EUR")}, {"tolerance_micros", "5"}}},
      {"close_account", {{"account_id", q("a1")}, {"reason", q("bankrupt")}}},
      {"open_campaign",
       {{"campaign_id", q("c1")},
        {"account_id", q("a1")},
        {"name", q("Spring")},
        {"currency", q("EUR")}}},
      {"fund_campaign", {{"campaign_id", q("c1")}, {"amount_micros", "7"}}},
      {"change_budget", {{"campaign_id", q("c1")}, {"budget_micros", "9"}}},
      {"pause_campaign", {{"campaign_id", q("c1")}, {"reason", q("rain")}}},
      {"resume_campaign", {{"campaign_id", q("c1")}}},
      {"charge_booked",
       {{"account_id", q("a1")},
        {"period", q("2026-11-01")},
        {"charge_id", q("x1")},
        {"amount_micros", "11"},
        {"currency", q("EUR")}}},
      {"period_closed", {{"account_id", q("a1")}, {"period", q("2026-11-01")}}},
      {"payment_received",
       {{"invoice_id", q("a1.2026-11-01")}, {"amount_micros", "13"}, {"payment_id", q("p1")}}},
      {"adjustment_approved",
       {{"account_id", q("a1")}, {"period", q("2026-11-01")}, {"approved_by", q("Ada")}}},
      {"time_passed", {}}};
  std::map<std::string, Line> lines;
  for (const auto& [type, payload] : payloads) lines.emplace(type, Line(type, payload));
  return lines;
}

inline Line line_of(const std::string& event_type) { return all_lines().at(event_type); }

inline Mapped map(const std::string& text) { return adtech::AdtechLines().map(text); }

/// "reason field" of what a line breaks; "none" when it keeps the rules.
inline std::string broken(const std::string& text) {
  const auto mapped = map(text);
  const auto* mismatch = std::get_if<Mismatch>(&mapped);
  if (mismatch == nullptr) return "none";
  CHECK_FALSE(mismatch->message.empty());
  return mismatch->field.empty() ? mismatch->reason : mismatch->reason + " " + mismatch->field;
}
inline std::string broken(const Line& line) { return broken(line.text()); }

}  // namespace adtech_intake_test
