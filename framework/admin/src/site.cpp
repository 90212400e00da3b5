#include "tidemark/admin/site.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "tidemark/schema/catalogue.hpp"

namespace tidemark::admin {

Site::Site(store::StoreEngine& store, const Clock& clock, SiteOptions options)
    : store_(store), clock_(clock), options_(std::move(options)) {
  auto manifest = load_manifest(store);
  if (!manifest) {
    problem_ = manifest.error();
    return;
  }
  manifest_ = *std::move(manifest);
  descriptors_.emplace(manifest_.descriptor_set);
}

std::string_view Site::todays_name(std::string_view type) const {
  const auto renamed = manifest_.renamed.find(std::string(type));
  return renamed == manifest_.renamed.end() ? type : std::string_view(renamed->second);
}

std::string_view Site::read_as(std::string_view type) const {
  const auto named = todays_name(type);
  const auto upcast = manifest_.upcast.find(std::string(named));
  return upcast == manifest_.upcast.end() ? named : std::string_view(upcast->second);
}

Value Site::payload(std::string_view type, std::string_view data) const {
  const auto unreadable = [&](std::string_view why) {
    return Marked{.text = fmt::format("({} bytes, {})", data.size(), why), .mood = Mood::warning};
  };
  if (!descriptors_) return unreadable("no manifest");
  auto json = descriptors_->json(todays_name(type), data);
  if (json) return Json{*std::move(json)};
  return unreadable(json.error().code);
}

Result<std::string, Problem> Site::from_json(std::string_view type, std::string_view json) const {
  if (descriptors_) return descriptors_->bytes(todays_name(type), json);
  return Unexpected(problem_.value());
}

std::string Site::fingerprint_of(std::string_view type) const {
  const auto* descriptor = descriptors_ ? descriptors_->find(type) : nullptr;
  return descriptor == nullptr ? std::string() : fingerprint(*descriptor);
}

std::optional<UtcTime> Site::newest_recorded_at() const {
  std::optional<UtcTime> newest;
  store_.read({.direction = store::Direction::backward, .limit = 1}, [&](const EventView& event) {
    newest = event.metadata.recorded_at;
    return false;
  });
  return newest;
}

UtcTime Site::time_of_application() const {
  return manifest_.input_time ? newest_recorded_at().value_or(now()) : now();
}

bool Site::lies_elsewhere(const std::string& file) const {
  if (!options_.read_models) return false;
  return file == "models.db" ||
         std::ranges::any_of(manifest_.projections, [&](const auto& projection) {
           return file.starts_with(projection.name + ".v");
         });
}

std::unique_ptr<sql::Database> Site::open(const std::string& file) const {
  if (!lies_elsewhere(file)) {
    auto opened = open_file(file);
    return opened ? std::make_unique<sqlite::Database>(*std::move(opened)) : nullptr;
  }
  if (!options_.read_models->exists(file)) return nullptr;
  return options_.read_models->open(file, sql::OpenMode::read_only);
}

std::unique_ptr<sql::Database> Site::open_for_writing(const std::string& file) const {
  if (lies_elsewhere(file)) return options_.read_models->open(file, sql::OpenMode::read_write);
  return std::make_unique<sqlite::Database>(
      sqlite::Database::open({.file = options_.directory / file,
                              .mode = sqlite::OpenMode::read_write,
                              .vfs = options_.vfs,
                              .area = "file"}));
}

std::optional<sqlite::Database> Site::open_file(const std::string& file) const {
  try {
    return sqlite::Database::open({.file = options_.directory / file,
                                   .mode = sqlite::OpenMode::read_only,
                                   .vfs = options_.vfs,
                                   .area = "file"});
  } catch (const Failure& failure) {
    if (failure.code() == "file.missing") return std::nullopt;
    throw;
  }
}

}  // namespace tidemark::admin
