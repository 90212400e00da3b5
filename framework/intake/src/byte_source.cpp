#include "byte_source.hpp"

#include "tidemark/base/assert.hpp"

namespace tidemark::intake {

LineSource::Found ByteSource::peek(Line& line) {
  auto answer = Found::line;
  if (!found_ && !buffer_.front(line_)) {
    switch (read(buffer_)) {
      case Came::bytes:
        if (!buffer_.front(line_)) answer = Found::more;
        break;
      case Came::nothing:
        answer = Found::nothing;
        break;
      case Came::end:
        if (!buffer_.last(line_)) answer = Found::end;
        break;
    }
  }
  found_ = answer == Found::line;
  if (found_) line = line_;
  return answer;
}

void ByteSource::take() {
  TIDEMARK_ASSERT(found_, "a line is found before it is taken");
  buffer_.pop();
  found_ = false;
}

}  // namespace tidemark::intake
