// SPDX-License-Identifier: Apache-2.0
// Unpacked layers against what GNU tar makes of the same bytes, and tars that mean harm.
#include <filesystem>

#include "support.hpp"

using namespace slim;
using namespace slim::test;
using rootfs::Rootfs;
using rootfs::Store;

namespace {

// One of everything a layer can hold.
constexpr const char* kMakeTree = R"(
mkdir -p src/dir/sub src/sticky src/setgid src/acl; cd src
printf 'hello\n' > dir/file; ln dir/file dir/sub/hard; ln dir/file aaa-hard
ln -s dir/file soft; ln -s /nowhere/at/all dangling; ln soft soft-hard
mkfifo fifo; mknod char c 1 3; mknod block b 7 42
printf 'suid' > suid; chown 1000:2000 suid dir/sub; chmod 6755 suid
chown -h 4294967294:3000000 soft
chmod 1777 sticky; chown 0:50 setgid; chmod 2775 setgid; printf x > setgid/inherits-nothing
cp /bin/true caps; chown 5:5 caps; setcap cap_net_bind_service,cap_net_raw+ep caps
setfattr -n user.note -v 'some text' dir/file; setfattr -n user.dir -v 1 dir
setfattr -n trusted.kept -v yes dir
setfacl -m u:1234:rwx,g:77:r-- acl; setfacl -d -m u:1234:rwx acl; printf acl > acl/no-acl
setfacl -m u:5:r suid
truncate -s 8M sparse
printf 'in the middle' | dd of=sparse bs=1 seek=5000000 conv=notrunc 2>/dev/null
printf '' > empty; mkdir no-access; chmod 0 no-access; printf secret > no-access/file
chmod 0 no-access/file
printf odd > $'new\nline'; printf odd > $'not-utf8-\xff\xfe'; mkdir 'with space'
long=$(printf 'n%.0s' $(seq 255)); mkdir -p $long/$long; printf long > $long/$long/$long
touch -h -d '1969-12-31 23:59:58.25 UTC' soft; touch -d '2033-05-18 03:33:20.123456789 UTC' dir/file
touch -d '2001-01-01 UTC' dir/sub dir sticky acl fifo char block no-access .
cd ..
)";

constexpr const char* kTar =
    "tar --format=posix --xattrs --xattrs-include='*' --acls --numeric-owner --sparse "
    "--sort=name -C src -cf layer.tar .";

}  // namespace

