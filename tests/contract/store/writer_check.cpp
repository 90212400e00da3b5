#include "contract/store/writer_check.hpp"

#include <fmt/format.h>

#include <sstream>

#include "contract/store/stores.hpp"

namespace tidemark::store {
namespace {

constexpr std::size_t differences_max = 20;

}  // namespace

void WriterCheck::add(std::string difference) {
  if (differences_.size() < differences_max) differences_.push_back(std::move(difference));
}

void WriterCheck::take(std::string_view line) {
  std::istringstream words{std::string(line)};
  std::string word;
  std::uint64_t number = 0;
  if (!(words >> word >> number)) return add(fmt::format("a writer says '{}'", line));
  auto& begun = begun_[number];
  if (word == "begin") return;
  if (word == "refused") {
    if (!append_numbered(number).condition) add(fmt::format("append {} was refused", number));
    begun.answer = Answer::refused;
    ++tally_.refused;
    return;
  }
  Place told;
  if (word != "done" || !(words >> told.first >> told.last)) {
    return add(fmt::format("a writer says '{}'", line));
  }
  if (begun.answer == Answer::done && begun.told != told) {
    add(fmt::format("append {} was told two places", number));
  }
  begun = {.answer = Answer::done, .told = told};
  ++tally_.acknowledged;
}

std::vector<std::uint64_t> WriterCheck::unknown() const {
  std::vector<std::uint64_t> numbers;
  for (const auto& [number, begun] : begun_) {
    if (begun.answer == Answer::none) numbers.push_back(number);
  }
  return numbers;
}

/// What was looked at last is an append of which the log has no more.
void WriterCheck::end_append(std::uint64_t position) {
  if (events_.empty()) return;
  const auto& place = stored_[number_];
  if (place.last - place.first + 1 != events_.size()) {
    add(fmt::format("append {} has {} of {} events, up to position {}", number_,
                    place.last - place.first + 1, events_.size(), position));
  }
  events_.clear();
  streams_.clear();
}

void WriterCheck::look_at(const EventView& event) {
  const auto& metadata = event.metadata;
  const auto position = metadata.position.value();
  if (position != ++position_) add(fmt::format("position {} follows {}", position, position_ - 1));
  position_ = position;
  const std::string stream(metadata.stream);
  if (metadata.version.value() != ++versions_[stream]) {
    add(fmt::format("position {} has version {} of {}", position, metadata.version.value(),
                    stream));
  }
  const auto [number, at] = work_event(metadata.event_id);
  if (at == 0 || number != number_ || events_.empty()) {
    end_append(position - 1);
    number_ = number;
    for (const auto& write : append_numbered(number).streams) {
      for (const auto& part : write.events) {
        events_.push_back(part);
        streams_.push_back(write.stream.name());
      }
    }
    if (!stored_.emplace(number, Place{.first = position, .last = position}).second) {
      add(fmt::format("append {} is there twice, at position {}", number, position));
    }
    if (at != 0) add(fmt::format("append {} begins with event {}", number, at));
  }
  stored_[number].last = position;
  if (at != position - stored_[number].first || at >= events_.size() ||
      metadata.append_id != append_id(number) || stream != streams_[at] ||
      event.type != events_[at].type || event.data != events_[at].data) {
    return add(fmt::format("position {} is not event {} of append {}", position, at, number));
  }
  for (const auto& tag : events_[at].tags) {
    if (tag.starts_with("seat:") && !seats_.emplace(tag, position).second) {
      add(fmt::format("{} was given twice, at {} and {}", tag, seats_[tag], position));
    }
  }
}

void WriterCheck::compare(EventStore& store, std::uint64_t number, const Begun& begun) {
  const auto place = stored_.find(number);
  const bool is_there = place != stored_.end();
  const auto outcome = store.find_append(append_id(number));
  if (outcome.has_value() != is_there) {
    add(fmt::format("append {}: {} stored, {} outcome", number, is_there ? "" : "not",
                    outcome ? "an" : "no"));
  }
  if (is_there && outcome &&
      Place{.first = outcome->first.value(), .last = outcome->last.value()} != place->second) {
    add(fmt::format("append {} has the outcome of another place", number));
  }
  if (begun.answer == Answer::done && (!is_there || begun.told != place->second)) {
    add(fmt::format("append {} was acknowledged at {}..{} and is {}", number, begun.told.first,
                    begun.told.last, is_there ? "elsewhere" : "lost"));
  }
  if (begun.answer == Answer::refused && is_there) {
    add(fmt::format("append {} was refused and is there", number));
  }
  if (begun.answer == Answer::none) {
    ++tally_.unknown;
    tally_.unknown_kept += is_there ? 1U : 0U;
  }
}

void WriterCheck::look_at_chain(StoreEngine& store) {
  if (store.chain_at(Position(position_)).value_or(ChainHash{}) != chain_) {
    add(fmt::format("the chain at position {} is another than before", position_));
  }
  const auto verified = store.verify({});
  if (verified.damage) add(verified.damage->code + ": " + verified.damage->message);
  chain_ = verified.head;
}

std::vector<std::string> WriterCheck::check(StoreEngine& store) {
  look_at_chain(store);
  ReadQuery query{.from = Position(position_ + 1), .limit = 10'000};
  for (bool at_end = false; !at_end;) {
    const auto end = store.read(query, [&](const EventView& event) {
      look_at(event);
      return true;
    });
    at_end = end.at_end;
    query.from = Position(position_ + 1);
  }
  end_append(position_);
  tally_.events = position_;
  tally_.seats = seats_.size();
  if (const auto end = store.high_water(); end != Position(position_)) {
    add(fmt::format("the log ends at {}, reads at {}", end.value(), position_));
  }
  for (const auto& [number, begun] : begun_) compare(store, number, begun);
  for (const auto& [number, place] : stored_) {
    if (place.last > checked_ && !begun_.contains(number)) {
      add(fmt::format("append {} is stored, and nobody handed it in", number));
    }
  }
  checked_ = position_;
  std::erase_if(begun_, [](const auto& entry) { return entry.second.answer != Answer::none; });
  return std::exchange(differences_, {});
}

}  // namespace tidemark::store
