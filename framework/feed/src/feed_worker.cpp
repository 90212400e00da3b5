#include "tidemark/feed/feed_worker.hpp"

#include "feed_loop.hpp"

namespace tidemark::feed {

struct FeedWorker::State {
  FeedLoop loop;
};

FeedWorker::FeedWorker(FeedOptions options, std::unique_ptr<Source> source, Handler& handler,
                       sql::Database& file, const Clock& clock)
    : state_(new State{.loop =
                           FeedLoop(std::move(options), std::move(source), handler, file, clock)}) {
}

FeedWorker::~FeedWorker() = default;

const std::string& FeedWorker::name() const { return state_->loop.name(); }
runtime::Step FeedWorker::step() { return state_->loop.step(); }
runtime::WorkerReport FeedWorker::report() const { return state_->loop.report(); }
void FeedWorker::stop() noexcept { state_->loop.stop(); }
Position FeedWorker::checkpoint() const { return Position(state_->loop.extent().done); }

Source::Extent FeedWorker::extent() const { return state_->loop.extent(); }

}  // namespace tidemark::feed
