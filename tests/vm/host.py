# SPDX-License-Identifier: GPL-2.0-only
"""What the other files share: folders, messages, errors, locks and the host's programs."""
import contextlib
import fcntl
import os
import shutil
import subprocess
import sys

TOP = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", ".."))
CACHE = os.environ.get("KDEFER_CACHE") or os.path.join(
    os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "kdefer")
# Exit status of what cannot be done here and says why: automake's word for a skipped test.
SKIPPED = 77


class Failure(Exception):
    """Something went wrong; the text says what, and what to do."""


class Unavailable(Exception):
    """A platform that cannot be had here and now, which is no mistake of kdefer's."""


def log(*words):
    """Standard output belongs to the results."""
    print(f"{os.path.basename(sys.argv[0])}:", *words, file=sys.stderr, flush=True)


@contextlib.contextmanager
def lock(name):
    """Held by one process at a time: a name in the cache folder, or a path. Says so when it has to
    wait, so that it does not look hung."""
    os.makedirs(CACHE, exist_ok=True)
    path = name if "/" in name else f"{CACHE}/{name}.lock"
    with open(path, "w", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            log(f"waiting for another {name} to finish ({path})")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def output(*command, **options):
    """What a program prints; its messages go where ours go. English, whatever the user speaks."""
    done = subprocess.run(command, stdout=subprocess.PIPE, check=False, text=True,
                          env=os.environ | {"LC_ALL": "C"}, **options)
    if done.returncode:
        raise Failure(f"'{' '.join(command)}' failed with status {done.returncode}")
    return done.stdout


def architecture():
    """Debian's name of this machine's architecture."""
    return output("dpkg", "--print-architecture").strip()


def need(program, *packages):
    """Installs the packages with setup.sh when the program is not there."""
    if not shutil.which(program):
        install(*packages)


def install(*packages):
    """Installs packages of the host's with setup.sh."""
    log(f"installing {' '.join(packages)}")
    done = subprocess.run([f"{TOP}/scripts/setup.sh", "--packages", *packages],
                          stdout=sys.stderr, check=False)
    if done.returncode:
        raise Failure(f"cannot install {' '.join(packages)}; install them by hand")


def read(path):
    """The contents of a file, or None when there is none."""
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except FileNotFoundError:
        return None


def write(path, text):
    """Makes a file with these contents."""
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
