#pragma once

#include "tidemark/store/sqlite_store.hpp"

namespace tidemark::fuzz {

/// Asks a store for all that it can be asked for. Whatever is damaged may fail.
void read_everything(store::SqliteStore& store);

/// Does to a store all that can be done to it, in few rounds. Whatever is damaged may fail.
void change_everything(store::SqliteStore& store);

}  // namespace tidemark::fuzz
