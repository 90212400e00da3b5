#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tidemark/admin/site.hpp"
#include "tidemark/projection/models.hpp"

namespace tidemark::admin {

/// A file in which somebody keeps how far it is in the log, and what it set aside.
struct FeedFile {
  std::string name;  ///< "projection/campaign_minutes"; of another build than the live one
                     ///< "projection/campaign_minutes.g3"
  std::string file;
};

/// How far a feed is, and how far it could be.
struct Reach {
  std::uint64_t done = 0, tail = 0;  ///< positions of the log; from topics, the sums of offsets
  bool from_topics = false;          ///< then as of its last commit

  [[nodiscard]] std::uint64_t lag() const { return tail > done ? tail - done : 0; }
};
Reach reach_of(const Site& site, sql::Database& file);

/// The builds of read models, by projection and number; retired ones are left out. An application
/// that keeps no list of them has one of each.
std::vector<projection::Generation> generations_of(const Site& site);

/// All that the application has: live read models first, in the order of the manifest.
std::vector<FeedFile> feed_files(const Site& site);

/// The one of that name.
std::optional<FeedFile> find_feed(const Site& site, const std::string& name);

}  // namespace tidemark::admin
