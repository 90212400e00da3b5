#pragma once

#include <map>
#include <string>

#include "rdkafka_handles.hpp"

namespace tidemark::kafka::rd {

/// The topics a client has to do with. Opening one asks for its leader at once; a topic that is
/// only named waits up to a second for librdkafka's next look at all topics.
class Topics {
 public:
  explicit Topics(rd_kafka_t& client) : client_(client) {}

  /// None when librdkafka refuses the name.
  rd_kafka_topic_t* open(const std::string& name) {
    const auto found = topics_.find(name);
    if (found != topics_.end()) return found->second.get();
    Handle<rd_kafka_topic_t> opened(rd_kafka_topic_new(&client_, name.c_str(), nullptr));
    if (opened == nullptr) return nullptr;
    return topics_.emplace(name, std::move(opened)).first->second.get();
  }

 private:
  rd_kafka_t& client_;
  std::map<std::string, Handle<rd_kafka_topic_t>> topics_;
};

}  // namespace tidemark::kafka::rd
