#pragma once

#include <tidemark/intake/json_fields.hpp>
#include <tidemark/intake/line_mapper.hpp>

namespace adtech {

/// What the lines of the ad platform's input mean (docs/reference/formats/input.md): traffic are
/// facts, requests are commands whose ids follow from the line's event id.
class AdtechLines final : public tidemark::intake::LineMapper {
 public:
  AdtechLines();
  tidemark::intake::Mapped map(std::string_view line) override;
  [[nodiscard]] std::vector<const google::protobuf::Descriptor*> fact_types() const override;

 private:
  tidemark::intake::JsonFields fields_;
};

}  // namespace adtech
