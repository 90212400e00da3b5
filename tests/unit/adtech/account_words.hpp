#pragma once

#include <cstdint>
#include <limits>
#include <string>

#include "domain/adtech/billing_account.hpp"

/// Commands and events of account a1 on one day, in few words.
namespace adtech::account_words {

inline constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
inline const std::string day = "2026-11-01";

/// A command or event of account a1 and the day.
template <typename Message>
Message of_day() {
  Message message;
  message.set_account_id("a1");
  message.set_period(day);
  return message;
}

template <typename Message>
Message of_day(std::int64_t amount_micros) {
  auto message = of_day<Message>();
  message.set_amount_micros(amount_micros);
  return message;
}

inline OpenAccount open_account(std::int64_t tolerance_micros = 10) {
  OpenAccount command;
  command.set_account_id("a1");
  command.set_currency("EUR");
  command.set_tolerance_micros(tolerance_micros);
  return command;
}

inline AccountOpened opened() {
  AccountOpened event;
  event.set_account_id("a1");
  event.set_currency("EUR");
  event.set_tolerance_micros(10);
  return event;
}

inline CloseAccount close_account() {
  CloseAccount command;
  command.set_account_id("a1");
  command.set_reason("moved");
  return command;
}

inline AccountClosed closed() {
  AccountClosed event;
  event.set_account_id("a1");
  event.set_reason("moved");
  return event;
}

inline ChargeAccount charge(const std::string& charge_id, std::int64_t amount_micros) {
  auto command = of_day<ChargeAccount>(amount_micros);
  command.set_charge_id(charge_id);
  command.set_currency("EUR");
  return command;
}

inline AccountCharged charged(const std::string& charge_id, std::int64_t amount_micros) {
  auto event = of_day<AccountCharged>(amount_micros);
  event.set_charge_id(charge_id);
  return event;
}

inline StatePeriod state() { return of_day<StatePeriod>(); }

inline PeriodStated stated(std::int64_t booked_micros, std::uint32_t charges) {
  auto event = of_day<PeriodStated>();
  event.set_booked_micros(booked_micros);
  event.set_charges(charges);
  event.set_tolerance_micros(10);
  event.set_currency("EUR");
  return event;
}

inline ProposeAdjustment propose(std::int64_t amount_micros) {
  auto command = of_day<ProposeAdjustment>(amount_micros);
  command.set_reason("short");
  return command;
}

inline AdjustmentProposed proposed(std::int64_t amount_micros) {
  auto event = of_day<AdjustmentProposed>(amount_micros);
  event.set_reason("short");
  return event;
}

inline ApproveAdjustment approve() {
  auto command = of_day<ApproveAdjustment>();
  command.set_approved_by("eve");
  return command;
}

inline AdjustmentApproved approved(std::int64_t amount_micros) {
  auto event = of_day<AdjustmentApproved>(amount_micros);
  event.set_approved_by("eve");
  return event;
}

inline AdjustAccount adjust(std::int64_t amount_micros) {
  return of_day<AdjustAccount>(amount_micros);
}

inline AccountAdjusted adjusted(std::int64_t amount_micros, std::int64_t booked_micros) {
  auto event = of_day<AccountAdjusted>(amount_micros);
  event.set_booked_micros(booked_micros);
  event.set_tolerance_micros(10);
  event.set_currency("EUR");
  return event;
}

inline CreditAccount credit(std::int64_t amount_micros) {
  auto command = of_day<CreditAccount>(amount_micros);
  command.set_reason("refused");
  return command;
}

inline AccountCredited credited(std::int64_t amount_micros) {
  auto event = of_day<AccountCredited>(amount_micros);
  event.set_reason("refused");
  return event;
}

inline PostInvoice post(std::int64_t amount_micros) {
  auto command = of_day<PostInvoice>(amount_micros);
  command.set_invoice_id("a1." + day);
  command.set_currency("EUR");
  return command;
}

inline InvoicePosted posted(std::int64_t amount_micros) {
  auto event = of_day<InvoicePosted>(amount_micros);
  event.set_invoice_id("a1." + day);
  return event;
}

}  // namespace adtech::account_words
