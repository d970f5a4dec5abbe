#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""complete.py SHELL SLIM TYPED: types "slim TYPED" and TAB in an interactive shell that has loaded
slim's completion, and prints the words that slim would have been given."""
import os
import pty
import re
import shlex
import signal
import sys

shell, slim, typed = sys.argv[1:]
# In the place of the program a function that tells its words. The mark is not in what the terminal
# echoes.
SHELLS = {
    "bash": (["bash", "--norc", "--noprofile", "-i"],
             "source <({slim} completion bash); slim() {{ echo GO''T:\"$*\":T''OG; }}"),
    "zsh": (["zsh", "-f", "-i"],
            "autoload -U compinit; compinit -u -D; source <({slim} completion zsh); "
            "slim() {{ echo GO''T:\"$*\":T''OG; }}"),
    "fish": (["fish", "--no-config", "-i"],
             "{slim} completion fish | source; function slim; echo GO''T:\"$argv\":T''OG; end"),
}
words, setup = SHELLS[shell]
pid, terminal = pty.fork()
if pid == 0:
    os.environ.update(TERM="dumb", PS1="", HOME=os.getcwd())
    os.execvp(words[0], words)
os.write(terminal, (setup.format(slim=shlex.quote(slim)) + "\n").encode())
os.write(terminal, f"slim {typed}\t\n".encode())
signal.alarm(60)
output = b""
while not (found := re.search(rb"GOT:(.*?) ?:TOG", output)):
    output += os.read(terminal, 4096)
print(found.group(1).decode())
os.close(terminal)
os.kill(pid, signal.SIGKILL)
os.waitpid(pid, 0)
