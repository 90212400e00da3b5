#pragma once

#include <cstdint>

/// Numbers of PostgreSQL's built-in types; they are part of its protocol and never change.
namespace tidemark::postgres::type {

constexpr std::uint32_t unknown = 0;  ///< the server finds out
constexpr std::uint32_t boolean = 16;
constexpr std::uint32_t bytea = 17;
constexpr std::uint32_t bigint = 20;
constexpr std::uint32_t name = 19;
constexpr std::uint32_t smallint = 21;
constexpr std::uint32_t integer = 23;
constexpr std::uint32_t text = 25;
constexpr std::uint32_t oid = 26;
constexpr std::uint32_t json = 114;
constexpr std::uint32_t float4 = 700;
constexpr std::uint32_t real = 701;
constexpr std::uint32_t untyped_literal = 705;
constexpr std::uint32_t bytea_array = 1001;
constexpr std::uint32_t text_array = 1009;
constexpr std::uint32_t bigint_array = 1016;
constexpr std::uint32_t padded_text = 1042;
constexpr std::uint32_t limited_text = 1043;
constexpr std::uint32_t numeric = 1700;
constexpr std::uint32_t uuid = 2950;
constexpr std::uint32_t uuid_array = 2951;

}  // namespace tidemark::postgres::type
