// The memory that code takes.
#pragma once

namespace cpaas {

// Gives back the pages of all loaded code and constants; what is still used comes back from the page cache by
// itself. Loading libcurl with its 33 libraries touches some 7 MiB of them (symbol tables, relocations,
// start-up code) that are never needed again. Takes less than a millisecond. Any thread, at any time.
void release_code_pages();

}  // namespace cpaas
