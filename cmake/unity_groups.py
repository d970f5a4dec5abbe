#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Which sources may share a translation unit in a unity build: prints "FILE;GROUP" lines.

    unity_groups.py GROUP_BYTES FILE...

Helpers of a source are private to it, so that others may use the same names. Two sources come into one
group only if no such name of the one is a word of the other, and if the same namespaces are open in both.
"""
import re
import sys

TOKEN = re.compile(
    r'//[^\n]*|/\*.*?\*/'
    r'|(?:u8|[uUL])?R"(?P<delimiter>[^()\s\\]*)\(.*?\)(?P=delimiter)"'
    r'|"(?:\\.|[^"\\])*"|\b\d[\w.\']*|\'(?:\\.|[^\'\\])*\''
    r'|(?P<line>^[ \t]*\#(?:\\\n|[^\n])*)|(?P<token>[A-Za-z_]\w*|::|[^\s\w])', re.DOTALL | re.MULTILINE)
PRIVATE = {"static", "constexpr", "const", "inline", "using", "typedef", "struct", "class", "enum"}
KEYWORDS = {"if", "for", "while", "switch", "return", "sizeof", "decltype", "alignas", "operator",
            "noexcept", "requires", "const", "TEST_CASE", "static_assert", "template"}


class Source:
    def __init__(self, name):
        self.name = name
        with open(name, encoding="utf-8") as stream:
            text = stream.read()
        self.size = len(text)
        self.names = set()
        tokens = []
        for match in TOKEN.finditer(text):
            if match["line"]:
                self.names.update(re.findall(r"#\s*define\s+(\w+)", match["line"]))
            elif match["token"]:
                tokens.append(match["token"])
        self.words = {token for token in tokens if token[0].isalpha() or token[0] == "_"}
        self.opened = frozenset(re.findall(r"^using namespace [\w:]+|^namespace \w+ = [\w:]+", text,
                                           re.MULTILINE))
        self.scan(tokens)

    def scan(self, tokens):
        """Collects the names that are declared for this source alone: in unnamed namespaces, or static."""
        scopes = []  # True: an unnamed namespace or below one, False: another namespace
        statement = []
        at = 0
        while at < len(tokens):
            token = tokens[at]
            if token == "{" and "namespace" in statement:
                scopes.append(statement[-1] == "namespace" or any(scopes))
                statement = []
            elif token in "({[":
                end = self.closing(tokens, at)
                if statement[:1] == ["enum"] and token == "{":
                    self.names.update(word for word in tokens[at:end] if word.isidentifier())
                statement.append(token)
                at = end
                # A function's body ends its declaration; a class or a value has a semicolon to come.
                if token == "{" and "(" in statement and tokens[at + 1:at + 2] != [";"]:
                    self.declare(statement, any(scopes))
                    statement = []
            elif token == ";":
                self.declare(statement, any(scopes))
                statement = []
            elif token == "}":
                scopes.pop()
            else:
                statement.append(token)
            at += 1

    @staticmethod
    def closing(tokens, at):
        depth = 0
        while at < len(tokens):
            depth += (tokens[at] in "({[") - (tokens[at] in ")}]")
            if depth == 0:
                return at
            at += 1
        return at

    def declare(self, statement, unnamed):
        if "namespace" in statement or not (unnamed or PRIVATE.intersection(statement[:3])):
            return
        if statement[:1] == ["using"]:
            self.names.add(statement[1 if "=" in statement else -1])
            return
        if "=" in statement:
            statement = statement[:statement.index("=")]
        for before, token, after in zip([""] + statement, statement, statement[1:] + [";"]):
            if token.isidentifier() and token not in KEYWORDS and before != "::" and after in "({[;:":
                self.names.add(token)

    def may_join(self, group):
        return all(self.opened == other.opened and not self.names & other.words
                   and not other.names & self.words for other in group)


def main():
    limit = int(sys.argv[1])
    groups = []
    for source in sorted(map(Source, sys.argv[2:]), key=lambda source: (-source.size, source.name)):
        for group in groups:
            if sum(other.size for other in group) + source.size <= limit and source.may_join(group):
                group.append(source)
                break
        else:
            groups.append([source])
    for number, group in enumerate(groups):
        for source in group if len(group) > 1 else []:
            print(f"{source.name};group{number}")


if __name__ == "__main__":
    main()
