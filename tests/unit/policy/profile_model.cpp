// SPDX-License-Identifier: Apache-2.0
#include "unit/policy/profile_model.hpp"

#include <linux/seccomp.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace slim::policy::test {
namespace {

using nlohmann::json;

uint32_t returned(const std::string& action, uint32_t code) {
  if (action == "SCMP_ACT_ALLOW") return SECCOMP_RET_ALLOW;
  if (action == "SCMP_ACT_ERRNO") return SECCOMP_RET_ERRNO | code;
  throw std::runtime_error("slim makes no profiles with " + action);
}

std::vector<uint64_t> around(uint64_t value) {
  std::vector<uint64_t> values = {value,     value + 1,
                                  value - 1, value | 0xffffffff00000000,
                                  0,         ~uint64_t{0}};
  for (unsigned bit = 0; bit < 64; ++bit) {
    values.push_back(uint64_t{1} << bit);
    values.push_back(value ^ (uint64_t{1} << bit));
  }
  return values;
}

}  // namespace

std::map<uint32_t, std::string> kernel_calls(const std::string& header) {
  std::map<uint32_t, std::string> calls;
  std::ifstream lines(header);
  const std::string prefix = "__NR_";
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string define, name, number;
    words >> define >> name >> number;
    if (define != "#define" || !name.starts_with(prefix) || number.empty()) continue;
    if (std::all_of(number.begin(), number.end(), [](char c) { return c >= '0' && c <= '9'; }))
      calls[static_cast<uint32_t>(std::stoul(number))] = name.substr(prefix.size());
  }
  return calls;
}

bool ProfileModel::Condition::holds(const Arguments& arguments) const {
  const uint64_t argument = arguments.at(index);
  if (op == "SCMP_CMP_NE") return argument != value;
  if (op == "SCMP_CMP_LT") return argument < value;
  if (op == "SCMP_CMP_LE") return argument <= value;
  if (op == "SCMP_CMP_EQ") return argument == value;
  if (op == "SCMP_CMP_GE") return argument >= value;
  if (op == "SCMP_CMP_GT") return argument > value;
  if (op == "SCMP_CMP_MASKED_EQ") return (argument & value) == two;
  throw std::runtime_error("there is no comparison " + op);
}

uint64_t ProfileModel::Condition::turning_point() const {
  return op == "SCMP_CMP_MASKED_EQ" ? two : value;
}

ProfileModel::Rule ProfileModel::read_rule(const json& rule) {
  Rule read{returned(rule.at("action"), rule.value("errnoRet", 1u)), {}};
  for (const json& condition : rule.value("args", json::array()))
    read.conditions.push_back({condition.at("index"), condition.at("op"), condition.at("value"),
                               condition.value("valueTwo", uint64_t{0})});
  return read;
}

ProfileModel::ProfileModel(const std::string& text, const std::set<std::string>& known) {
  const json document = json::parse(text);
  architectures_ = document.at("architectures").get<std::set<std::string>>();
  default_answer_ = returned(document.at("defaultAction"), document.value("defaultErrnoRet", 1u));
  for (const json& rule : document.at("syscalls"))
    for (const std::string name : rule.at("names"))
      if (known.contains(name)) rules_[name].push_back(read_rule(rule));
}

bool ProfileModel::has_architecture(const std::string& name) const {
  return architectures_.contains(name);
}

std::optional<uint32_t> ProfileModel::answer(const std::string& call,
                                             const Arguments& arguments) const {
  std::set<uint32_t> answers;
  if (const auto found = rules_.find(call); found != rules_.end())
    for (const Rule& rule : found->second)
      if (std::all_of(rule.conditions.begin(), rule.conditions.end(),
                      [&](const Condition& condition) { return condition.holds(arguments); }))
        answers.insert(rule.answer);
  if (answers.empty()) return default_answer_;
  return answers.size() == 1 ? std::optional(*answers.begin()) : std::nullopt;
}

std::vector<ProfileModel::Arguments> ProfileModel::edges(const std::string& call) const {
  std::vector<Arguments> edges = {{}, {1, 2, 3, 4, 5, 6}};
  edges.emplace_back().fill(~uint64_t{0});
  const auto found = rules_.find(call);
  if (found == rules_.end()) return edges;
  for (const Rule& rule : found->second) {
    Arguments base = {};
    for (const Condition& condition : rule.conditions)
      base.at(condition.index) = condition.turning_point();
    for (const Condition& condition : rule.conditions) {
      for (const uint64_t value : around(condition.turning_point())) {
        edges.push_back(base);
        edges.back().at(condition.index) = value;
      }
    }
  }
  return edges;
}

}  // namespace slim::policy::test
