#pragma once

#include <tidemark/aggregate.hpp>

#include <cstdint>
#include <string>
#include <string_view>

#include "bench/v1/measured.pb.h"

namespace bench {

/// The aggregate whose events are stored and loaded.
struct Account {
  using Commands = tidemark::List<v1::LookAtAccount>;
  using Events = tidemark::List<v1::Charged>;
  using Snapshot = v1::AccountState;
  static constexpr std::string_view category = "account";
  static std::string_view id(const v1::LookAtAccount& command) { return command.account_id(); }

  std::uint64_t charges = 0;
  std::int64_t spent_micros = 0;
  std::string currency;
};

inline void evolve(Account& account, const v1::Charged& event) {
  ++account.charges;
  account.spent_micros += event.amount_micros();
  account.currency = event.currency();
}

/// Rejects when the account does not have as many charges as the command says: it was not loaded.
inline tidemark::Decision decide(const Account& account, const v1::LookAtAccount& command,
                                 const tidemark::Context&) {
  if (account.charges != command.charges()) return tidemark::reject("account.not_loaded");
  return tidemark::nothing();
}

inline void save(const Account& account, v1::AccountState& state) {
  state.set_charges(account.charges);
  state.set_spent_micros(account.spent_micros);
  state.set_currency(account.currency);
}

inline void restore(Account& account, const v1::AccountState& state) {
  account.charges = state.charges();
  account.spent_micros = state.spent_micros();
  account.currency = state.currency();
}

}  // namespace bench
