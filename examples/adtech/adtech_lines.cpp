#include "examples/adtech/adtech_lines.hpp"

#include <tidemark/schema/catalogue.hpp>
#include <tidemark/security/digest.hpp>

#include <algorithm>
#include <initializer_list>
#include <span>

#include "domain/adtech/rules.hpp"
#include "domain/adtech/v1/account.pb.h"
#include "domain/adtech/v1/campaign.pb.h"
#include "domain/adtech/v1/invoice.pb.h"
#include "domain/adtech/v1/period.pb.h"
#include "domain/adtech/v1/traffic.pb.h"

namespace adtech {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using tidemark::UtcTime;
using tidemark::Uuid;
using tidemark::intake::JsonField;
using tidemark::intake::JsonFields;
using tidemark::intake::Mapped;
using tidemark::intake::Mismatch;

constexpr std::size_t source_characters_max = 64;
constexpr std::size_t correlation_bytes_max = 128;
constexpr std::int64_t known_schema_version = 1;

/// The fields that are read, in the order in which they are checked.
enum Path : std::size_t {
  event_id,
  event_type,
  timestamp,
  source,
  user_id,
  session_id,
  payload,
  schema_version,
  correlation_id,
  campaign_id,
  account_id,
  name,
  reason,
  price_micros,
  amount_micros,
  budget_micros,
  tolerance_micros,
  currency,
  period,
  charge_id,
  invoice_id,
  payment_id,
  approved_by,
  path_count
};
constexpr std::size_t envelope_count = correlation_id + 1;

const std::vector<std::string>& paths() {
  static const std::vector<std::string> all{"event_id",
                                            "event_type",
                                            "timestamp",
                                            "source",
                                            "user_id",
                                            "session_id",
                                            "payload",
                                            "schema_version",
                                            "correlation_id",
                                            "payload.campaign_id",
                                            "payload.account_id",
                                            "payload.name",
                                            "payload.reason",
                                            "payload.price_micros",
                                            "payload.amount_micros",
                                            "payload.budget_micros",
                                            "payload.tolerance_micros",
                                            "payload.currency",
                                            "payload.period",
                                            "payload.charge_id",
                                            "payload.invoice_id",
                                            "payload.payment_id",
                                            "payload.approved_by"};
  return all;
}

std::size_t characters(std::string_view utf8) {
  return static_cast<std::size_t>(std::ranges::count_if(
      utf8, [](char byte) { return (static_cast<unsigned char>(byte) & 0xc0U) != 0x80U; }));
}

/// An invoice's id is an account's and a period, and names a stream.
bool is_invoice_id(std::string_view text) {
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  return !text.empty() && text.size() <= tidemark::StreamId::id_size_max &&
         std::ranges::none_of(text, is_control);
}

/// What two fields say once it is understood; none when they are wrong or not there.
struct Understood {
  std::optional<Uuid> id;
  std::optional<UtcTime> time;
};

Understood understood(const JsonFields& fields) {
  Understood all;
  if (fields[event_id].kind == JsonField::Kind::text) all.id = Uuid::parse(fields[event_id].text);
  if (fields[timestamp].kind == JsonField::Kind::text) {
    all.time = tidemark::parse_utc_time(fields[timestamp].text);
    if (all.time && *all.time < UtcTime()) all.time.reset();
  }
  return all;
}

/// What is wrong with the value of a field that is there; null when nothing is.
const char* flaw_of(Path path, const JsonField& field, const Understood& known) {
  using Kind = JsonField::Kind;
  const auto& text = field.text;
  switch (path) {
    case payload:
      return field.kind == Kind::object ? nullptr : "must be an object";
    case schema_version:
      return field.kind == Kind::integer ? nullptr : "must be an integer";
    case amount_micros:
    case budget_micros:
    case tolerance_micros:
      return field.kind == Kind::integer ? nullptr : "must be an integer of 64 bits";
    case price_micros:
      if (field.kind != Kind::integer) return "must be an integer of 64 bits";
      return field.integer >= 0 ? nullptr : "must not be below 0";
    default:
      break;
  }
  if (field.kind != Kind::text) return "must be a string";
  switch (path) {
    case event_id:
      return known.id ? nullptr : "must be a UUID with its four hyphens";
    case timestamp:
      return known.time ? nullptr : "must be a time in ISO 8601 with 'Z' or an offset";
    case source:
      if (text.empty()) return "must not be empty";
      return characters(text) <= source_characters_max ? nullptr : "has more than 64 characters";
    case correlation_id:
      return text.size() <= correlation_bytes_max ? nullptr : "has more than 128 bytes";
    case campaign_id:
    case account_id:
    case charge_id:
    case payment_id:
      return is_id(text) ? nullptr : "must have 1 to 179 bytes and no control characters";
    case invoice_id:
      return is_invoice_id(text) ? nullptr : "must have 1 to 190 bytes and no control characters";
    case approved_by:
      return text.empty() ? "must not be empty" : nullptr;
    case currency:
      return is_currency(text) ? nullptr : "must be three capital letters";
    case period:
      return is_period(text) ? nullptr : "must be a day: 2026-11-01";
    default:
      return nullptr;
  }
}

/// A kind of line: which fields its payload has, and the fact or command that is made of them.
struct Kind {
  std::string_view event_type;
  std::vector<Path> fields;
  const Message* prototype;  ///< none: the line only says what time it is
  bool is_fact = false;
  struct Target {
    Path path;
    const FieldDescriptor* field;
  };
  std::vector<Target> targets =
      {};  ///< fields of the message that bear the name of one of the line
};

std::string_view last_name(Path path) {
  const std::string_view full = paths()[path];
  return full.substr(full.find('.') + 1);
}

/// Fills in where the line's fields go in the message.
Kind with_targets(Kind kind) {
  if (kind.prototype == nullptr) return kind;
  auto from = kind.fields;
  from.insert(from.end(), {user_id, session_id});
  for (const auto path : from) {
    const auto* descriptor = kind.prototype->GetDescriptor();
    const auto* field = descriptor->FindFieldByName(std::string(last_name(path)));
    if (field != nullptr) kind.targets.push_back({.path = path, .field = field});
  }
  return kind;
}

const std::vector<Kind>& kinds() {
  static const auto traffic = {campaign_id, account_id, price_micros, currency};
  static const std::vector<Kind> plain{
      {"impression_served", traffic, &v1::ImpressionServed::default_instance(), true},
      {"click_tracked", traffic, &v1::ClickTracked::default_instance(), true},
      {"open_account",
       {account_id, currency, tolerance_micros},
       &v1::OpenAccount::default_instance()},
      {"close_account", {account_id, reason}, &v1::CloseAccount::default_instance()},
      {"open_campaign",
       {campaign_id, account_id, name, currency},
       &v1::OpenCampaign::default_instance()},
      {"fund_campaign", {campaign_id, amount_micros}, &v1::FundCampaign::default_instance()},
      {"change_budget", {campaign_id, budget_micros}, &v1::ChangeBudget::default_instance()},
      {"pause_campaign", {campaign_id, reason}, &v1::PauseCampaign::default_instance()},
      {"resume_campaign", {campaign_id}, &v1::ResumeCampaign::default_instance()},
      {"charge_booked",
       {account_id, period, charge_id, amount_micros, currency},
       &v1::ChargeAccount::default_instance()},
      {"period_closed", {account_id, period}, &v1::ClosePeriod::default_instance()},
      {"payment_received",
       {invoice_id, amount_micros, payment_id},
       &v1::PayInvoice::default_instance()},
      {"adjustment_approved",
       {account_id, period, approved_by},
       &v1::ApproveAdjustment::default_instance()},
      {"time_passed", {}, nullptr},
  };
  static const auto all = [] {
    std::vector<Kind> with;
    with.reserve(plain.size());
    for (const auto& kind : plain) with.push_back(with_targets(kind));
    return with;
  }();
  return all;
}

const Kind* kind_of(const JsonField& type) {
  if (type.kind != JsonField::Kind::text) return nullptr;
  const auto found = std::ranges::find(kinds(), type.text, &Kind::event_type);
  return found == kinds().end() ? nullptr : &*found;
}

void copy(const JsonFields& fields, const Kind::Target& target, Message& message) {
  const auto* reflection = message.GetReflection();
  const auto& value = fields[target.path];
  if (target.field->cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
    reflection->SetString(&message, target.field, value.text);
  } else {
    reflection->SetInt64(&message, target.field, value.integer);
  }
}

Mismatch broken(const char* reason, Path path, std::string message) {
  return {.reason = reason, .field = paths()[path], .message = std::move(message)};
}

/// The first rule that the line breaks: fields that are missing, then values, then what is unknown.
std::optional<Mismatch> mismatch_in(const JsonFields& fields, const Kind* kind,
                                    const Understood& known) {
  // Of a payload that is no object, that is what is wrong, not that its fields are missing.
  const bool has_own = kind != nullptr && fields[payload].kind == JsonField::Kind::object;
  const auto own = has_own ? std::span<const Path>(kind->fields) : std::span<const Path>();
  const auto each = [&](auto&& check) -> std::optional<Mismatch> {
    for (std::size_t path = 0; path < envelope_count; ++path) {
      if (auto found = check(static_cast<Path>(path))) return found;
    }
    for (const auto path : own) {
      if (auto found = check(path)) return found;
    }
    return std::nullopt;
  };
  auto found = each([&](Path path) -> std::optional<Mismatch> {
    if (fields[path].kind != JsonField::Kind::absent) return std::nullopt;
    return broken("intake.missing_field", path, "it is not there");
  });
  if (found) return found;
  found = each([&](Path path) -> std::optional<Mismatch> {
    const auto* flaw = flaw_of(path, fields[path], known);
    if (flaw == nullptr) return std::nullopt;
    return broken("intake.bad_value", path, flaw);
  });
  if (found) return found;
  if (kind == nullptr) return broken("intake.unknown_type", event_type, "there is no such type");
  if (fields[schema_version].integer != known_schema_version) {
    return broken("intake.unknown_schema_version", schema_version, "only 1 is known");
  }
  return std::nullopt;
}

Mapped fact_of(const JsonFields& fields, Uuid id, UtcTime time, const Message& message) {
  return tidemark::intake::Fact{.stream = tidemark::StreamId("traffic", fields[campaign_id].text),
                                .event = {.event_id = tidemark::EventId(id),
                                          .type = message.GetDescriptor()->full_name(),
                                          .data = tidemark::serialize(message),
                                          .event_time = time,
                                          .correlation_id = fields[correlation_id].text}};
}

Mapped command_of(const JsonFields& fields, Uuid id, UtcTime time, const Message& message) {
  tidemark::intake::Command command;
  command.message.type = message.GetDescriptor()->full_name();
  command.message.data = tidemark::serialize(message);
  auto& options = command.message.options;
  options.id = tidemark::CommandId(tidemark::security::derive(id, {"command"}));
  options.event_time = time;
  options.correlation_id = fields[correlation_id].text;
  options.causation_id = to_string(id);
  return command;
}

}  // namespace