TEST_CASE("a layer on disk is what GNU tar unpacks, attribute for attribute") {
  need_root();
  const Scratch scratch;
  scratch.shell(kMakeTree);
  scratch.shell(kTar);
  scratch.shell(
      "mkdir tar && tar --xattrs --xattrs-include='*' --acls --numeric-owner -p -C tar "
      "-xf layer.tar");
  Store store = scratch.store();
  const auto opened = Rootfs::open(store, image_of({scratch.path("layer.tar")}), {}, nullptr);
  INFO(error_text(opened));
  REQUIRE(opened);
  CHECK(opened->unpacked_layers() == 1);
  const std::string diff = scratch.shell("echo store/layers/*/diff");
  const std::string unpacked = diff.substr(0, diff.size() - 1);
  const std::string golden = describe(scratch, "tar");
  CHECK(difference(scratch, describe(scratch, unpacked), golden) == "");
  CHECK(difference(scratch, describe(scratch, "src"), golden) == "");
  scratch.shell("test $(du -k store/layers/*/diff/sparse | cut -f1) -lt 100");

  SECTION("the index says the same") {
    const auto& index = opened->index();
    const auto* caps = index.find("caps");
    REQUIRE(caps != nullptr);
    CHECK(caps->xattrs.count("security.capability") == 1);
    CHECK(index.find("suid")->mode == 06755);
    CHECK(index.find("soft")->uid == 4294967294);
    CHECK(index.find("soft")->mtime == image::Timestamp{-2, 250'000'000});
    CHECK(index.peers(*index.find("aaa-hard")).size() == 3);
    CHECK(index.peers(*index.find("soft")).size() == 2);
    CHECK(index.find("acl")->xattrs.count("system.posix_acl_default") == 1);
    CHECK(index.find("block")->device_minor == 42);
  }
  SECTION("walking the directory gives what the tar gave") {
    image::Image in_place = image_of({scratch.path("layer.tar")});
    in_place.layers[0].directory = scratch.path("src");
    const auto walked = Rootfs::open(store, in_place, {}, nullptr);
    INFO(error_text(walked));
    REQUIRE(walked);
    REQUIRE(walked->index().entries().size() == opened->index().entries().size());
    for (const auto& [path, entry] : opened->index().entries()) {
      INFO(path);
      const auto* other = walked->index().find(path);
      REQUIRE(other != nullptr);
      CHECK(static_cast<const image::Entry&>(*other) == static_cast<const image::Entry&>(entry));
    }
    CHECK(walked->unpacked_layers() == 0);
  }
  SECTION("mounted, it looks the same, and changes go elsewhere") {
    REQUIRE(rootfs::enter_private_mount_namespace());
    auto run = store.new_run();
    REQUIRE(run);
    {
      auto tree = opened->mount(run->directory());
      INFO(error_text(tree));
      REQUIRE(tree);
      CHECK(difference(scratch, describe(scratch, tree->path()), golden) == "");
      CHECK(scratch.shell("getcap " + tree->path() + "/caps").find("cap_net_bind_service") !=
            std::string::npos);
      scratch.shell("cd " + tree->path() + " && echo changed > dir/file && rm suid && touch new");
      CHECK(difference(scratch, describe(scratch, unpacked), golden) == "");
    }
    CHECK(scratch.shell("grep -c " + run->directory() + " /proc/self/mountinfo || true") == "0\n");
  }
  SECTION("contents are the original ones") {
    const auto* entry = opened->index().find("no-access/file");
    REQUIRE(entry != nullptr);
    const auto content = opened->open_content(*entry);
    REQUIRE(content);
    CHECK(*read_all(*content, "content") == "secret");
    CHECK_FALSE(opened->open_content(*opened->index().find("fifo")));
    scratch.shell("truncate -s 99 store/layers/*/diff/no-access/file");
    CHECK(opened->open_content(*entry).error().code() == ErrorCode::io);
    scratch.shell("cd store/layers/*/diff/no-access; rm file; ln -s /etc/passwd file");
    CHECK_FALSE(opened->open_content(*entry));
  }
}

namespace {

// Tars from Python's tarfile, which writes whatever it is told to: each body adds with
// put(name, type, link=, data=, pax=, **fields).
std::vector<std::string> evil_tars(const Scratch& scratch, const std::vector<std::string>& bodies) {
  std::string script = R"(
import io, tarfile
def put(name, type='0', link='', data=b'', pax=None, **fields):
    i = tarfile.TarInfo(name); i.type = type.encode(); i.linkname = link; i.size = len(data)
    i.mode = 0o755
    for k, v in fields.items(): setattr(i, k, v)
    if pax: i.pax_headers = pax
    t.addfile(i, io.BytesIO(data))
)";
  std::vector<std::string> tars;
  for (const std::string& body : bodies) {
    const std::string name = "evil" + std::to_string(tars.size()) + ".tar";
    script += "t = tarfile.open('" + name + "', 'w', format=tarfile.PAX_FORMAT)\n" + body +
              "\nt.close()\n";
    tars.push_back(scratch.path(name));
  }
  REQUIRE(write_file_atomically(scratch.path("evil.py"), script));
  scratch.shell("python3 evil.py");
  return tars;
}

