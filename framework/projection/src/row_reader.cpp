#include "tidemark/projection/row_reader.hpp"

#include <optional>

#include "layout.hpp"
#include "tidemark/sql/transaction.hpp"

namespace tidemark::projection {

void read_rows(sql::Database& file, const ProjectionModel& model,
               const std::function<bool(const google::protobuf::Message& row)>& visit) {
  const Layout layout(model.facts(), file.dialect());
  std::optional<sql::Transaction> snapshot;
  if (!file.in_transaction()) snapshot.emplace(file, sql::Access::read);
  auto rows = file.scan(layout.select_all());
  while (rows.next()) {
    const std::unique_ptr<google::protobuf::Message> row(layout.prototype().New());
    RowWindow window;
    layout.read(rows, *row, window);
    if (!visit(*row)) return;
  }
}

}  // namespace tidemark::projection
