// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "slim/inspect/lint.hpp"

namespace slim::inspect {

std::string_view name(Level level) {
  switch (level) {
    case Level::note: return "note";
    case Level::warning: return "warning";
    case Level::error: return "error";
  }
  return "";
}

const std::vector<Rule>& rules() {
  using enum Level;
  static const std::vector<Rule> kRules = {
      {"add-remote", warning, "ADD fetches a URL without a checksum",
       "give ADD --checksum=, or fetch and verify in a RUN that also removes the archive"},
      {"apk-cache-left", warning, "apk add leaves its index in the layer", "use apk add --no-cache"},
      {"apt-lists-left", warning, "apt-get update leaves package lists in the layer",
       "end the same RUN with rm -rf /var/lib/apt/lists/*, or mount a cache there"},
      {"apt-no-yes", error, "apt-get install waits for an answer that nobody gives", "add -y"},
      {"apt-recommends", note, "apt-get install takes recommended packages, too",
       "add --no-install-recommends"},
      {"chmod-777", warning, "everybody may write", "grant what the service's user needs and no more"},
      {"command-not-found", error, "the program to start is not in the image",
       "check Entrypoint, Cmd and PATH, and that the file is copied"},
      {"copy-many-to-file", error, "several sources need a directory as destination",
       "end the destination with a slash"},
      {"duplicate-files", note, "the same content is in the image more than once",
       "make hard links in the RUN that creates the files"},
      {"exec-form-invalid", error, "not the JSON that it looks like: the shell gets the brackets",
       "use double quotes: [\"program\", \"argument\"]"},
      {"expose-invalid", error, "EXPOSE takes PORT or FIRST-LAST[/tcp|udp|sctp]",
       "publish host ports with docker run -p"},
      {"file-capabilities", note, "a program gets capabilities from its file",
       "remove it if it is not needed; --cap-drop or no-new-privileges disarm it"},
      {"from-latest", warning, "the base image is whatever is newest",
       "pin a version, best with its digest"},
      {"from-untagged", warning, "a base image without a tag is :latest",
       "pin a version, best with its digest"},
      {"no-healthcheck", note, "nothing tells whether the service works",
       "add a HEALTHCHECK, or probe it from the orchestrator"},
      {"only-last-counts", warning, "an earlier one in the same stage has no effect",
       "keep only the last"},
      {"package-cache-left", warning, "the cache of a package manager is in the image",
       "remove it in the RUN that fills it, or mount a cache there"},
      {"pip-cache-left", note, "pip keeps what it downloads in the layer",
       "use pip install --no-cache-dir, or mount a cache"},
      {"pipe-to-shell", warning, "a download is run without being looked at",
       "download, verify a checksum, then run"},
      {"remove-in-later-layer", warning, "what a layer of its own removes stays in the layers below",
       "remove it in the RUN that creates it"},
      {"run-cd", warning, "a cd ends with its RUN", "use WORKDIR, or go on with && in the same RUN"},
      {"run-sudo", note, "sudo in a build", "use USER"},
      {"secret-in-config", error, "a secret is in the image's config or history",
       "revoke it; give secrets at run time, and to builds by RUN --mount=type=secret"},
      {"secret-in-dockerfile", error, "a secret in the build is readable in the image's history",
       "use RUN --mount=type=secret, or give it at run time"},
      {"secret-in-file", error, "a secret is in a layer",
       "revoke it; removing it in a later layer does not help: rebuild without it"},
      {"setuid", note, "a setuid or setgid program is in the image",
       "remove it or its bit; no-new-privileges disarms it"},
      {"shell-form", warning, "PID 1 is a shell, which passes no signals on to the service",
       "use the exec form, [\"program\", \"argument\"], or begin with exec"},
      {"stage-unknown", error, "--from names no earlier stage", "correct the number"},
      {"user-not-found", error, "the user is not in the image's passwd", "create it, or use a number"},
      {"user-not-numeric", note, "Kubernetes' runAsNonRoot cannot check a user's name",
       "use the number: USER 1000"},
      {"user-root", warning, "the service runs as root", "create a user and set USER"},
      {"waste", warning, "much of the image is hidden by later layers",
       "remove files in the RUN that creates them, or build in several stages"},
      {"workdir-relative", note, "a relative WORKDIR depends on the base image",
       "give an absolute path"},
      {"world-writable", warning, "everybody may write",
       "chmod it; directories for all need the sticky bit, as /tmp has (1777)"},
  };
  return kRules;
}

const Rule* find_rule(std::string_view id) {
  const auto& all = rules();
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const Rule& rule) { return rule.id == id; });
  return found == all.end() ? nullptr : &*found;
}

}  // namespace slim::inspect
