// SPDX-License-Identifier: Apache-2.0
#include "cli/output.hpp"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <iterator>

#include "slim/base/path.hpp"

namespace slim::cli {

namespace {

constexpr std::string_view kFiles[] = {
    "image.tar",   "seccomp.json",     "ports.json",   "network.json",
    "trace.json",  "report.json",      "keepset.json", "levels.json",
    "tree.json",   "confinement.json", "run.sh",       "compose.yaml",
    "spo.yaml",    "kubernetes.yaml",  "apparmor.profile"};
constexpr std::string_view kLogs[] = {"container.log", "verify.log"};
// Those of which people have their own under these names.
constexpr std::string_view kDeployment[] = {"run.sh", "compose.yaml", "kubernetes.yaml"};
// What a later run may go on from; it says itself what it is of.
constexpr std::string_view kKept[] = {"minimize.json"};
constexpr std::string_view kStaging = ".slim-staging";

// The staging directory and AtomicFile's temporary names of slim's own files.
bool is_leftover(std::string_view name) {
  const auto is_temporary_of = [&](std::string_view file) {
    return name.size() == file.size() + 8 && name[0] == '.' && name.substr(1).starts_with(file);
  };
  return name.starts_with(kStaging) ||
         std::any_of(std::begin(kFiles), std::end(kFiles), is_temporary_of) ||
         std::any_of(std::begin(kKept), std::end(kKept), is_temporary_of);
}

bool is_same_as_one(const std::string& path, const std::vector<std::string>& files) {
  struct stat here {}, there {};
  if (::stat(path.c_str(), &here) != 0) return false;
  return std::any_of(files.begin(), files.end(), [&](const std::string& file) {
    return ::stat(file.c_str(), &there) == 0 && here.st_dev == there.st_dev &&
           here.st_ino == there.st_ino;
  });
}

// Nothing is lost that slim cannot make again.
Result<void> require_own(const std::string& directory, const Output::Inputs& inputs) {
  for (const auto name : kFiles) {
    const std::string path = join_path(directory, name);
    if (is_same_as_one(path, inputs.read_later))
      return fail(ErrorCode::usage, path + " is read by this run and would be replaced by its result; "
                                           "choose another directory with --output");
  }
  for (const auto name : kDeployment) {
    const std::string path = join_path(directory, name);
    const auto text = read_file(path);
    if (text && text->find("# By slim") == text->npos)
      return fail(ErrorCode::usage, path + " was not written by slim and would be replaced; choose "
                                           "another directory with --output");
  }
  return {};
}

// What a run that was killed left behind; the lock says that nobody uses it any more.
Result<void> remove_leftovers(const std::string& directory, const Output::Inputs& inputs) {
  for (const auto name : kFiles) {
    const std::string path = join_path(directory, name);
    if (!is_same_as_one(path, inputs.traces)) SLIM_CHECK(remove_tree(path));
  }
  for (const auto name : kLogs) SLIM_CHECK(remove_tree(join_path(directory, name)));
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(directory, error))
    if (is_leftover(entry.path().filename().native()))
      SLIM_CHECK(remove_tree(entry.path().native()));
  return {};
}

}  // namespace

Result<NewDirectories> NewDirectories::make(const std::string& path) {
  namespace fs = std::filesystem;
  std::vector<std::string> made;
  std::error_code error;
  for (fs::path missing = path;
       !missing.empty() && fs::symlink_status(missing, error).type() == fs::file_type::not_found;
       missing = missing.parent_path())
    made.push_back(missing.native());
  NewDirectories directories(std::move(made));
  SLIM_CHECK(make_directories(path));
  return directories;
}

NewDirectories::~NewDirectories() {
  for (const auto& directory : made_) ::rmdir(directory.c_str());
}

Result<Output> Output::open(const std::string& directory, const Inputs& inputs) {
  auto made = NewDirectories::make(directory);
  if (!made) return tl::unexpected<Error>(std::move(made).error().context("output directory"));
  SLIM_TRY(auto lock, FileLock::try_acquire_directory(directory));
  if (!lock)
    return fail(ErrorCode::busy, "the output directory " + directory +
                                     " is in use by another slim; choose another with --output");
  SLIM_CHECK(require_own(directory, inputs));
  SLIM_CHECK(remove_leftovers(directory, inputs));
  SLIM_TRY(TempDir staging, TempDir::create(directory, std::string(kStaging)));
  return Output(directory, std::move(*made), std::move(*lock), std::move(staging));
}

std::string Output::staged(std::string_view name) const { return join_path(staging_.path(), name); }

Result<void> Output::write(std::string_view name, std::string_view bytes, Mode mode) const {
  return write_file_atomically(join_path(directory_, name), bytes,
                               mode == Mode::executable ? 0755 : 0644);
}

Result<void> Output::publish(std::string_view name) const {
  const std::string from = staged(name), to = join_path(directory_, name);
  if (::rename(from.c_str(), to.c_str()) != 0) return fail_errno("cannot create " + to);
  return {};
}

void Output::withdraw() const {
  for (const auto name : kFiles)
    if (name != "trace.json") std::ignore = remove_tree(join_path(directory_, name));
}

Result<std::string> newest_output() {
  namespace fs = std::filesystem;
  std::error_code error;
  std::string newest;
  fs::file_time_type newest_time;
  for (const auto& entry : fs::directory_iterator("slim-out", error)) {
    const auto time = fs::last_write_time(entry.path() / "keepset.json", error);
    if (error || (!newest.empty() && time <= newest_time)) continue;
    newest = entry.path().native();
    newest_time = time;
  }
  if (newest.empty())
    return fail(ErrorCode::not_found,
                "no finished run below slim-out/; name its directory with --output");
  return newest;
}

}  // namespace slim::cli
