// SPDX-License-Identifier: Apache-2.0
#include "slim/base/text.hpp"
#include "slim/inspect/secrets.hpp"

#include <algorithm>
#include <cctype>
#include <functional>
#include <tuple>

#include "inspect/tokens.hpp"
#include "slim/base/path.hpp"

namespace slim::inspect {

namespace {

void add(std::vector<SecretShape>& shapes, SecretShape shape) {
  if (!is_one_of(shape, shapes))
    shapes.push_back(std::move(shape));
}

bool any_line(std::string_view content, const std::function<bool(std::string_view)>& test) {
  for (const auto line : lines_of(content))
    if (!line.empty() && line[0] != '#' && test(line)) return true;
  return false;
}

// What follows `key` and any of " \t=:" on the line, quotes stripped; empty if the key is not there.
std::string_view value_after(std::string_view line, std::string_view key) {
  const size_t at = line.find(key);
  if (at == std::string_view::npos) return {};
  const auto value = line.substr(at + key.size());
  const size_t begin = value.find_first_not_of(" \t=:\"'");
  if (begin == 0 || begin == std::string_view::npos) return {};
  const auto rest = value.substr(begin);
  return rest.substr(0, rest.find_first_of("\"',\r "));
}

// A value to the letter; not a reference to a variable, nor a placeholder.
bool is_literal(std::string_view value) {
  return !value.empty() && value[0] != '$' && value[0] != '<' && !value.starts_with("{{");
}

bool has_value(std::string_view content, std::string_view key) {
  return any_line(content,
                  [&](std::string_view line) { return is_literal(value_after(line, key)); });
}

// "scheme://user:password@host": where the password is; npos if there is none.
std::pair<size_t, size_t> url_password(std::string_view text, size_t from = 0) {
  constexpr auto kNone = std::string_view::npos;
  for (size_t at = text.find("://", from); at != kNone; at = text.find("://", at + 3)) {
    const size_t begin = at + 3;
    const size_t end = std::min(text.find_first_of("/ \t\r\n\"'?#", begin), text.size());
    const auto authority = text.substr(begin, end - begin);
    const size_t host = authority.rfind('@');
    const size_t colon = authority.find(':');
    if (host == kNone || colon == kNone || colon + 1 >= host) continue;
    if (is_literal(authority.substr(colon + 1))) return {begin + colon + 1, begin + host};
  }
  return {kNone, kNone};
}

bool has_secret_assignment(std::string_view content) {
  return any_line(content, [](std::string_view line) {
    if (line.starts_with("export ")) line.remove_prefix(7);
    const size_t equals = line.find('=');
    if (equals == std::string_view::npos) return false;
    auto value = line.substr(equals + 1);
    while (!value.empty() && (value.front() == '"' || value.front() == '\'')) value.remove_prefix(1);
    while (!value.empty() && (value.back() == '"' || value.back() == '\'' || value.back() == '\r'))
      value.remove_suffix(1);
    return is_secret_variable(line.substr(0, equals), value);
  });
}

bool is_kubeconfig(std::string_view content) {
  return content.find("kind: Config") != std::string_view::npos &&
         content.find("clusters:") != std::string_view::npos &&
         (has_value(content, "client-key-data:") || has_value(content, " token:") ||
          has_value(content, " password:"));
}

// passwd(5), shadow(5), Apache's htpasswd: the second field is a hash (crypt(5)).
bool has_password_hash(std::string_view content) {
  return any_line(content, [](std::string_view line) {
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos) return false;
    const auto field = line.substr(colon + 1, line.find(':', colon + 1) - colon - 1);
    return field.size() > 12 && (field[0] == '$' || field.starts_with("{SHA}"));
  });
}

bool is_env_file(std::string_view name) {
  if (name != ".env" && !name.starts_with(".env.")) return false;
  for (const auto sample : {"example", "sample", "template", "dist", "defaults"})
    if (name.ends_with(sample)) return false;
  return true;
}

bool any_name(std::string_view name, std::initializer_list<std::string_view> names) {
  return is_one_of(name, names);
}

// Files that programs keep secrets in, by name; each with what makes it hold one.
void check_known_file(std::string_view path, std::string_view content,
                      std::vector<SecretShape>& shapes) {
  const auto name = name_of(path), directory = name_of(parent_of(path));
  if (name == ".npmrc" && (has_value(content, "_authToken") || has_value(content, "_auth") ||
                           has_value(content, "_password")))
    add(shapes, {"npmrc-token", "an npm registry's credentials"});
  if (name == ".git-credentials" && url_password(content).first != std::string_view::npos)
    add(shapes, {"git-credentials", "Git credentials"});
  if (any_name(name, {".netrc", "_netrc"}) && has_value(content, "password"))
    add(shapes, {"netrc", "a password for network hosts (netrc)"});
  if (name == ".pypirc" && has_value(content, "password"))
    add(shapes, {"pypirc", "a Python package index's credentials"});
  if ((name == "config.json" && directory == ".docker") || name == ".dockercfg") {
    if (has_value(content, "\"auth\"") || has_value(content, "\"identitytoken\""))
      add(shapes, {"docker-config", "a container registry's credentials"});
  }
  if (name == "credentials" && directory == ".aws" && has_value(content, "aws_secret_access_key"))
    add(shapes, {"aws-credentials", "AWS credentials"});
  if (is_kubeconfig(content)) add(shapes, {"kubeconfig", "a Kubernetes client's credentials"});
  if (is_env_file(name) && has_secret_assignment(content))
    add(shapes, {"env-file", "passwords or tokens in an environment file"});
  if (any_name(name, {".htpasswd", "shadow", "shadow-"}) && has_password_hash(content))
    add(shapes, {"password-hash", "a password's hash"});
  if (name == ".vault-token" && !content.empty())
    add(shapes, {"vault-token", "a Vault token"});
  if (name == ".pgpass" && any_line(content, [](std::string_view line) {
        return std::count(line.begin(), line.end(), ':') >= 4 && line.back() != ':';
      }))
    add(shapes, {"pgpass", "a PostgreSQL password"});
}

}  // namespace