Result<Rootfs> open_evil(const Scratch& scratch, Store& store, const std::string& body) {
  return Rootfs::open(store, image_of(evil_tars(scratch, {body})), {}, nullptr);
}

}  // namespace

TEST_CASE("hostile layers are refused, and nothing outside is touched") {
  need_root();
  const Scratch scratch;
  Store store = scratch.store();
  scratch.shell("mkdir outside; printf safe > outside/file");
  const std::string outside = scratch.path("outside");
  const std::vector<std::pair<std::string, std::string>> cases{
      {"put('../outside/x')", "'..'"},
      {"put('a/../../outside/x')", "'..'"},
      {"put('x', '1', '../outside/file')", "'..'"},
      {"put('x', '1', 'missing')", "does not have"},
      {"put('d', '5'); put('x', '1', 'd')", "directory"},
      {"put('l', '2', '" + outside + "'); put('l/file', data=b'evil')", "does not have"},
      {"put('l', '2', '../../../../../.." + outside + "'); put('l/new')", "does not have"},
      {"put('l', '2', '/'); put('l/l/l/../x')", "'..'"},
      {"put('l', '2', '" + outside + "'); put('x', '1', 'l/file')", "does not have"},
      {"put('l', '2', 'l'); put('l/x')", "not a directory"},
      {"put('f'); put('f/x')", "not a directory"},
      {"put('.wh.')", "names no file"},
      {"put('a/.wh...')", "names no file"},
      {"put('a/.wh.b/c')", "below a whiteout"},
      {"put('n' * 256)", "too long"},
      {"put('x', uid=2**32 - 1)", "not an owner"},
      {"put('x', pax={'SCHILY.xattr.trusted.overlay.opaque': 'y'})", "trusted.overlay."},
      {"put('x', '5', pax={'SCHILY.xattr.trusted.overlay.redirect': '/'})", "trusted.overlay."},
      {"put('x', 'Z')", "unknown type"},
      {"put('x', '3', devmajor=5000, devminor=1)", "device number"},
  };
  std::vector<std::string> bodies;
  for (const auto& [body, why] : cases) bodies.push_back(body);
  const auto tars = evil_tars(scratch, bodies);
  for (size_t i = 0; i < cases.size(); ++i) {
    INFO(cases[i].first);
    const auto result = Rootfs::open(store, image_of({tars[i]}), {}, nullptr);
    CHECK_THAT(error_text(result), Catch::Contains(cases[i].second));
    if (!result) CHECK(result.error().code() == ErrorCode::image);
    CHECK(*read_file(outside + "/file") == "safe");
    CHECK(std::filesystem::is_empty(store.directory() + "/layers"));
  }
  CHECK(scratch.shell("ls outside") == "file\n");
}

TEST_CASE("odd layers that engines take are taken, inside the layer") {
  need_root();
  const Scratch scratch;
  Store store = scratch.store();
  const auto opened = open_evil(scratch, store, R"(
put('/abs/x', data=b'1')
put('usr/bin', '5'); put('bin', '2', '/usr/bin'); put('bin/tool', data=b'tool')
put('twice', data=b'long first'); put('twice', data=b'2nd')
put('was-dir/x'); put('was-dir', data=b'file')
put('was-link', '2', 'usr'); put('was-link', '5'); put('was-link/y')
put('self'); put('self', '1', 'self')
put('one', data=b'one'); put('two', '1', '/one'); put('one', data=b'other')
put('.wh..wh.plnk/12.34', data=b'aufs'); put('.wh..wh.aufs')
put('gone', '3', devmajor=0, devminor=0)
put('huge', pax={'GNU.sparse.major': '1', 'GNU.sparse.minor': '0', 'GNU.sparse.name': 'huge',
  'GNU.sparse.realsize': str(1 << 40)}, data=(b'1\n0\n1\n').ljust(512, b'\0') + b'x')
)");
  INFO(error_text(opened));
  REQUIRE(opened);
  const auto& index = opened->index();
  CHECK(index.find("abs/x") != nullptr);
  CHECK(index.find("usr/bin/tool") != nullptr);
  CHECK(index.find("bin/tool") == nullptr);
  CHECK(index.find("twice")->size == 3);
  CHECK(index.find("was-dir")->type == image::EntryType::file);
  CHECK(index.find("was-dir/x") == nullptr);
  CHECK(index.find("was-link/y") != nullptr);
  CHECK(index.find("two")->size == 3);
  CHECK(index.find("two")->link_group == 0);
  CHECK(index.find(".wh..wh.aufs") == nullptr);
  CHECK(index.find("gone") == nullptr);
  CHECK(index.find("huge")->size == 1ull << 40);
  for (const auto& [path, entry] : index.entries()) {
    INFO(path);
    if (entry.type == image::EntryType::file) CHECK(opened->open_content(entry));
  }
  CHECK(scratch.shell("cat store/layers/*/diff/{twice,one,two,usr/bin/tool}") == "2ndotheronetool");
}

