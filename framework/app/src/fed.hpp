#pragma once

#include <memory>

#include "tidemark/feed/feed_worker.hpp"
#include "tidemark/feed/handler.hpp"
#include "tidemark/sqlite/database.hpp"

namespace tidemark::app {

/// A handler with its own file and the worker that drives it. Members go in the right order:
/// worker, handler, file.
struct Fed {
  std::unique_ptr<sqlite::Database> file;
  std::unique_ptr<feed::Handler> handler;
  std::unique_ptr<feed::FeedWorker> worker;
};

}  // namespace tidemark::app
