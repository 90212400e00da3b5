#pragma once

#include <cstddef>
#include <type_traits>

namespace tidemark {

/// A closed list of types, e.g. `List<CampaignOpened, BudgetChanged>`.
template <typename... Ts>
struct List {
  static constexpr std::size_t size = sizeof...(Ts);
  /// Whether `T` is in the list.
  template <typename T>
  static constexpr bool contains = (std::is_same_v<T, Ts> || ...);
  /// Calls `f.template operator()<T>()` for each type, first to last.
  template <typename F>
  static constexpr void for_each(F&& f) {
    (f.template operator()<Ts>(), ...);
  }
};

}  // namespace tidemark
