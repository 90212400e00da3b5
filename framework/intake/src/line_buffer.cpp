#include "line_buffer.hpp"

#include <algorithm>
#include <cstring>

#include "tidemark/base/assert.hpp"

namespace tidemark::intake {
namespace {

constexpr std::size_t read_size = 256 * 1024;

}  // namespace

LineBuffer::LineBuffer() : bytes_(line_size_max + 1 + read_size) {}

void LineBuffer::restart(std::int64_t offset, std::uint64_t lines) {
  begin_ = searched_ = end_ = found_ = 0;
  offset_ = offset;
  lines_ = lines;
  skipping_ = false;
  skipped_ = 0;
}

std::span<char> LineBuffer::room() {
  if (begin_ > 0) {
    std::memmove(bytes_.data(), bytes_.data() + begin_, end_ - begin_);
    searched_ -= begin_;
    end_ -= begin_;
    begin_ = 0;
  }
  TIDEMARK_ASSERT(end_ < bytes_.size(), "lines are taken before more bytes come");
  return std::span(bytes_).subspan(end_);
}

void LineBuffer::filled(std::size_t count) {
  TIDEMARK_ASSERT(count <= bytes_.size() - end_, "no more bytes than there is room for");
  end_ += count;
}

bool LineBuffer::front(Line& line) {
  const auto* const newline =
      static_cast<const char*>(std::memchr(bytes_.data() + searched_, '\n', end_ - searched_));
  if (newline == nullptr) {
    searched_ = end_;
    if (skipping_ || end_ - begin_ > line_size_max) keep_beginning();
    return false;
  }
  const auto at = static_cast<std::size_t>(newline - bytes_.data());
  searched_ = at;
  found_ = at + 1;
  describe(line, at - begin_);
  line.next = offset_ + static_cast<std::int64_t>(line.size) + 1;
  return true;
}

bool LineBuffer::last(Line& line) {
  if (begin_ == end_ && !skipping_) return false;
  found_ = end_;
  describe(line, end_ - begin_);
  line.next = offset_ + static_cast<std::int64_t>(line.size);
  return true;
}

void LineBuffer::pop() {
  offset_ = end_offset() - static_cast<std::int64_t>(end_ - found_);
  begin_ = searched_ = found_;
  skipping_ = false;
  skipped_ = 0;
  ++lines_;
}

std::int64_t LineBuffer::end_offset() const {
  return offset_ + static_cast<std::int64_t>(skipped_ + (end_ - begin_));
}

void LineBuffer::describe(Line& line, std::size_t text_size) {
  const std::string_view text(bytes_.data() + begin_, text_size);
  line.partition = 0;
  line.offset = offset_;
  line.number = lines_ + 1;
  line.size = skipped_ + text_size;
  line.too_long = line.size > line_size_max;
  line.text = skipping_ ? std::string_view(kept_) : text;
  if (line.too_long) line.text = line.text.substr(0, kept_size_max);
}

/// Lets go of all that came of the line but its beginning.
void LineBuffer::keep_beginning() {
  if (!skipping_) {
    kept_.assign(bytes_.data() + begin_, kept_size_max);
    skipping_ = true;
  }
  skipped_ += end_ - begin_;
  begin_ = searched_ = end_ = 0;
}

}  // namespace tidemark::intake
