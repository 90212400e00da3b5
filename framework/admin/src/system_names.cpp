#include "system_names.hpp"

#include <string>

namespace tidemark::admin {
namespace {

// In alphabetic order, with a space before and behind each.
constexpr std::string_view names =
    " "
    "abort abs accept access acct advance alarm algorithm alloca any array asctime "
    "assert atomic backward barrier basename bind bit bits bitset bsearch calloc cassert "
    "cctype ceil cerrno cfenv cfloat charconv chdir chmod chown chrono chroot cinttypes "
    "climits clocale clock clock_t clog clone close cmath codecvt compare complex "
    "concepts condition_variable connect copysign coroutine cos cosh csetjmp csignal "
    "cstdarg cstddef cstdint cstdio cstdlib cstring ctime cuchar cwchar cwctype daemon "
    "daylight debug decimal deque difftime dirname div dprintf drem dup dysize environ "
    "err errno error exception exec execution exit exp expected experimental ext fabs "
    "fclose feof fflush fgets filesystem finite floor fmax fmin fmod fopen fork format "
    "forward_list fputs fread free fseek fstream fsync ftell ftw functional future "
    "fwrite gamma generator getc getenv getline getopt getpid glob gmtime hypot index "
    "initializer_list int16_t int32_t int64_t int8_t iomanip ios iosfwd iostream isatty "
    "isnan istream iterator j0 j1 jn kill labs latch ldiv lgamma limits link list listen "
    "locale localtime lockf log log10 log2 longjmp lround lseek malloc map mdspan memcpy "
    "memmove memory memory_resource memset mkdir mktime mode_t modf mutex nan nanosleep "
    "nice numbers numeric off_t offsetof open optarg opterr optind optional optopt "
    "ostream parallel pause pclose perror pid_t pipe poll popen pow print printf profil "
    "pstl ptsname putc putenv puts qsort queue raise rand random ranges ratio read "
    "readlink realloc realpath recv regex remainder remove rename revoke rewind rindex "
    "rint rmdir round sbrk scalb scanf scoped_allocator select semaphore send set setenv "
    "setjmp shared_mutex shutdown sigaction signal significand sin sinh size_t sleep "
    "snprintf socket source_location span spanstream sprintf sqrt srand srandom sscanf "
    "ssize_t sstream stack stacktrace stat statx stderr stdexcept stdin stdout "
    "stop_token strcat strcmp strcpy strdup streambuf string string_view strlen "
    "strstream strtok swab symlink sync syncstream syscall system system_error tan tanh "
    "tempnam tgamma thread time time_t timeradd timerclear timercmp timezone tm tmpfile "
    "tolower toupper tr1 tr2 trunc truncate ttyname tuple type_traits typeindex typeinfo "
    "tzname tzset uint16_t uint32_t uint64_t uint8_t umask unlink unordered_map "
    "unordered_set unshare usleep utility utime valarray variant vector version vfork "
    "wait waitpid wint_t write y0 y1 yn ";

}  // namespace

bool is_of_the_system(std::string_view name) {
  return names.find(" " + std::string(name) + " ") != std::string_view::npos;
}

}  // namespace tidemark::admin
