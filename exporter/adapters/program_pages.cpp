#include "exporter/adapters/program_pages.h"

#include <link.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>

namespace cpaas {
namespace {

// Only segments that were never writable: their pages are the file's own, so the kernel can read them again.
void release(const dl_phdr_info& object, const ElfW(Phdr) & segment) {
  if (segment.p_type != PT_LOAD || (segment.p_flags & PF_W) != 0) return;
  const auto page = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
  const std::uintptr_t from = (object.dlpi_addr + segment.p_vaddr) & ~(page - 1);
  const std::uintptr_t to = object.dlpi_addr + segment.p_vaddr + segment.p_memsz;
  // The loader gives addresses as numbers.
  madvise(reinterpret_cast<void*>(from), to - from, MADV_DONTNEED);  // NOLINT(performance-no-int-to-ptr)
}

int release_object(dl_phdr_info* object, std::size_t, void*) {
  if (object->dlpi_addr == getauxval(AT_SYSINFO_EHDR)) return 0;  // the kernel's own
  for (int i = 0; i < object->dlpi_phnum; ++i) release(*object, object->dlpi_phdr[i]);
  return 0;
}

}  // namespace

void release_code_pages() {
  dl_iterate_phdr(release_object, nullptr);
}

}  // namespace cpaas
