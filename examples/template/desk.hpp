// [desk]
#pragma once

#include <tidemark/intake/json_fields.hpp>
#include <tidemark/intake/line_mapper.hpp>

namespace lending {

/// What the lines of the input mean: the desk of the library.
///
///     {"at": "2026-01-01T09:00:00Z", "ask": "lend", "book": "moby_dick", "reader": "ahab"}
///
/// `ask` is "lend", "return", or "wait": then the line only says what time it is.
class Desk final : public tidemark::intake::LineMapper {
 public:
  Desk();
  tidemark::intake::Mapped map(std::string_view line) override;
  [[nodiscard]] std::vector<const google::protobuf::Descriptor*> fact_types() const override;

 private:
  tidemark::intake::JsonFields fields_;
};

}  // namespace lending
// [/desk]
