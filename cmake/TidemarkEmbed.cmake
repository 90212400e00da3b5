# cmake -DINPUT=file -DOUTPUT=file.cpp -DNAME=target -P TidemarkEmbed.cmake
#
# Writes a C++ file with a function that answers with the bytes of INPUT.
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
