#pragma once

#include <libpq-fe.h>

#include <string>
#include <string_view>

#include "tidemark/base/failure.hpp"

namespace tidemark::postgres {

/// What a statement failed with, by its SQLSTATE. Details are left out: they quote values.
Failure failure_of(const PGresult& result, const std::string& area);

/// The server cannot be reached any more. `message`: libpq's, which names no password.
Failure lost_connection(const std::string& area, std::string_view message);

/// A connection that did not come about. `message`: libpq's, with the server's SQLSTATE if that was
/// who refused it.
Failure refused_connection(const std::string& area, std::string_view message);

/// The first line of a message of libpq.
std::string first_line(std::string_view message);

}  // namespace tidemark::postgres
