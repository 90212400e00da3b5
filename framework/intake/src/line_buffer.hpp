#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "tidemark/intake/line_source.hpp"

namespace tidemark::intake {

/// Cuts bytes into lines. Holds at most one longest line and one read; of a line that is longer it
/// keeps the beginning and counts the rest.
///
/// Use: `front` until it finds nothing, then bytes into `room` and `filled`, and so on.
class LineBuffer {
 public:
  LineBuffer();
  /// Begins anew at `offset`, with `lines` lines before it.
  void restart(std::int64_t offset, std::uint64_t lines);

  /// Where the next bytes go. Ends the life of the line that `front` found.
  std::span<char> room();
  /// So many bytes were put into `room`.
  void filled(std::size_t count);

  /// The next whole line, if there is one.
  bool front(Line& line);
  /// What is left when no bytes will come any more: a line without its newline, if it is not empty.
  bool last(Line& line);
  /// Goes on behind the line that was found.
  void pop();

  /// Offset behind the last byte that came in.
  [[nodiscard]] std::int64_t end_offset() const;

 private:
  void describe(Line& line, std::size_t text_size);
  void keep_beginning();

  std::vector<char> bytes_;
  std::size_t begin_ = 0;     ///< of the line that is next
  std::size_t searched_ = 0;  ///< no newline in front of this
  std::size_t end_ = 0;       ///< of the bytes that came in
  std::size_t found_ = 0;     ///< behind the line that was found
  std::int64_t offset_ = 0;   ///< of `begin_`, or of the long line's first byte
  std::uint64_t lines_ = 0;
  bool skipping_ = false;  ///< in a line too long to be held
  std::string kept_;       ///< its beginning
  std::uint64_t skipped_ = 0;
};

}  // namespace tidemark::intake
