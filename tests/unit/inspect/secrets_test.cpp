// SPDX-License-Identifier: Apache-2.0
#include "slim/inspect/secrets.hpp"

#include <catch2/catch.hpp>

using namespace slim;
using namespace slim::inspect;

namespace {

// Put together here, so that this file holds no secret's shape itself.
const std::string kBody = "1a2B3c4D5e6F7g8H9i0JkLmNoPqRsTuVwXyZ";  // 36
const std::string kGithub = "ghp" "_" + kBody;
const std::string kAws = "AKIA" "Q3EGRIZ7ABCD4XYZ";
std::string private_key(const std::string& kind, const std::string& line_break = "\n") {
  std::string text = "-----BEGIN " + kind + "PRIVATE KEY-----" + line_break;
  for (int i = 0; i < 4; ++i) text += "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj"
                                      + line_break;
  return text + "-----END " + kind + "PRIVATE KEY-----" + line_break;
}

std::vector<std::string> rules(std::string_view path, std::string_view content) {
  std::vector<std::string> found;
  for (const auto& shape : secrets_in(path, content)) found.push_back(shape.rule);
  return found;
}
using Rules = std::vector<std::string>;

}  // namespace

TEST_CASE("private keys of every kind are found") {
  for (const char* kind : {"", "RSA ", "EC ", "OPENSSH ", "DSA ", "ENCRYPTED "})
    CHECK(rules("x", "text\n" + private_key(kind)) == Rules{"private-key"});
  CHECK(rules("key.json", "{\"private_key\": \"" + private_key("", "\\n") + "\"}") ==
        Rules{"private-key"});
}

TEST_CASE("what only speaks of keys is none") {
  CHECK(rules("pem.py", "if line == '-----BEGIN PRIVATE KEY-----':\n  pass\n").empty());
  CHECK(rules("doc", "-----BEGIN RSA PRIVATE KEY-----\n...\n-----END RSA PRIVATE KEY-----\n").empty());
  std::string certificate = private_key("");
  for (size_t at; (at = certificate.find("PRIVATE KEY")) != std::string::npos;)
    certificate.replace(at, 11, "CERTIFICATE");
  CHECK(rules("ca.pem", certificate).empty());
}

TEST_CASE("tokens are found by prefix, alphabet and length") {
  CHECK(rules("x", "token: " + kGithub + "\n") == Rules{"github-token"});
  CHECK(rules("x", "id=" + kAws) == Rules{"aws-access-key-id"});
  CHECK(rules("x", kGithub + "0").empty());
  CHECK(rules("x", "a" + kAws).empty());
  CHECK(rules("x", kAws.substr(0, 19)).empty());
  CHECK(rules("x", "AKIA" "IOSFODNN7EXAMPLE").empty());
  CHECK(rules("x", "ghp" "_" + std::string(36, 'x')).empty());
  CHECK(rules("x", "xoxb-" "123456789012-abcdefGHIJKL") == Rules{"slack-token"});
}

TEST_CASE("files that programs keep secrets in are known by name and content") {
  CHECK(rules("root/.npmrc", "//registry.npmjs.org/:_authToken=abc\n") == Rules{"npmrc-token"});
  CHECK(rules("root/.npmrc", "//registry.npmjs.org/:_authToken=${NPM_TOKEN}\n").empty());
  CHECK(rules("root/.git-credentials", "https://me:pw@example.org\n") == Rules{"git-credentials"});
  CHECK(rules("root/.git-credentials", "https://example.org\n").empty());
  CHECK(rules("root/.netrc", "machine x login y password z\n") == Rules{"netrc"});
  CHECK(rules("root/.docker/config.json", "{\"auths\": {\"r\": {\"auth\": \"eHg=\"}}}") ==
        Rules{"docker-config"});
  CHECK(rules("root/.docker/config.json", "{\"credsStore\": \"x\"}").empty());
  CHECK(rules("root/.aws/credentials", "[default]\naws_secret_access_key = abc\n") ==
        Rules{"aws-credentials"});
  CHECK(rules("app/.env", "MODE=x\nexport DB_PASSWORD=\"hunter2\"\n") == Rules{"env-file"});
  CHECK(rules("app/.env", "DB_PASSWORD=${PW}\n#X_TOKEN=1\n").empty());
  CHECK(rules("app/.env.example", "DB_PASSWORD=hunter2\n").empty());
  CHECK(rules("root/.kube/config", "apiVersion: v1\nkind: Config\nclusters:\nusers:\n"
                                   "- user:\n    token: abc\n") == Rules{"kubeconfig"});
  CHECK(rules("etc/shadow", "root:*:1::::::\napp:$6$abcdefgh$ijklmnop:1::::::\n") ==
        Rules{"password-hash"});
  CHECK(rules("etc/shadow", "root:*:1::::::\nx:!:1::::::\n").empty());
  CHECK(secret_by_name("etc/ssl/app.p12")->rule == "key-store");
  CHECK_FALSE(secret_by_name("etc/ssl/.p12"));
}

TEST_CASE("variables hold secrets by their names") {
  CHECK(is_secret_variable("POSTGRES_PASSWORD", "x"));
  CHECK(is_secret_variable("aws_secret_access_key", "x"));
  CHECK_FALSE(is_secret_variable("POSTGRES_PASSWORD_FILE", "x"));
  CHECK_FALSE(is_secret_variable("DB_PASSWORD", ""));
  CHECK_FALSE(is_secret_variable("DB_PASSWORD", "/run/secrets/db"));
  CHECK_FALSE(is_secret_variable("DB_PASSWORD", "$PW"));
  CHECK_FALSE(is_secret_variable("GPG_KEY", "E3FF2839C048B25C084DEBE9B26995E310250568"));
  CHECK_FALSE(is_secret_variable("MAX_TOKENS", "5"));
}

TEST_CASE("nothing that was found is left after redacting") {
  CHECK(redact("curl -H " + kGithub + " x") == "curl -H ghp" "_*** x");
  CHECK(redact("export A=1 DB_PASSWORD=hunter2; run") == "export A=1 DB_PASSWORD=***; run");
  CHECK(redact("DB_PASSWORD='hunter 2' run") == "DB_PASSWORD='***' run");
  CHECK(redact("git clone https://me:pw@h/x https://you:qw@h/y") ==
        "git clone https://me:***@h/x https://you:***@h/y");
  CHECK(redact("DB_PASSWORD=$PW A==b =") == "DB_PASSWORD=$PW A==b =");
  const std::string key = redact("echo '" + private_key("RSA ") + "' > k");
  CHECK(key.find("MIIE") == std::string::npos);
}

TEST_CASE("the config's secrets are named by where they are") {
  image::ImageConfig config;
  config.env = {"PATH=/bin", "DB_PASSWORD=hunter2", "ID=" + kAws};
  config.history.resize(2);
  config.history[1].created_by = "|2 MODE=x NPM_TOKEN=abc /bin/sh -c npm ci";
  std::vector<std::string> found;
  for (const auto& secret : config_secrets(config))
    found.push_back(secret.where + ": " + secret.shape.rule);
  CHECK(found == Rules{"Env DB_PASSWORD: secret-variable", "Env ID: aws-access-key-id",
                       "history step 2, argument NPM_TOKEN: secret-build-argument"});
}

TEST_CASE("hostile text costs no more than its length") {
  std::string keys, tokens;
  for (int i = 0; i < 40000; ++i) keys += "-----BEGIN PRIVATE KEY-----";
  for (int i = 0; i < 170000; ++i) tokens += "glpat-";
  CHECK(rules("x", keys).empty());
  rules("x", tokens);
}
