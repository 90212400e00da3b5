#pragma once

#include <memory>
#include <string>

#include "tidemark/sql/database.hpp"

namespace tidemark::sql {

/// Something that one holder has at a time, over all processes; given back when this goes.
class Lock {
 public:
  virtual ~Lock() = default;
  /// Whether it is still held: one on a server is lost with its connection, and is taken again, if
  /// it can be, by this call. Throws `Failure` "….locked" (retryable) when somebody else has it.
  virtual void hold() = 0;
};

/// Where a place is, for what opens one.
struct PlaceAddress {
  std::string url;     ///< as its engine reads it; may hold a password
  std::string prefix;  ///< begins the names of what lies there
  std::string area;    ///< first part of the codes of its failures
};

/// Where databases lie, each under a name of its own: files of a folder, schemas of a server. Names
/// are `a-z`, `0-9`, '_' and '.'. Safe from any thread.
class Place {
 public:
  virtual ~Place() = default;
  /// Throws `Failure` "….missing" when there is none and it is not to be made.
  [[nodiscard]] virtual std::unique_ptr<Database> open(const std::string& name, OpenMode mode) = 0;
  [[nodiscard]] virtual bool exists(const std::string& name) = 0;
  /// Removes it if it is there, and can be removed now.
  virtual void remove(const std::string& name) = 0;
  /// Whether processes of other machines may look there too. They take turns at what one at a time
  /// may do, where users of a folder are told that it is somebody else's.
  [[nodiscard]] virtual bool is_shared() const = 0;
  /// A lock of that name, taken by the first `hold`.
  [[nodiscard]] virtual std::unique_ptr<Lock> lock(const std::string& name) = 0;
  /// Lets whoever looks without us find the table `table` of the database `name` under the table's
  /// own name; what it led to before, it leads to no more.
  virtual void show(const std::string& table, const std::string& name) = 0;
};

/// Makes the place of that address. Throws `Failure` for one that cannot be.
using OpenPlace = std::shared_ptr<Place> (*)(const PlaceAddress& address);

}  // namespace tidemark::sql
