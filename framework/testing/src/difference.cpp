#include "difference.hpp"

#include <fmt/format.h>
#include <google/protobuf/text_format.h>
#include <google/protobuf/util/message_differencer.h>

#include <algorithm>
#include <sstream>

namespace tidemark::testing {
namespace {

using google::protobuf::Message;

std::string indented(const std::string& text) {
  std::istringstream lines(text);
  std::string result;
  for (std::string line; std::getline(lines, line);) result += "\n     " + line;
  return result;
}

std::string difference_of_one(const Message& expected, const Message& actual) {
  const auto both = fmt::format("\n   - {}\n   + {}", to_text(expected), to_text(actual));
  if (expected.GetDescriptor() != actual.GetDescriptor()) return "another type" + both;
  std::string fields;
  google::protobuf::util::MessageDifferencer differencer;
  differencer.ReportDifferencesToString(&fields);
  if (differencer.Compare(expected, actual)) return {};
  return expected.GetDescriptor()->full_name() + indented(fields) + both;
}

std::string difference_at(std::size_t i, const Events& expected, const Events& actual) {
  if (i >= actual.size()) return "missing\n   - " + to_text(*expected[i]);
  if (i >= expected.size()) return "one too many\n   + " + to_text(*actual[i]);
  return difference_of_one(*expected[i], *actual[i]);
}

}  // namespace

std::string to_text(const Message& message) {
  google::protobuf::TextFormat::Printer printer;
  printer.SetSingleLineMode(true);
  std::string fields;
  printer.PrintToString(message, &fields);
  return fmt::format("{} {{ {}}}", message.GetDescriptor()->full_name(), fields);
}

std::string to_text(const Decision& decision) {
  if (decision.kind() == Decision::Kind::nothing) return "nothing";
  if (decision.kind() == Decision::Kind::rejected) {
    const auto& [code, detail] = decision.rejection();
    return fmt::format("rejected \"{}\"{}{}", code, detail.empty() ? "" : ": ", detail);
  }
  std::string result = "events";
  for (const auto& event : decision.events()) result += "\n   + " + to_text(*event);
  return result;
}

std::string difference(const Events& expected, const Events& actual, std::string_view what) {
  std::string result;
  for (std::size_t i = 0; i < std::max(expected.size(), actual.size()); ++i) {
    const auto one = difference_at(i, expected, actual);
    if (!one.empty()) result += fmt::format("\n  {} {}: {}", what, i + 1, one);
  }
  return result;
}

}  // namespace tidemark::testing
