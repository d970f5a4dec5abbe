// SPDX-License-Identifier: Apache-2.0
// Where the blobs of an image are: an OCI layout directory, an archive, skopeo's dir: format.
#pragma once

#include <memory>
#include <string>

#include "image/tar_scan.hpp"
#include "slim/image/model.hpp"

namespace slim::image {

class Blobs {
 public:
  virtual ~Blobs() = default;
  virtual const std::string& name() const = 0;  // for errors: the path the user gave
  virtual bool contains(const std::string& file) const = 0;
  // A file by its name in the layout ("index.json").
  virtual Result<ByteRange> file(const std::string& name) const = 0;
  virtual std::string blob_path(const Digest& digest) const;  // "blobs/sha256/<hex>"

  // The blob, when it is there and has the promised size. Its digest is not checked.
  Result<ByteRange> blob(const Descriptor& descriptor, const std::string& what) const;
  // A manifest or config in memory, digest checked.
  Result<std::string> document(const Descriptor& descriptor, const std::string& what) const;
  // A file that nothing vouches for, in memory.
  Result<std::string> document(const std::string& file) const;
};

// An OCI image layout (image-layout.md). Symlinks in it are followed, as everybody does who shares
// blobs between layouts; what they lead to has to have the right digest.
std::shared_ptr<const Blobs> directory_blobs(std::string directory);
// The format of skopeo's dir: transport: manifest.json, and each blob under its bare hex digest.
std::shared_ptr<const Blobs> skopeo_directory_blobs(std::string directory, std::string name);
std::shared_ptr<const Blobs> archive_blobs(TarIndex index);

// "layer 2 (sha256:...)" and the like.
std::string describe(const std::string& what, const Digest& digest);

}  // namespace slim::image
