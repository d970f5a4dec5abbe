// SPDX-License-Identifier: Apache-2.0
// The index against what overlayfs shows of the same layers.
#include <sys/stat.h>
#include <sys/utsname.h>

#include "rootfs/overlay.hpp"
#include "support.hpp"

using namespace slim;
using namespace slim::test;
using rootfs::Rootfs;
using rootfs::Store;

namespace {

// Every path of the index is in the mounted tree with these attributes, and nothing else is.
void check_same(const Scratch& scratch, const Rootfs& opened, const std::string& tree) {
  std::string expected;
  for (const auto& [path, entry] : opened.index().entries()) {
    INFO(path);
    struct stat status;
    REQUIRE(::lstat((tree + "/" + path).c_str(), &status) == 0);
    CHECK((status.st_mode & 07777) == entry.mode);
    CHECK(status.st_uid == entry.uid);
    CHECK(status.st_gid == entry.gid);
    CHECK(status.st_mtim.tv_sec == entry.mtime.seconds);
    CHECK(static_cast<uint32_t>(status.st_mtim.tv_nsec) == entry.mtime.nanoseconds);
    CHECK(S_ISDIR(status.st_mode) == (entry.type == image::EntryType::directory));
    if (entry.type == image::EntryType::file) {
      CHECK(static_cast<uint64_t>(status.st_size) == entry.size);
      const auto content = opened.open_content(entry);
      REQUIRE(content);
      CHECK(*read_all(*content, path) == *read_file(tree + "/" + path));
    }
  }
  CHECK(scratch.shell("find " + tree + " | wc -l") ==
        std::to_string(opened.index().entries().size()) + "\n");
}

// "lowerdir+" came with Linux 6.5.
bool has_layer_options() {
  utsname name;
  int major = 0, minor = 0;
  REQUIRE(::uname(&name) == 0);
  REQUIRE(std::sscanf(name.release, "%d.%d", &major, &minor) == 2);
  return major > 6 || (major == 6 && minor >= 5);
}

std::vector<std::string> three_layers(const Scratch& scratch) {
  scratch.shell(R"(
mkdir -p a/{etc,var/cache/deep,opt/app,tmp,replaced,whited} && cd a
echo 1 > etc/one; echo 2 > etc/two; echo 3 > var/cache/deep/x; echo 4 > opt/app/bin
echo 5 > replaced/x; echo 6 > whited/x; echo 7 > file; ln file hard; ln -s etc link
chmod 1777 tmp; chown 33:33 opt/app; touch -d '2001-01-01 UTC' tmp opt/app var/cache .; chmod 711 .
tar --sort=name --numeric-owner -cf ../1.tar . && cd ..
mkdir -p b/{etc,var/cache,file} && cd b
touch etc/.wh.one .wh.whited var/cache/.wh..wh..opq .wh.hard; echo new > var/cache/fresh
echo in > file/in; echo now-a-file > replaced
tar --sort=name --numeric-owner -cf ../2.tar etc var .wh.whited .wh.hard file replaced && cd ..
mkdir -p c/{tmp,opt/app,whited,link/below,brand/new} && cd c
echo t > tmp/t; echo o > opt/app/other; echo w > whited/y
echo l > link/below/z; echo n > brand/new/n
tar --no-recursion -cf ../3.tar tmp/t opt/app/other whited whited/y link/below/z brand/new/n
cd ..
)");
  return {scratch.path("1.tar"), scratch.path("2.tar"), scratch.path("3.tar")};
}

}  // namespace

TEST_CASE("index and mount agree about whiteouts, replacements and implied directories") {
  need_root();
  REQUIRE(rootfs::enter_private_mount_namespace());
  const Scratch scratch;
  Store store = scratch.store();
  const auto opened = Rootfs::open(store, image_of(three_layers(scratch)), {}, nullptr);
  INFO(error_text(opened));
  REQUIRE(opened);
  auto run = store.new_run();
  REQUIRE(run);
  auto tree = opened->mount(run->directory());
  INFO(error_text(tree));
  REQUIRE(tree);
  check_same(scratch, *opened, tree->path());
  const auto& index = opened->index();
  CHECK(index.find("tmp")->mode == 01777);
  CHECK(index.find("opt/app")->uid == 33);
  CHECK(index.find("")->mode == 0711);
  CHECK(index.find("etc/one") == nullptr);
  CHECK(index.find("whited/x") == nullptr);
  CHECK(index.find("whited/y") != nullptr);
  CHECK(index.find("var/cache/deep") == nullptr);
  CHECK(index.find("hard") == nullptr);
  CHECK(index.find("brand")->mtime == image::Timestamp{});

  SECTION("umoci makes the same tree") {
    if (!find_program("umoci")) return;
    scratch.shell(
        "umoci init --layout oci && umoci new --image oci:t && "
        "for i in 1 2 3; do umoci raw add-layer --image oci:t $i.tar; done; "
        "umoci unpack --image oci:t bundle");
    // It gives implied directories today's time, and where a layer has files below what is a
    // symlink in the layer below it follows the symlink; Docker, which unpacks one layer at a
    // time, has a directory in the symlink's place.
    const auto names = [&](const std::string& root) {
      return scratch.shell("cd " + root + " && find . -printf '%P %y %s\\n' | grep -v ' d ' | "
                           "grep -v -e below/z -e '^link' | sort; "
                           "find . -type d ! -name link ! -name below -printf '%P %m %U:%G\\n' | "
                           "sort");
    };
    CHECK(names("bundle/rootfs") == names(tree->path()));
  }
}

