// The state on a disk that fails: after a power cut, in which everything that was written since the last sync
// is thrown away, and while the disk is full.
#include <gmock/gmock.h>
#include <sqlite3.h>
#include <stdlib.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "exporter/adapters/sqlite_ledger_store.h"

namespace cpaas {
namespace {

// SQLite's file system, which remembers what of each file was synced, and can be full. One at a time.
class Disk {
 public:
  Disk() : path_(::mkdtemp(std::string("/tmp/cpaas_power_XXXXXX").data())) {
    real_ = sqlite3_vfs_find(nullptr);
    shim_ = *real_;
    shim_.zName = "synced";
    shim_.szOsFile = static_cast<int>(sizeof(File)) + real_->szOsFile;
    shim_.xOpen = open;
    shim_.xDelete = remove;
    disk_ = this;
    sqlite3_vfs_register(&shim_, 1);
  }
  ~Disk() {
    sqlite3_vfs_unregister(&shim_);
    sqlite3_vfs_register(real_, 1);
    std::filesystem::remove_all(path_);
  }
  Disk(const Disk&) = delete;
  Disk& operator=(const Disk&) = delete;

  std::string file() const { return path_ / "state.db"; }
  void set_full(bool full) { full_ = full; }

  // The program is gone, and so is what was not synced. What is restored is a copy: the files may still be
  // open.
  std::string file_after_power_cut() {
    const std::string copy = path_ / ("cut" + std::to_string(++cuts_) + ".db");
    for (const auto& [name, content] : synced_) {
      if (!name.starts_with(file())) continue;
      std::ofstream(copy + name.substr(file().size()), std::ios::binary) << content;
    }
    return copy;
  }

 private:
  struct File {
    sqlite3_file base;
    const char* name;
    sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
  };
  static File* file_of(sqlite3_file* file) { return reinterpret_cast<File*>(file); }
  static const sqlite3_io_methods& real_methods(sqlite3_file* file) {
    return *file_of(file)->real()->pMethods;
  }

  static int open(sqlite3_vfs* /*vfs*/, const char* name, sqlite3_file* file, int flags, int* out_flags) {
    static const sqlite3_io_methods methods = passing_through();
    File* mine = file_of(file);
    mine->name = name;
    mine->base.pMethods = nullptr;
    const int status = disk_->real_->xOpen(disk_->real_, name, mine->real(), flags, out_flags);
    if (mine->real()->pMethods != nullptr) mine->base.pMethods = &methods;
    return status;
  }

  static int remove(sqlite3_vfs* /*vfs*/, const char* name, int sync_folder) {
    disk_->synced_.erase(name);
    return disk_->real_->xDelete(disk_->real_, name, sync_folder);
  }

  static int sync(sqlite3_file* file, int flags) {
    const int status = real_methods(file).xSync(file_of(file)->real(), flags);
    if (const char* name = file_of(file)->name; name != nullptr && status == SQLITE_OK) {
      std::ostringstream content;
      content << std::ifstream(name, std::ios::binary).rdbuf();
      disk_->synced_[name] = content.str();
    }
    return status;
  }

  // Version 1: with an exclusive lock SQLite needs no shared memory.
  static sqlite3_io_methods passing_through() {
    sqlite3_io_methods methods{};
    methods.iVersion = 1;
    methods.xClose = [](sqlite3_file* f) { return real_methods(f).xClose(file_of(f)->real()); };
    methods.xRead = [](sqlite3_file* f, void* to, int size, sqlite3_int64 at) {
      return real_methods(f).xRead(file_of(f)->real(), to, size, at);
    };
    methods.xWrite = [](sqlite3_file* f, const void* from, int size, sqlite3_int64 at) {
      return disk_->full_ ? SQLITE_FULL : real_methods(f).xWrite(file_of(f)->real(), from, size, at);
    };
    methods.xTruncate = [](sqlite3_file* f, sqlite3_int64 size) {
      return real_methods(f).xTruncate(file_of(f)->real(), size);
    };
    methods.xSync = sync;
    methods.xFileSize = [](sqlite3_file* f, sqlite3_int64* size) {
      return real_methods(f).xFileSize(file_of(f)->real(), size);
    };
    methods.xLock = [](sqlite3_file* f, int lock) { return real_methods(f).xLock(file_of(f)->real(), lock); };
    methods.xUnlock = [](sqlite3_file* f, int lock) {
      return real_methods(f).xUnlock(file_of(f)->real(), lock);
    };
    methods.xCheckReservedLock = [](sqlite3_file* f, int* out) {
      return real_methods(f).xCheckReservedLock(file_of(f)->real(), out);
    };
    methods.xFileControl = [](sqlite3_file* f, int op, void* argument) {
      return real_methods(f).xFileControl(file_of(f)->real(), op, argument);
    };
    methods.xSectorSize = [](sqlite3_file* f) { return real_methods(f).xSectorSize(file_of(f)->real()); };
    methods.xDeviceCharacteristics = [](sqlite3_file* f) {
      return real_methods(f).xDeviceCharacteristics(file_of(f)->real());
    };
    return methods;
  }

