#include "find_stream.hpp"

namespace tidemark::admin {

Result<StreamId, Problem> find_stream(const Site& site, const std::string& name) {
  const auto stream = StreamId::parse(name);
  if (!stream) {
    return Unexpected(Problem{.code = "stream.bad_name",
                              .field = name,
                              .message = "is no name of a stream",
                              .hint = "a stream is <category>-<id>"});
  }
  if (site.store().stream_version(*stream) == StreamVersion()) {
    return Unexpected(Problem{.code = "store.no_such_stream",
                              .field = name,
                              .message = "the log has no such stream",
                              .hint = "`store streams` lists them"});
  }
  return *stream;
}

}  // namespace tidemark::admin
