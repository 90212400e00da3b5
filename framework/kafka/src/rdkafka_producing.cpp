#include "rdkafka_producing.hpp"

#include <fmt/format.h>

#include <array>

#include "failures.hpp"

namespace tidemark::kafka::rd {
namespace {

/// The arguments of rd_kafka_produceva, one by one. Text and bytes are only pointed to.
class Arguments {
 public:
  void topic(const std::string& name) { next(RD_KAFKA_VTYPE_TOPIC).u.cstr = name.c_str(); }
  void topic(rd_kafka_topic_t* handle) { next(RD_KAFKA_VTYPE_RKT).u.rkt = handle; }
  void partition(std::int32_t number) { next(RD_KAFKA_VTYPE_PARTITION).u.i32 = number; }
  void copied() { next(RD_KAFKA_VTYPE_MSGFLAGS).u.i = RD_KAFKA_MSG_F_COPY; }
  void key(const std::string& bytes) { point(next(RD_KAFKA_VTYPE_KEY), bytes); }
  void value(const std::string& bytes) { point(next(RD_KAFKA_VTYPE_VALUE), bytes); }
  void time_ms(std::int64_t time) { next(RD_KAFKA_VTYPE_TIMESTAMP).u.i64 = time; }
  void headers(rd_kafka_headers_t* list) { next(RD_KAFKA_VTYPE_HEADERS).u.headers = list; }
  void tag(void* opaque) { next(RD_KAFKA_VTYPE_OPAQUE).u.ptr = opaque; }

  Error produce(rd_kafka_t& client) const {
    return Error(rd_kafka_produceva(&client, arguments_.data(), count_));
  }

 private:
  rd_kafka_vu_t& next(rd_kafka_vtype_t type) {
    auto& argument = arguments_.at(count_++);
    argument.vtype = type;
    return argument;
  }
  static void point(rd_kafka_vu_t& argument, const std::string& bytes) {
    argument.u.mem.ptr = const_cast<char*>(bytes.data());  // copied, never written to
    argument.u.mem.size = bytes.size();
  }

  std::array<rd_kafka_vu_t, 8> arguments_{};
  std::size_t count_ = 0;
};

Handle<rd_kafka_headers_t> to_headers(const RecordHeaders& headers) {
  Handle<rd_kafka_headers_t> list(rd_kafka_headers_new(headers.size()));
  for (const auto& [name, value] : headers)
    rd_kafka_header_add(list.get(), name.data(), static_cast<ssize_t>(name.size()), value.data(),
                        static_cast<ssize_t>(value.size()));
  return list;
}

}  // namespace

Error Writer::produce(const ProducerRecord& record, void* tag) {
  Arguments arguments;
  if (auto* topic = topics_.open(record.topic))
    arguments.topic(topic);
  else
    arguments.topic(record.topic);
  arguments.partition(record.partition.value_or(RD_KAFKA_PARTITION_UA));
  arguments.copied();
  arguments.key(record.key);
  if (record.value.has_value()) arguments.value(*record.value);
  if (record.time.has_value()) arguments.time_ms(floor(*record.time, Micros(1000)).micros() / 1000);
  arguments.tag(tag);
  Handle<rd_kafka_headers_t> headers;
  if (!record.headers.empty()) {
    headers = to_headers(record.headers);
    arguments.headers(headers.get());
  }
  auto error = arguments.produce(*client_);
  if (error == nullptr) static_cast<void>(headers.release());  // the client's now
  return error;
}

std::optional<Failure> record_failure(rd_kafka_resp_err_t error, std::string_view topic,
                                      std::size_t bytes) {
  if (error == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE ||
      error == RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE)
    return record_too_large_failure(topic, bytes);
  if (is_unknown_topic(error)) return unknown_topic_failure(topic);
  if (is_authorization(error))
    return not_authorized_failure(fmt::format("'{}': {}", topic, rd_kafka_err2str(error)));
  return std::nullopt;
}

std::optional<Failure> fatal_failure_of(rd_kafka_t& client, std::string_view who) {
  std::array<char, 512> why{};
  const auto error = rd_kafka_fatal_error(&client, why.data(), why.size());
  switch (error) {
    case RD_KAFKA_RESP_ERR_NO_ERROR:
      return std::nullopt;
    case RD_KAFKA_RESP_ERR__FENCED:
    case RD_KAFKA_RESP_ERR_PRODUCER_FENCED:
    case RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH:
      return fenced_failure(who);
    default:
      break;
  }
  const auto text = fmt::format("{}: {}: {}", who, rd_kafka_err2name(error), why.data());
  return is_authorization(error) ? not_authorized_failure(text) : fatal_failure(text);
}

}  // namespace tidemark::kafka::rd
