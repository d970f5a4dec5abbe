// SPDX-License-Identifier: Apache-2.0
#include "slim/image/reference.hpp"
#include "slim/image/write.hpp"

namespace slim::image {

Result<std::string> normalise_tag(const std::string& name) {
  auto parsed = Reference::parse("docker-daemon:" + name);
  if (!parsed)
    return tl::unexpected<Error>(
        std::move(parsed).error().context("the new image's name, [HOST[:PORT]/]NAME[:TAG]"));
  if (parsed->tag.starts_with("@") || Digest::parse(parsed->location))
    return fail(ErrorCode::usage,
                "\"" + name + "\" is a digest; a new image is named [HOST[:PORT]/]NAME[:TAG]");
  if (parsed->location.starts_with("."))
    return fail(ErrorCode::usage, "\"" + name +
                                      "\" is a path; a new image is named "
                                      "[HOST[:PORT]/]NAME[:TAG]");
  return parsed->location + ":" + (parsed->tag.empty() ? "latest" : parsed->tag);
}

}  // namespace slim::image