TEST_CASE("very deep trees are unpacked and removed") {
  need_root();
  const Scratch scratch;
  Store store = scratch.store();
  const auto opened = open_evil(scratch, store, R"(
deep = '/'.join(['d' * 100] * 120)
put(deep, '5'); put(deep + '/file', data=b'deep')
)");
  INFO(error_text(opened));
  REQUIRE(opened);
  const auto& last = opened->index().entries().rbegin()->second;
  CHECK(last.path.size() > 12'000);
  const auto content = opened->open_content(last);
  REQUIRE(content);
  CHECK(*read_all(*content, "content") == "deep");
}

TEST_CASE("a wrong digest leaves nothing behind") {
  need_root();
  const Scratch scratch;
  Store store = scratch.store();
  scratch.shell("mkdir src; echo x > src/x; tar -C src -cf good.tar .");
  auto image = image_of({scratch.path("good.tar")});
  scratch.shell("echo y > src/x; tar -C src -cf good.tar .");
  CHECK_THAT(error_text(Rootfs::open(store, image, {}, nullptr)), Catch::Contains("wrong digest"));
  CHECK(scratch.shell("ls store/layers").empty());
}

TEST_CASE("paths longer than the kernel takes are unpacked") {
  need_root();
  const Scratch scratch;
  scratch.shell(R"(python3 - <<'END'
import io, tarfile
with tarfile.open('deep.tar', 'w', format=tarfile.PAX_FORMAT) as tar:
    path = '/'.join(str(depth) + 'd' * 99 for depth in range(50))
    for name in (path + '/f', path + '/g'):
        file = tarfile.TarInfo(name)
        file.size = 3
        tar.addfile(file, io.BytesIO(b'hi\n'))
    link = tarfile.TarInfo(path + '/h')
    link.type, link.linkname = tarfile.LNKTYPE, path + '/f'
    tar.addfile(link)
END)");
  std::string deep;
  for (int depth = 0; depth < 50; ++depth)
    deep += std::to_string(depth) + std::string(99, 'd') + "/";
  Store store = scratch.store();
  const auto opened = Rootfs::open(store, image_of({scratch.path("deep.tar")}), {}, nullptr);
  REQUIRE(opened);
  for (const char* name : {"f", "g", "h"}) {
    const auto* entry = opened->index().find(deep + name);
    REQUIRE(entry != nullptr);
    const auto content = opened->open_content(*entry);
    REQUIRE(content);
    char bytes[4] = {};
    CHECK(::read(content->get(), bytes, sizeof bytes) == 3);
    CHECK(std::string(bytes) == "hi\n");
  }
  // find(1) descends step by step, so it sees what no path names.
  CHECK(scratch.shell("find store/layers -name h -links 2 | wc -l") == "1\n");
  CHECK(scratch.shell("find store/layers -type f -name '[fgh]' | wc -l") == "3\n");
}
