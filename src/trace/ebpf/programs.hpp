// SPDX-License-Identifier: Apache-2.0
// The loaded BPF programs and their shared memory. Only this and its .cpp know the skeleton.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "slim/base/error.hpp"

struct slim_bpf;
struct slim_event;
struct slim_losses;
struct ring_buffer;

namespace slim::trace {

class Programs {
 public:
  struct Options {
    uint32_t ring_bytes = 0;  // as all of these in TracerOptions; 0: the default
    bool assume_old = false;
    bool adopt = false;  // attach() comes to a container that runs already
  };
  using OnEvent = std::function<void(const slim_event&, std::span<const char> strings)>;

  // Errors: `permission`, `unsupported`.
  static Result<Programs> load(const Options& options, OnEvent on_event);
  Programs(Programs&&) noexcept;
  Programs& operator=(Programs&&) = delete;
  ~Programs();

  // From here on every task that executes something in that pid namespace is recorded; with `adopt`
  // every task that is in it, and what it has open. Events come meanwhile: somebody has to read.
  Result<void> attach(uint32_t pid_namespace);
  void detach();

  void set_phase(unsigned index);

  int ring_fd() const;      // to poll
  Result<void> consume();   // hands all events that are there to on_event

  // After detach().
  bool knows_capabilities() const;
  bool knows_io_uring() const;
  uint64_t capabilities(bool granted) const;
  uint64_t processes() const;
  std::optional<int> init_status() const;  // as waitpid(2) has it, once the first process has ended
  slim_losses losses() const;
  // Runs that the kernel left out because a program was running on that CPU already.
  uint64_t missed_runs() const;
  // Bit i: used in phase i.
  unsigned phases_of(unsigned abi, unsigned number) const;

 private:
  struct CloseObject {
    void operator()(slim_bpf* object) const;
  };
  struct FreeRing {
    void operator()(ring_buffer* ring) const;
  };
  Programs() = default;
  Result<void> adopt();
  Result<void> open(const Options& options);

  std::unique_ptr<slim_bpf, CloseObject> object_;
  std::unique_ptr<ring_buffer, FreeRing> ring_;
  bool adopt_ = false;
  std::unique_ptr<OnEvent> on_event_;  // its address is libbpf's callback context
};

}  // namespace slim::trace