TEST_CASE("an engine's own layer directories are understood as they are") {
  need_root();
  REQUIRE(rootfs::enter_private_mount_namespace());
  const Scratch scratch;
  Store store = scratch.store();
  const auto tars = three_layers(scratch);
  const auto unpacked = Rootfs::open(store, image_of(tars), {}, nullptr);
  REQUIRE(unpacked);
  image::Image in_place = image_of(tars);
  for (size_t i = 0; i < 3; ++i)
    in_place.layers[i].directory =
        scratch.path("store/layers/sha256-" + in_place.layers[i].diff_id.hex + "/diff");
  const auto opened = Rootfs::open(store, in_place, {}, nullptr);
  INFO(error_text(opened));
  REQUIRE(opened);
  // A directory on disk has attributes, so what was implied in the tar is explicit here.
  const auto paths = [](const Rootfs& rootfs) {
    std::vector<std::string> all;
    for (const auto& [path, entry] : rootfs.index().entries()) all.push_back(path);
    return all;
  };
  CHECK(paths(*opened) == paths(*unpacked));
  auto run = store.new_run();
  auto tree = opened->mount(run->directory());
  REQUIRE(tree);
  check_same(scratch, *opened, tree->path());

  scratch.shell("setfattr -n trusted.overlay.redirect -v /etc store/layers/*/diff/opt");
  CHECK(Rootfs::open(store, in_place, {}, nullptr).error().code() == ErrorCode::unsupported);
}

TEST_CASE("many layers, repeated layers, no layers, and paths with colons and commas") {
  need_root();
  REQUIRE(rootfs::enter_private_mount_namespace());
  const Scratch scratch;
  auto opened_store = Store::open(scratch.path("st:o,re=\\ " + std::string(200, 'x')));
  REQUIRE(opened_store);
  Store& store = *opened_store;
  scratch.shell("mkdir -p d/dir; cd d; for i in $(seq 130); do echo $i > dir/f$i; echo $i > same; "
                "tar --sort=name -cf ../$i.tar dir/f$i same; done");
  std::vector<std::string> tars;
  for (int i = 1; i <= 130; ++i) tars.push_back(scratch.path(std::to_string(i) + ".tar"));
  tars.push_back(tars[4]);
  const auto opened = Rootfs::open(store, image_of(tars), {}, nullptr);
  INFO(error_text(opened));
  REQUIRE(opened);
  const auto check_tree = [&](const std::string& root) {
    CHECK(scratch.shell("cat '" + root + "/same'; ls '" + root + "/dir' | wc -l") == "5\n130\n");
  };
  {
    auto run = store.new_run();
    REQUIRE(run);
    auto tree = opened->mount(run->directory());
    INFO(error_text(tree));
    REQUIRE(tree);
    check_tree(tree->path());
  }
  // Both ways to mount, whichever of them mount() took.
  const auto image = image_of(tars);
  for (const bool classic : {false, true}) {
    INFO((classic ? "mount(2)" : "fsconfig(2)"));
    auto run = store.new_run();
    REQUIRE(run);
    rootfs::OverlayRequest request{{}, run->directory()};
    for (const char* name : {"upper", "work", "rootfs"})
      REQUIRE(make_directories(run->directory() + "/" + name));
    for (size_t i = 131; i-- > 0;)
      if (i != 4)  // the last is the same
        request.lower.push_back(store.directory() + "/layers/sha256-" +
                                image.layers[i].diff_id.hex + "/diff");
    const auto mounted = classic ? rootfs::mount_overlay_classic(request)
                                 : rootfs::mount_overlay(request);
    INFO(error_text(mounted));
    if (!mounted && !classic && !has_layer_options()) continue;
    REQUIRE(mounted);
    check_tree(run->directory() + "/rootfs");
    scratch.shell("umount '" + run->directory() + "/rootfs'");
  }
  const auto none = Rootfs::open(store, image_of({}), {}, nullptr);
  REQUIRE(none);
  auto run = store.new_run();
  auto tree = none->mount(run->directory());
  INFO(error_text(tree));
  REQUIRE(tree);
  scratch.shell("test -z \"$(ls '" + tree->path() + "')\" && touch '" + tree->path() + "/x'");
}
