#include "tidemark/relay/lease.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

namespace tidemark::relay {
namespace {

/// Takes the number in front of `text` off it, and the space behind that number.
template <typename Number>
bool take_number(std::string_view& text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  if (text.starts_with(' ')) text.remove_prefix(1);
  return true;
}

std::string property_of(std::string_view relay_name) {
  return fmt::format("relay.{}.lease", relay_name);
}

}  // namespace

Lease::Lease(Options options, store::EventStore& store, const Clock& clock)
    : options_(std::move(options)),
      property_(property_of(options_.relay_name)),
      store_(store),
      clock_(clock),
      look_at_(clock.monotonic()) {}

bool Lease::acquire() {
  const auto now = clock_.monotonic();
  if (now < look_at_) return false;
  const auto entry = read();
  published_ = entry.published;
  if (is_written_ && entry.owner == options_.owner) {
    look_at_ = now + options_.length / 3;
    return true;
  }
  is_written_ = false;
  if (seen_ != entry) {
    seen_ = entry;
    seen_since_ = now;
  }
  if (!has_run_out(entry)) {
    look_at_ = now + options_.length / 3;
    return false;
  }
  write(options_.owner);
  is_written_ = true;
  return false;
}

bool Lease::renew(Position published) {
  const auto now = clock_.monotonic();
  if (now < look_at_) return true;
  if (read().owner != options_.owner) {
    is_written_ = false;
    return false;
  }
  published_ = published;
  write(options_.owner);
  look_at_ = now + options_.length / 3;
  return true;
}

void Lease::release(std::optional<Position> published) {
  if (!std::exchange(is_written_, false) || read().owner != options_.owner) return;
  if (published) published_ = *published;
  write(Uuid());
}

void Lease::stand_back() {
  look_at_ = clock_.monotonic() + options_.length;
  release();
}

Micros Lease::due_in() const { return std::max(look_at_ - clock_.monotonic(), Micros(0)); }

std::optional<Lease::Entry> Lease::parse(std::string_view text) {
  constexpr std::string_view format_mark = "1 ";
  constexpr std::size_t uuid_size = 36;
  if (!text.starts_with(format_mark)) return std::nullopt;
  text.remove_prefix(format_mark.size());
  std::int64_t expires_at = 0;
  std::uint64_t published = 0;
  if (!take_number(text, expires_at) || !take_number(text, published)) return std::nullopt;
  const auto owner = Uuid::parse(text.substr(0, uuid_size));
  if (!owner) return std::nullopt;
  return Entry{.owner = *owner,
               .expires_at = UtcTime::from_micros(expires_at),
               .published = Position(published)};
}

Lease::Entry Lease::read() {
  // What a newer version may have written counts as nobody's: fencing holds all the same.
  return parse(store_.property(property_).value_or("")).value_or(Entry());
}

std::optional<Position> Lease::published_by(store::EventStore& store, std::string_view relay_name) {
  const auto entry = parse(store.property(property_of(relay_name)).value_or(""));
  if (!entry) return std::nullopt;
  return entry->published;
}

void Lease::write(const Uuid& owner) {
  const auto expires_at = owner.is_nil() ? UtcTime() : clock_.now() + options_.length;
  store_.set_property(property_, fmt::format("1 {} {} {}", expires_at.micros(), published_.value(),
                                             to_string(owner)));
}

bool Lease::has_run_out(const Entry& entry) const {
  return entry.owner.is_nil() || clock_.now() >= entry.expires_at ||
         clock_.monotonic() - seen_since_ >= options_.length;
}

}  // namespace tidemark::relay