std::vector<SecretShape> tokens_in(std::string_view text) {
  std::vector<SecretShape> shapes;
  for (const TokenMatch& match : match_tokens(text)) add(shapes, {match.rule, match.what});
  return shapes;
}

std::vector<SecretShape> secrets_in(std::string_view path, std::string_view content) {
  std::vector<SecretShape> shapes = tokens_in(content);
  check_known_file(path, content, shapes);
  return shapes;
}

std::optional<SecretShape> secret_by_name(std::string_view path) {
  const auto name = name_of(path);
  for (const auto ending : {".jks", ".p12", ".pfx", ".kdbx", ".keytab"})
    if (name.size() > std::string_view(ending).size() && name.ends_with(ending))
      return SecretShape{"key-store", "a key store"};
  return std::nullopt;
}

bool is_secret_name(std::string_view name) {
  std::string upper(name);
  for (char& c : upper) c = c == '-' || c == '.' ? '_' : static_cast<char>(std::toupper(
                                                             static_cast<unsigned char>(c)));
  for (const std::string_view ending :
       {"PASSWORD", "PASSWD", "PASSPHRASE", "SECRET", "_TOKEN", "API_KEY", "APIKEY", "ACCESS_KEY",
        "PRIVATE_KEY", "SECRET_KEY", "AUTH_KEY", "SECRET_KEY_BASE"})
    if (upper.ends_with(ending)) return true;
  return upper == "TOKEN" || upper == "NPM_AUTH";
}

bool is_secret_variable(std::string_view name, std::string_view value) {
  if (!is_secret_name(name) || !is_literal(value)) return false;
  // The place of a secret, or a switch, is none.
  return value[0] != '/' && value != "true" && value != "false" && value != "yes" &&
         value != "no" && value != "***";
}

namespace {

// Values of secret variables among the words of a line: NAME=VALUE, quoted or not.
std::string redact_variables(std::string_view text) {
  std::string out;
  size_t at = 0;
  while (at < text.size()) {
    const size_t equals = text.find('=', at);
    if (equals == std::string_view::npos) break;
    size_t name = equals;
    while (name > at && (std::isalnum(static_cast<unsigned char>(text[name - 1])) != 0 ||
                         text[name - 1] == '_' || text[name - 1] == '-'))
      --name;
    out.append(text.substr(at, equals + 1 - at));
    at = equals + 1;
    if (!is_secret_name(text.substr(name, equals - name)) || at >= text.size()) continue;
    const char quote = text[at] == '"' || text[at] == '\'' ? text[at] : '\0';
    const size_t end = quote != '\0' ? text.find(quote, at + 1) : text.find_first_of(" \t\n;&|\"'", at);
    const size_t stop = std::min(end, text.size());
    const auto value = text.substr(at + (quote != '\0' ? 1 : 0), stop - at - (quote != '\0' ? 1 : 0));
    if (!is_literal(value)) continue;
    out += quote != '\0' ? std::string(1, quote) + "***" : "***";
    at = stop;
  }
  if (at < text.size()) out.append(text.substr(at));
  return out;
}

}  // namespace

std::string redact(std::string_view text) {
  std::string out;
  size_t at = 0;
  for (const TokenMatch& match : match_tokens(text)) {
    out.append(text.substr(at, match.begin + match.public_length - at));
    out += "***";
    at = match.end;
  }
  out.append(text.substr(at));
  out = redact_variables(out);
  for (auto [begin, end] = url_password(out); begin != std::string::npos;
       std::tie(begin, end) = url_password(out, begin)) {
    out.replace(begin, end - begin, "***");
  }
  return out;
}

}  // namespace slim::inspect
