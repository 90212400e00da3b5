#include "tidemark/base/stream_id.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "tidemark/base/bytes.hpp"
#include "tidemark/base/failure.hpp"

namespace tidemark {
namespace {

bool is_stream_key(std::string_view id) {
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
  return !id.empty() && id.size() <= StreamId::id_size_max &&
         std::none_of(id.begin(), id.end(), is_control) && is_utf8(id);
}

}  // namespace

bool is_category(std::string_view text) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '$';
  };
  return !text.empty() && text.size() <= StreamId::category_size_max &&
         std::all_of(text.begin(), text.end(), allowed);
}

StreamId::StreamId(std::string_view category, std::string_view id)
    : category_size_(category.size()) {
  if (!is_category(category) || !is_stream_key(id)) {
    throw Failure({.code = "stream.bad_name",
                   .message = fmt::format("'{}-{}' is no stream name", category, id),
                   .hint =
                       "a category is 1 to 64 of a-z 0-9 _ . $; an id is 1 to 190 bytes of UTF-8 "
                       "without control characters"});
  }
  name_.reserve(category.size() + 1 + id.size());
  name_.append(category).append(1, '-').append(id);
}

std::optional<StreamId> StreamId::parse(std::string_view name) {
  const auto dash = name.find('-');
  if (dash == std::string_view::npos || !is_category(name.substr(0, dash)) ||
      !is_stream_key(name.substr(dash + 1))) {
    return std::nullopt;
  }
  return StreamId(name.substr(0, dash), name.substr(dash + 1));
}

}  // namespace tidemark
