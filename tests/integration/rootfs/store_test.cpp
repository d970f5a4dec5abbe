// SPDX-License-Identifier: Apache-2.0
// The store among other processes, dead and alive.
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <utime.h>

#include <filesystem>
#include <thread>

#include "support.hpp"

using namespace slim;
using namespace slim::test;
using rootfs::Rootfs;
using rootfs::Store;

namespace {

std::vector<std::string> layers(const Scratch& scratch, int count) {
  scratch.shell("for i in $(seq " + std::to_string(count) +
                "); do mkdir -p s$i/d; for j in $(seq 50); do echo $i.$j > s$i/d/f$i.$j; done; "
                "tar -C s$i -cf $i.tar .; done");
  std::vector<std::string> tars;
  for (int i = 1; i <= count; ++i) tars.push_back(scratch.path(std::to_string(i) + ".tar"));
  return tars;
}

// Runs `work` in a process of its own; its result is the exit status.
pid_t in_child(const std::function<int()>& work) {
  const pid_t pid = ::fork();
  if (pid == 0) ::_exit(work());
  return pid;
}
int status_of(pid_t pid) {
  int status = 0;
  ::waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

// A layer whose stream stops in the middle, says so and waits to be killed or told to go on.
class HeldLayers : public image::LayerSource {
 public:
  HeldLayers(std::shared_ptr<image::LayerSource> inner, int say, int wait)
      : inner_(std::move(inner)), say_(say), wait_(wait) {}
  Result<std::unique_ptr<image::ByteStream>> open_layer(size_t index) override {
    SLIM_TRY(auto stream, inner_->open_layer(index));
    return std::unique_ptr<image::ByteStream>(
        std::make_unique<Held>(std::move(stream), say_, wait_));
  }

 private:
  class Held : public image::ByteStream {
   public:
    Held(std::unique_ptr<image::ByteStream> inner, int say, int wait)
        : inner_(std::move(inner)), say_(say), wait_(wait) {}
    Result<size_t> read(std::span<std::byte> into) override {
      if (++reads_ == 4) {
        char byte = 'x';
        if (::write(say_, &byte, 1) != 1 || ::read(wait_, &byte, 1) != 1)
          return fail(ErrorCode::internal, "no answer");
      }
      return inner_->read(into.first(std::min<size_t>(into.size(), 4096)));
    }
    Result<void> finish() override { return inner_->finish(); }

   private:
    std::unique_ptr<image::ByteStream> inner_;
    int say_, wait_;
    int reads_ = 0;
  };
  std::shared_ptr<image::LayerSource> inner_;
  int say_, wait_;
};

std::vector<std::string> names(const std::string& directory) {
  std::vector<std::string> found;
  for (const auto& each : std::filesystem::directory_iterator(directory))
    found.push_back(each.path().filename());
  return found;
}

}  // namespace

TEST_CASE("a layer is unpacked once, however many ask for it at a time") {
  need_root();
  const Scratch scratch;
  const auto tars = layers(scratch, 3);
  const auto work = [&] {
    auto store = Store::open(scratch.path("store"));
    if (!store) return 100;
    const auto opened = Rootfs::open(*store, image_of(tars), {}, nullptr);
    if (!opened || opened->index().entries().size() != 152) return 101;
    return static_cast<int>(opened->unpacked_layers());
  };
  std::vector<pid_t> children;
  for (int i = 0; i < 6; ++i) children.push_back(in_child(work));
  int unpacked = 0;
  for (const pid_t child : children) unpacked += status_of(child);
  CHECK(unpacked == 3);
  CHECK(names(scratch.path("store/layers")).size() == 3);
  CHECK(work() == 0);
}

TEST_CASE("kill -9 in the middle of unpacking leaves nothing that looks whole") {
  need_root();
  const Scratch scratch;
  const auto tars = layers(scratch, 1);
  Pipe says = *make_pipe(), waits = *make_pipe();
  const auto held_image = [&] {
    auto image = image_of(tars);
    image.source =
        std::make_shared<HeldLayers>(image.source, says.write.get(), waits.read.get());
    return image;
  };
  const auto unpack_held = [&] {
    auto store = Store::open(scratch.path("store"));
    return store && Rootfs::open(*store, held_image(), {}, nullptr) ? 0 : 1;
  };
  const pid_t child = in_child(unpack_held);
  char byte;
  REQUIRE(::read(says.read.get(), &byte, 1) == 1);
  const auto during = names(scratch.path("store/layers"));
  REQUIRE(during.size() == 1);
  CHECK(during[0].ends_with(".tmp"));

  SECTION("the next store removes it") {
    ::kill(child, SIGKILL);
    CHECK(status_of(child) == -SIGKILL);
    scratch.store();
    CHECK(names(scratch.path("store/layers")).empty());
  }
  SECTION("while it lives it is left alone, and others wait for it") {
    const pid_t other = in_child([&] {
      auto store = Store::open(scratch.path("store"));
      const auto opened = Rootfs::open(*store, image_of(tars), {}, nullptr);
      return opened ? static_cast<int>(opened->unpacked_layers()) : 100;
    });
    scratch.store();
    CHECK(names(scratch.path("store/layers")) == during);
    REQUIRE(::write(waits.write.get(), "x", 1) == 1);
    CHECK(status_of(child) == 0);
    CHECK(status_of(other) == 0);
  }
  SECTION("others take over when it dies") {
    const pid_t other = in_child([&] {
      auto store = Store::open(scratch.path("store"));
      const auto opened = Rootfs::open(*store, image_of(tars), {}, nullptr);
      return opened ? static_cast<int>(opened->unpacked_layers()) : 100;
    });
    ::kill(child, SIGKILL);
    CHECK(status_of(child) == -SIGKILL);
    CHECK(status_of(other) == 1);
    CHECK(names(scratch.path("store/layers")).size() == 1);
  }
}

TEST_CASE("a damaged index is made anew") {
  need_root();
  const Scratch scratch;
  const auto image = image_of(layers(scratch, 1));
  {
    Store store = scratch.store();
    REQUIRE(Rootfs::open(store, image, {}, nullptr));
  }
  scratch.shell("printf X | dd of=$(echo store/layers/*/index) bs=1 seek=200 conv=notrunc");
  Store store = scratch.store();
  const auto opened = Rootfs::open(store, image, {}, nullptr);
  REQUIRE(opened);
  CHECK(opened->unpacked_layers() == 1);
}

TEST_CASE("prune spares what is in use and what was used lately") {
  need_root();
  const Scratch scratch;
  const auto tars = layers(scratch, 3);
  Store store = scratch.store();
  {
    Store other = scratch.store();
    REQUIRE(Rootfs::open(other, image_of(tars), {}, nullptr));
  }
  REQUIRE(Rootfs::open(store, image_of({tars[0]}), {}, nullptr));
  const auto items = store.list();
  REQUIRE(items);
  REQUIRE(items->size() == 3);
  int in_use = 0;
  for (const auto& item : *items) {
    in_use += item.in_use;
    CHECK(item.files == 52);
    CHECK(item.bytes > 150);
    CHECK(item.last_used > ::time(nullptr) - 100);
  }
  CHECK(in_use == 1);
  const std::string used = image_of({tars[0]}).layers[0].diff_id.hex;
  const std::string old = image_of({tars[1]}).layers[0].diff_id.hex;
  const utimbuf long_ago{0, ::time(nullptr) - 1000};
  REQUIRE(::utime(scratch.path("store/locks/sha256-" + old + ".use").c_str(), &long_ago) == 0);
  CHECK(*store.prune(500) > 0);
  CHECK(names(scratch.path("store/layers")).size() == 2);
  CHECK(*store.prune(0) > 0);
  CHECK(names(scratch.path("store/layers")) == std::vector<std::string>{"sha256-" + used});
  CHECK(*store.prune(0) == 0);
  CHECK(names(scratch.path("store/locks")).size() == 2);  // the used one's

  REQUIRE(store.forget(image_of({tars[0]}).layers[0].diff_id));
  CHECK(names(scratch.path("store/layers")).empty());
}

TEST_CASE("forget does not take a layer from another process") {
  need_root();
  const Scratch scratch;
  const auto image = image_of(layers(scratch, 1));
  Store store = scratch.store(), other = scratch.store();
  REQUIRE(Rootfs::open(store, image, {}, nullptr));
  REQUIRE(Rootfs::open(other, image, {}, nullptr));
  REQUIRE(store.forget(image.layers[0].diff_id));
  CHECK(names(scratch.path("store/layers")).size() == 1);
}

TEST_CASE("a layer is forgotten while others open the store") {
  need_root();
  const Scratch scratch;
  const auto image = image_of(layers(scratch, 1));
  const auto forget = [&] {
    for (int round = 0; round < 60; ++round) {
      auto store = Store::open(scratch.path("store"));
      if (!store || !Rootfs::open(*store, image, {}, nullptr)) return 1;
      if (!store->forget(image.layers[0].diff_id)) return 2;
    }
    return 0;
  };
  std::atomic<bool> done{false};
  std::vector<pid_t> children;
  for (int i = 0; i < 3; ++i) children.push_back(in_child(forget));
  std::thread opener([&] {
    std::string failed;
    while (!done) {
      auto store = Store::open(scratch.path("store"));
      if (!store && failed.empty()) failed = store.error().text();
    }
    CHECK(failed == "");
  });
  for (const pid_t child : children) CHECK(status_of(child) == 0);
  done = true;
  opener.join();
  CHECK(names(scratch.path("store/layers")).empty());
}

TEST_CASE("runs clean up after themselves and after the dead") {
  need_root();
  const Scratch scratch;
  Store store = scratch.store();
  std::string own;
  {
    const auto run = store.new_run();
    REQUIRE(run);
    own = run->directory();
    CHECK(std::filesystem::is_directory(own));
    CHECK(run->id().starts_with("slim-"));
  }
  CHECK(names(scratch.path("store/runs")).empty());

  const auto alive = store.new_run();
  REQUIRE(alive);
  Pipe says = *make_pipe();
  const pid_t child = in_child([&] {
    auto run = store.new_run();
    if (!run) return 1;
    (void)make_directories(run->directory() + "/upper/x");
    if (::write(says.write.get(), run->id().data(), 17) != 17) return 2;
    ::pause();
    return 0;
  });
  std::string id(17, '\0');
  REQUIRE(::read(says.read.get(), id.data(), id.size()) == 17);
  std::vector<std::string> cleaned;
  const auto clean = [&](const std::string& name, const std::string& directory) {
    CHECK(directory == store.directory() + "/runs/" + name);
    CHECK(std::filesystem::is_directory(directory));
    cleaned.push_back(name);
  };
  REQUIRE(store.collect_stale_runs(clean));
  CHECK(cleaned.empty());
  ::kill(child, SIGKILL);
  status_of(child);
  REQUIRE(store.collect_stale_runs(clean));
  CHECK(cleaned == std::vector<std::string>{id});
  CHECK(std::filesystem::is_directory(alive->directory()));
  CHECK(names(scratch.path("store/runs")).size() == 2);  // the living one and its lock
}

TEST_CASE("a full disk is said to be full, and nothing half-written stays") {
  need_root();
  REQUIRE(rootfs::enter_private_mount_namespace());
  const Scratch scratch;
  scratch.shell("mkdir small src; mount -t tmpfs -o size=2m none small; "
                "head -c 1M /dev/urandom > src/a; head -c 4M /dev/urandom > src/b; "
                "tar -C src -cf big.tar a b; tar -C src -cf fits.tar a");
  {
    auto store = Store::open(scratch.path("small/store"));
    REQUIRE(store);
    const auto failed = Rootfs::open(*store, image_of({scratch.path("big.tar")}), {}, nullptr);
    CHECK(error_text(failed) != "no error");
    CHECK(failed.error().code() == ErrorCode::no_space);
    CHECK(names(scratch.path("small/store/layers")).empty());
    CHECK(Rootfs::open(*store, image_of({scratch.path("fits.tar")}), {}, nullptr));
  }
  scratch.shell("umount small");
}

TEST_CASE("waiting for another process can be interrupted") {
  need_root();
  const Scratch scratch;
  const auto tars = layers(scratch, 1);
  Store store = scratch.store();
  const std::string lock =
      scratch.path("store/locks/sha256-" + image_of(tars).layers[0].diff_id.hex + ".unpack");
  const Fd held = *open_file(lock, O_RDWR | O_CREAT, 0600);
  REQUIRE(::flock(held.get(), LOCK_EX) == 0);
  Pipe says = *make_pipe();
  const pid_t child = in_child([&] {
    auto interrupt = Interrupt::install();
    auto own = Store::open(scratch.path("store"));
    // The first thing to be done once handlers are there; whether the signal comes before or while
    // the lock is waited for, the answer is the same.
    if (::write(says.write.get(), "x", 1) != 1) return 2;
    const auto result = Rootfs::open(*own, image_of(tars), *interrupt, nullptr);
    return result ? 1 : result.error().code() == ErrorCode::interrupted ? 42 : 3;
  });
  char byte;
  REQUIRE(::read(says.read.get(), &byte, 1) == 1);
  ::kill(child, SIGTERM);
  CHECK(status_of(child) == 42);
}

TEST_CASE("nobody else may look into the store") {
  need_root();
  const Scratch scratch;
  scratch.shell("mkdir -p -m 777 store/layers store/runs");
  Store store = scratch.store();
  for (const char* part : {"layers", "locks", "runs"}) {
    struct stat status;
    REQUIRE(::stat(scratch.path(std::string("store/") + part).c_str(), &status) == 0);
    CHECK((status.st_mode & 077) == 0);
  }
  scratch.shell("chown 1234 store/layers");
  CHECK(Store::open(scratch.path("store")).error().code() == ErrorCode::permission);
}

TEST_CASE("an ordinary user gets the whole index and the contents, but no mount") {
  need_root();
  const Scratch scratch;
  scratch.shell("mkdir src; cd src; echo x > secret; chmod 0 secret; mkdir shut; echo y > shut/y; "
                "chmod 0 shut; mknod null c 1 3; ln null null2; mknod gone c 0 0; cp /bin/true t; "
                "chown 1:2 t; chmod 4755 t; setcap cap_chown+ep t; setfattr -n trusted.x -v 1 t; "
                "tar --xattrs --xattrs-include='*' -cf ../x.tar .; chmod 755 shut; "
                "mkdir ../user; chown 65534 ../user; chmod 711 ..; chmod 644 ../x.tar");
  const auto image = image_of({scratch.path("x.tar")});
  const pid_t child = in_child([&] {
    if (::setresgid(65534, 65534, 65534) != 0 || ::setresuid(65534, 65534, 65534) != 0) return 100;
    auto store = Store::open(scratch.path("user/store"));
    if (!store) return 101;
    const auto opened = Rootfs::open(*store, image, {}, nullptr);
    if (!opened) return 102;
    const auto& index = opened->index();
    const auto* tool = index.find("t");
    if (tool == nullptr || tool->uid != 1 || tool->mode != 04755 || tool->xattrs.size() != 2)
      return 103;
    if (index.find("null2") == nullptr || index.find("gone") != nullptr) return 104;
    for (const char* path : {"secret", "shut/y", "t"})
      if (!opened->open_content(*index.find(path))) return 105;
    auto run = store->new_run();
    const auto mounted = opened->mount(run->directory());
    return !mounted && mounted.error().code() == ErrorCode::permission ? 0 : 106;
  });
  CHECK(status_of(child) == 0);
  // Root does not trust what was unpacked without its rights.
  scratch.shell("chown -R 0:0 user");
  auto store = Store::open(scratch.path("user/store"));
  REQUIRE(store);
  CHECK(Rootfs::open(*store, image, {}, nullptr)->unpacked_layers() == 1);
}
