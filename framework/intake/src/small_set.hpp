#pragma once

#include <algorithm>
#include <cstddef>
#include <unordered_set>
#include <vector>

namespace tidemark::intake {

/// A set that has few elements nearly always: it looks through them, and hashes when they are many.
template <typename T>
class SmallSet {
 public:
  [[nodiscard]] std::size_t size() const { return few_.size() + many_.size(); }
  [[nodiscard]] bool contains(const T& element) const {
    return std::ranges::find(few_, element) != few_.end() || many_.contains(element);
  }
  /// An element that it does not contain.
  void insert(const T& element) {
    if (few_.size() < few_max) {
      few_.push_back(element);
    } else {
      many_.insert(element);
    }
  }

 private:
  static constexpr std::size_t few_max = 16;
  std::vector<T> few_;
  std::unordered_set<T> many_;
};

}  // namespace tidemark::intake
