#pragma once

#include "line_buffer.hpp"

namespace tidemark::intake {

/// A source whose lines are cut out of a sequence of bytes.
class ByteSource : public LineSource {
 public:
  Found peek(Line& line) override;
  void take() override;

 protected:
  enum class Came : std::uint8_t { bytes, nothing, end };
  /// Puts the next bytes into `buffer`'s room.
  virtual Came read(LineBuffer& buffer) = 0;

  LineBuffer buffer_;

 private:
  Line line_;
  bool found_ = false;
};

}  // namespace tidemark::intake