AdtechLines::AdtechLines() : fields_(paths()) {}

Mapped AdtechLines::map(std::string_view line) {
  switch (fields_.read(line)) {
    case JsonFields::Read::blank:
      return tidemark::intake::Blank();
    case JsonFields::Read::bad_encoding:
      return Mismatch{.reason = "intake.bad_encoding", .field = {}, .message = "not UTF-8"};
    case JsonFields::Read::not_json:
      return Mismatch{
          .reason = "intake.not_json",
          .field = {},
          .message = "no JSON object; noticed at byte " + std::to_string(fields_.error_at())};
    case JsonFields::Read::fields:
      break;
  }
  const auto* kind = kind_of(fields_[event_type]);
  const auto known = understood(fields_);
  if (auto mismatch = mismatch_in(fields_, kind, known)) return *std::move(mismatch);
  if (kind->prototype == nullptr) return tidemark::intake::TimeOnly{*known.time};
  const std::unique_ptr<Message> message(kind->prototype->New());
  for (const auto& target : kind->targets) copy(fields_, target, *message);
  return kind->is_fact ? fact_of(fields_, *known.id, *known.time, *message)
                       : command_of(fields_, *known.id, *known.time, *message);
}

std::vector<const google::protobuf::Descriptor*> AdtechLines::fact_types() const {
  return {v1::ImpressionServed::descriptor(), v1::ClickTracked::descriptor()};
}

}  // namespace adtech
