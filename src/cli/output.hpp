// SPDX-License-Identifier: Apache-2.0
// The output directory: locked while in use, filled only with finished files.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "slim/base/file.hpp"

namespace slim::cli {

// Directories that are made, and taken back in the end if nothing has come into them.
class NewDirectories {
 public:
  static Result<NewDirectories> make(const std::string& path);
  NewDirectories(NewDirectories&& other) noexcept : made_(std::exchange(other.made_, {})) {}
  NewDirectories& operator=(NewDirectories&&) = delete;
  ~NewDirectories();

 private:
  explicit NewDirectories(std::vector<std::string> made) : made_(std::move(made)) {}
  std::vector<std::string> made_;  // the innermost first
};

class Output {
 public:
  // Files that a run reads, which may lie in its output directory.
  struct Inputs {
    std::vector<std::string> read_later;  // refused there, for they would be gone by then
    std::vector<std::string> traces;      // stay until the run's own trace.json replaces them
  };

  // Makes and locks the directory and removes what an earlier run left there under slim's names, so
  // that a failed run never leaves an older image to be taken for its own; all but what an interrupted
  // search can go on from (minimize.json). Errors: `busy`; `usage` for inputs, and for a Compose file
  // or the like that somebody else wrote, which would be lost.
  static Result<Output> open(const std::string& directory, const Inputs& inputs);

  const std::string& directory() const { return directory_; }
  // A file that becomes visible by publish(). Staged files go away with the Output.
  std::string staged(std::string_view name) const;
  enum class Mode { plain, executable };
  Result<void> write(std::string_view name, std::string_view bytes, Mode mode = Mode::plain) const;
  Result<void> publish(std::string_view name) const;
  // Takes back all that was written, so that results are there together or not; all but the logs, and
  // the trace, which is whole by itself.
  void withdraw() const;

 private:
  Output(std::string directory, NewDirectories made, FileLock lock, TempDir staging)
      : directory_(std::move(directory)), made_(std::move(made)), lock_(std::move(lock)),
        staging_(std::move(staging)) {}
  std::string directory_;
  NewDirectories made_;
  FileLock lock_;
  TempDir staging_;
};

// The directory of the newest run below slim-out/. Error: `not_found`.
Result<std::string> newest_output();

}  // namespace slim::cli
