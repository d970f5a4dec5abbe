// SPDX-License-Identifier: Apache-2.0
// Image references with skopeo's transport names (containers-transports(5)).
#pragma once

#include <string>
#include <string_view>

#include "slim/base/error.hpp"

namespace slim::image {

enum class Transport {
  oci,                 // oci:DIR[:TAG]           OCI image layout directory
  oci_archive,         // oci-archive:FILE[:TAG]  the same in a tar
  docker_archive,      // docker-archive:FILE[:NAME:TAG]  docker save
  docker_daemon,       // docker-daemon:NAME:TAG  the local Docker engine
  containers_storage,  // containers-storage:NAME:TAG  Podman's store
  registry,            // docker://REGISTRY/NAME:TAG or @DIGEST
  name,                // NAME[:TAG], looked up in Docker, then Podman, then pulled
};

struct Reference {
  Transport transport = Transport::name;
  std::string location;  // directory, file, or NAME without its tag
  std::string tag;       // tag, "NAME:TAG" for docker-archive, "@sha256:..." digest; may be empty

  // Accepts all of the above; a bare path that exists (or starts with / ./ ../) is recognised by
  // its content as oci, oci_archive or docker_archive. Errors: `usage` when the text is malformed
  // (names the part); for a bare path `not_found` when there is no such file and `image` when it is
  // not an image.
  //
  // A file name may hold colons: the longest part that exists is the file, the rest is the tag.
  // Of "NAME:TAG@DIGEST" the tag is dropped, as Docker does.
  static Result<Reference> parse(std::string_view text);
  std::string text() const;        // parse(text()) gives the same reference
  std::string short_name() const;  // last component without extension and tag: "flask"
  // What engines may call it: "registry.example/flask:1", of "docker-archive:FILE:flask:1" "flask:1";
  // the short name if it is a file or directory and says no other.
  std::string engine_name() const;

  friend bool operator==(const Reference&, const Reference&) = default;
};

// "nginx", "docker.io/library/nginx:latest" -> "docker.io/library/nginx:latest": the full form under
// which Docker and Podman both know an image (distribution/reference). Digests are kept.
std::string full_image_name(std::string_view name);

}  // namespace slim::image
