# cmake -DINPUT=file -DOUTPUT=file.cpp -DNAME=target -P TidemarkEmbed.cmake: bytes as a C++ function.
file(READ "${INPUT}" bytes HEX)
string(REGEX REPLACE "(..)" "0x\\1," bytes "${bytes}")
string(REGEX REPLACE "((0x..,){24})" "\\1\n" bytes "${bytes}")
file(WRITE "${OUTPUT}" "#include \"${NAME}.descriptors.hpp\"
namespace {
constexpr unsigned char bytes[] = {
${bytes}};
}
std::string_view ${NAME}_descriptor_set() {
  return {reinterpret_cast<const char*>(bytes), sizeof bytes};
}
")
