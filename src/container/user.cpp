// SPDX-License-Identifier: Apache-2.0
#include "slim/container/user.hpp"

#include <charconv>

#include "container/in_root.hpp"
#include "slim/base/path.hpp"
#include "slim/base/text.hpp"

namespace slim::container {

namespace {

constexpr uint32_t kMaxId = 0x7fffffff;  // as runc: an int32 that is not negative

std::optional<uint32_t> number(std::string_view text) {
  uint32_t value = 0;
  const auto end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (text.empty() || error != std::errc() || stop != end || value > kMaxId) return std::nullopt;
  return value;
}

bool is_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

struct PasswdEntry {
  std::string_view name;
  uint32_t uid, gid;
  std::string_view home;
};

struct GroupEntry {
  std::string_view name;
  uint32_t gid;
  std::vector<std::string_view> members;
};

// The fields of one line; lines with a malformed id are as if they were not there.
std::optional<PasswdEntry> parse_passwd(std::string_view line) {
  const auto fields = fields_of(line, ':');
  if (fields.size() < 4 || fields[0].empty()) return std::nullopt;
  const auto uid = number(fields[2]), gid = number(fields[3]);
  if (!uid || !gid) return std::nullopt;
  return PasswdEntry{fields[0], *uid, *gid, fields.size() > 5 ? fields[5] : std::string_view()};
}

std::optional<GroupEntry> parse_group(std::string_view line) {
  const auto fields = fields_of(line, ':');
  if (fields.size() < 3 || fields[0].empty()) return std::nullopt;
  const auto gid = number(fields[2]);
  if (!gid) return std::nullopt;
  GroupEntry entry{fields[0], *gid, {}};
  if (fields.size() > 3) entry.members = fields_of(fields[3], ',');
  return entry;
}

// A number names an id even where a user of that name exists.
bool matches(std::string_view wanted, std::string_view name, uint32_t id) {
  return is_digits(wanted) ? number(wanted) == id : wanted == name;
}

tl::unexpected<Error> not_there(const std::string& what, std::string_view wanted,
                                const std::string& file) {
  return fail(ErrorCode::container, "unable to find " + what + " '" + escape_bytes(wanted) +
                                        "': no matching entry in the image's " + file);
}

// The id that the text names: an entry's, or its own value when it is a number.
Result<uint32_t> id_of(const std::string& what, std::string_view wanted, const std::string& file) {
  if (!is_digits(wanted)) return not_there(what, wanted, file);
  const auto value = number(wanted);
  if (!value)
    return fail(ErrorCode::container,
                what + " id " + std::string(wanted) + " is not in 0..2147483647");
  return *value;
}

}  // namespace

Result<User> find_user(const std::string& spec, const std::string& passwd,
                       const std::string& group) {
  const auto colon = spec.find(':');
  const std::string_view user_part = std::string_view(spec).substr(0, colon);
  const std::string_view group_part =
      colon == std::string::npos ? std::string_view() : std::string_view(spec).substr(colon + 1);
  const std::string_view wanted = user_part.empty() ? "0" : user_part;

  User user;
  std::string_view login;
  for (const auto line : fields_of(passwd, '\n')) {
    const auto entry = parse_passwd(trimmed(line));
    if (!entry || !matches(wanted, entry->name, entry->uid)) continue;
    login = entry->name;
    user = {entry->uid, entry->gid, {}, std::string(entry->home)};
    break;
  }
  if (login.empty()) {
    SLIM_TRY(user.uid, id_of("user", wanted, "/etc/passwd"));
  }
  if (user.home.empty()) user.home = "/";

  std::vector<uint32_t> supplementary;
  bool found_group = false;
  for (const auto line : fields_of(group, '\n')) {
    const auto entry = parse_group(trimmed(line));
    if (!entry) continue;
    if (!group_part.empty()) {
      if (!matches(group_part, entry->name, entry->gid)) continue;
      user.gid = entry->gid;
      found_group = true;
      break;
    }
    const auto& members = entry->members;
    if (!login.empty() && is_one_of(login, members))
      supplementary.push_back(entry->gid);
  }
  if (!group_part.empty() && !found_group) {
    SLIM_TRY(user.gid, id_of("group", group_part, "/etc/group"));
  }
  user.groups = {user.gid};
  user.groups.insert(user.groups.end(), supplementary.begin(), supplementary.end());
  return user;
}

Result<User> find_user_in_root(const Fd& root, const std::string& spec) {
  SLIM_TRY(const std::string passwd, read_text_in_root(root, "/etc/passwd"));
  SLIM_TRY(const std::string group, read_text_in_root(root, "/etc/group"));
  return find_user(spec, passwd, group);
}

}  // namespace slim::container
