#pragma once

#include "tidemark/feed/consumer_group.hpp"

namespace tidemark::feed {

/// Those options, if a group can have them. Throws `Failure` "group.bad_options".
ConsumerGroupOptions checked(ConsumerGroupOptions options);

}  // namespace tidemark::feed
