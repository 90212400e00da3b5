#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "tidemark/intake/line_mapper.hpp"
#include "tidemark/intake/line_source.hpp"
#include "tidemark/intake/progress.hpp"
#include "tidemark/observe/log.hpp"

namespace tidemark::intake {

/// What the log is told of lines that nothing came of: of each reason or code the first, the tenth,
/// the hundredth and so on since the process began. All of them are in the event log or in intake's
/// file. One thread at a time.
class Notices {
 public:
  Notices(std::string input, const observe::Logger& logger)
      : input_(std::move(input)), logger_(logger) {}

  /// `partition`: the name of the line's.
  void tell(const Line& line, const std::string& partition, const Mismatch& mismatch);
  void tell(const RefusedCommand& refused);

 private:
  /// Where a line stands.
  struct Place {
    const std::string& partition;
    std::int64_t offset = 0;
    std::uint64_t line = 0;
  };
  /// How many there were with this one; 0 when it is not to be told.
  std::uint64_t count(const std::string& what);
  [[nodiscard]] observe::Logger at(const Place& place) const;

  const std::string input_;
  const observe::Logger logger_;
  std::map<std::string, std::uint64_t> counts_;
};

}  // namespace tidemark::intake
