// [readers]
#pragma once

#include <tidemark/projection.hpp>

#include "v1/lending.pb.h"

namespace lending {

/// How many books each reader has: the projection. Its rows can be thrown away and made again.
struct Readers {
  static constexpr tidemark::ProjectionSpec spec{.name = "readers", .version = 1};
  using Row = v1::Reader;
  using Key = tidemark::Key<&Row::reader_id>;
  using Events = tidemark::List<v1::BookLent, v1::BookReturned, v1::ReaderReminded>;
  using Rows = tidemark::Table<Readers>;

  static void on(Rows& rows, const v1::BookLent& event, const tidemark::Metadata&);
  static void on(Rows& rows, const v1::BookReturned& event, const tidemark::Metadata&);
  static void on(Rows& rows, const v1::ReaderReminded& event, const tidemark::Metadata&);
};

}  // namespace lending
// [/readers]