  static Disk* disk_;
  std::filesystem::path path_;
  sqlite3_vfs* real_ = nullptr;
  sqlite3_vfs shim_{};
  std::map<std::string, std::string> synced_;
  int cuts_ = 0;
  bool full_ = false;
};
Disk* Disk::disk_ = nullptr;

ledger::Batch batch_of(int number) {
  ledger::Batch batch;
  batch.account = "main";
  batch.added = {{static_cast<ledger::SeriesId>(number), "family", "", "", std::to_string(number)}};
  return batch;
}

std::size_t series_in(const std::string& path) {
  const auto store = SqliteLedgerStore::open(path);
  EXPECT_TRUE(store) << store.error().message;
  if (!store) return 0;
  const auto stored = (*store)->load("main", "");
  return stored ? stored->series.size() : 0;
}

TEST(PowerCut, TakesNothingThatWasCommitted) {
  Disk disk;
  const auto store = SqliteLedgerStore::open(disk.file());
  ASSERT_TRUE(store) << store.error().message;
  for (int number = 1; number <= 50; ++number) {
    ASSERT_TRUE((*store)->commit(std::vector{batch_of(number)}));
    ASSERT_EQ(series_in(disk.file_after_power_cut()), static_cast<std::size_t>(number));
  }
}

// That the disk of these tests does forget.
TEST(PowerCut, TakesWhatWasNotSynced) {
  Disk disk;
  { ASSERT_TRUE(SqliteLedgerStore::open(disk.file())); }
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open(disk.file().c_str(), &database), SQLITE_OK);
  ASSERT_EQ(
      sqlite3_exec(database,
                   "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
                   "INSERT INTO account VALUES (1, CAST('main' AS BLOB), '', 2, 0, 0);"
                   "INSERT INTO series VALUES (4294967297, 'family', '', '', 'record');",
                   nullptr, nullptr, nullptr),
      SQLITE_OK)
      << sqlite3_errmsg(database);
  EXPECT_EQ(series_in(disk.file_after_power_cut()), 0U);
  sqlite3_close(database);
}

TEST(FullDisk, StopsNoStart) {
  Disk disk;
  { ASSERT_TRUE((*SqliteLedgerStore::open(disk.file()))->commit(std::vector{batch_of(1)})); }
  disk.set_full(true);
  const auto store = SqliteLedgerStore::open(disk.file());
  ASSERT_TRUE(store) << store.error().message;
  EXPECT_THAT((*store)->load("main", "").error().message, testing::HasSubstr("full"));
  EXPECT_THAT((*store)->commit(std::vector{batch_of(2)}).error().message, testing::HasSubstr("full"));
  disk.set_full(false);
  EXPECT_EQ((*store)->load("main", "")->series.size(), 1U);
  EXPECT_TRUE((*store)->commit(std::vector{batch_of(2)}));
  EXPECT_EQ((*store)->load("main", "")->series.size(), 2U);
}

TEST(FullDisk, KeepsWhatWasCommitted) {
  Disk disk;
  const auto store = SqliteLedgerStore::open(disk.file());
  ASSERT_TRUE((*store)->commit(std::vector{batch_of(1)}));
  disk.set_full(true);
  EXPECT_FALSE((*store)->commit(std::vector{batch_of(2)}));
  EXPECT_EQ((*store)->load("main", "")->series.size(), 1U);
  disk.set_full(false);
  EXPECT_TRUE((*store)->commit(std::vector{batch_of(2)}));
  EXPECT_EQ((*store)->load("main", "")->series.size(), 2U);
}

}  // namespace
}  // namespace cpaas
