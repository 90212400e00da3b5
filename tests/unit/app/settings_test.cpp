#include "tidemark/app/settings.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <sstream>

using namespace tidemark;

TEST_SUITE("app/settings") {
  TEST_CASE("the page on the configuration holds every key as it is declared") {
    std::ifstream file(TIDEMARK_CONFIGURATION_PAGE);
    std::stringstream page;
    page << file.rdbuf();
    const auto table = app::config_schema().render_reference();
    CAPTURE(table);
    CHECK(page.str().ends_with(table));
  }

  TEST_CASE("what librdkafka is told is not shown, because passwords may be in it") {
    const auto config = runtime::Config::load(app::config_schema(),
                                              {.flags = {"kafka.settings.sasl.password=hunter2"}});
    REQUIRE(config);
    for (const auto& entry : config->entries()) {
      CHECK(entry.value.find("hunter2") == std::string::npos);
    }
    CHECK(config->map("kafka.settings").at("sasl.password") == "hunter2");
  }

  TEST_CASE("where read models lie is not shown, because a password may be in it") {
    const auto config = runtime::Config::load(
        app::config_schema(),
        {.flags = {"projection.url=postgresql://tidemark:hunter2@db/models"}});
    REQUIRE(config);
    for (const auto& entry : config->entries()) {
      CHECK(entry.value.find("hunter2") == std::string::npos);
    }
  }
}
