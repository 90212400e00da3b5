#include "tidemark/projection/model_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "tidemark/base/failure.hpp"
#include "tidemark/feed/parking.hpp"
#include "tidemark/sql/transaction.hpp"

namespace tidemark::projection {
namespace {

Failure not_ready(const std::string& projection) {
  return Failure({.code = "projection.not_ready",
                  .message = fmt::format("there is no read model '{}' yet", projection),
                  .hint = "its first build is not done, or the name is wrong",
                  .retryable = true});
}

Value copy_value(const sql::ValueView& view) {
  if (const auto* number = std::get_if<std::int64_t>(&view)) return *number;
  if (const auto* real = std::get_if<double>(&view)) return *real;
  if (const auto* text = std::get_if<std::string_view>(&view)) return std::string(*text);
  if (const auto* blob = std::get_if<sql::Blob>(&view)) return Bytes{std::string(blob->bytes)};
  return nullptr;
}

sql::ValueView view_of(const Value& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value)) return *number;
  if (const auto* real = std::get_if<double>(&value)) return *real;
  if (const auto* text = std::get_if<std::string>(&value)) return std::string_view(*text);
  if (const auto* bytes = std::get_if<Bytes>(&value)) return sql::Blob{bytes->bytes};
  return nullptr;
}

bool begins_as_query(std::string_view sql) {
  const auto start = sql.find_first_not_of(" \t\r\n");
  if (start == std::string_view::npos) return false;
  auto word = std::string(sql.substr(start, 6));
  std::transform(word.begin(), word.end(), word.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return word == "select" || word.starts_with("with") || word == "values";
}

Failure not_a_query() {
  return Failure({.code = "projection.not_a_query",
                  .message = "a read model can only be read",
                  .hint = "send one SELECT; rows change by events alone"});
}

struct Question {
  const std::string& sql;
  const std::vector<Value>& parameters;
  std::uint64_t limit = 0;
};

void read_answer(sql::Database& file, const Question& question, Answer& answer) {
  auto statement = file.scan(question.sql);
  for (std::size_t i = 0; i < question.parameters.size(); ++i) {
    statement.bind_value(static_cast<int>(i) + 1, view_of(question.parameters[i]));
  }
  bool has_row = statement.next();
  for (int i = 0; i < statement.column_count(); ++i) {
    answer.columns.emplace_back(statement.column_name(i));
  }
  for (; has_row; has_row = statement.next()) {
    if (answer.rows.size() == question.limit) {
      answer.more = true;
      return;
    }
    auto& row = answer.rows.emplace_back();
    for (int i = 0; i < statement.column_count(); ++i) {
      row.push_back(copy_value(statement.value(i)));
    }
  }
}

}  // namespace

ModelReader::ModelReader(ModelFolder folder) : folder_(std::move(folder)) {}

Models& ModelReader::models(const std::string& projection) {
  if (!models_ && !folder_.place()->exists("models.db")) throw not_ready(projection);
  if (!models_) models_.emplace(folder_, sql::OpenMode::read_only);
  return *models_;
}

sql::Database& ModelReader::live_file(const std::string& projection) {
  const auto live = models(projection).live(projection);
  if (!live) throw not_ready(projection);
  auto found = open_.find(projection);
  if (found == open_.end() || found->second.generation != live->number) {
    open_.erase(projection);
    found =
        open_
            .emplace(projection, Open{.generation = live->number,
                                      .file = folder_.open(live->file, sql::OpenMode::read_only)})
            .first;
  }
  return *found->second.file;
}

Answer ModelReader::query(const std::string& projection, const std::string& sql,
                          const std::vector<Value>& parameters, std::uint64_t limit) {
  // ATTACH and PRAGMA read only too, as the engine sees it.
  if (!begins_as_query(sql)) throw not_a_query();
  auto& file = live_file(projection);
  Answer answer{.generation = open_.find(projection)->second.generation};
  const sql::Transaction snapshot(file, sql::Access::read);
  answer.position = feed::FeedDesk(file).progress().position;
  try {
    read_answer(file, {.sql = sql, .parameters = parameters, .limit = limit}, answer);
  } catch (const Failure& failure) {
    if (failure.code() == file.area() + ".read_only") throw not_a_query();
    throw;
  }
  return answer;
}

std::optional<Answer> ModelReader::where(const std::string& projection) {
  if (!models(projection).live(projection)) return std::nullopt;
  auto& file = live_file(projection);
  return Answer{.generation = open_.find(projection)->second.generation,
                .position = feed::FeedDesk(file).progress().position};
}

}  // namespace tidemark::projection
