#include "tidemark/projection/row_reader.hpp"

#include "layout.hpp"

namespace tidemark::projection {

void read_rows(sqlite::Database& file, const ProjectionModel& model,
               const std::function<bool(const google::protobuf::Message& row)>& visit) {
  const Layout layout(model.facts());
  auto rows = file.prepare(layout.select_all());
  while (rows.next()) {
    const std::unique_ptr<google::protobuf::Message> row(layout.prototype().New());
    RowWindow window;
    layout.read(rows, *row, window);
    if (!visit(*row)) return;
  }
}

}  // namespace tidemark::projection
