# SPDX-License-Identifier: GPL-2.0-only
"""Debian packages of any suite and architecture, downloaded by apt and verified by its own
signatures, without touching the host's configuration: apt runs with a root of its own in the cache
folder. Where the archive is, it knows from the host's sources."""
import glob
import os
import re
import subprocess
import sys

from . import host, table

KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
# The packages of bookworm-security are in an archive of their own.
SECURITY = "Debian-Security"
# The roots whose lists were read by this process, and whether it fetched them.
_used = {}


def _archives():
    """Yields the label and the address of each Debian archive that the host uses."""
    # The dollars are for apt.
    lines = host.output("apt-get", "indextargets", "--format", "$(LABEL)\t$(REPO_URI)",
                        "Created-By: Packages", "Origin: Debian")
    for line in lines.splitlines():
        yield line.split("\t")


def _address(suite):
    """The mirror that this machine already uses, whatever it is."""
    label = SECURITY if suite.endswith("-security") else "Debian"
    for known, uri in _archives():
        if known == label:
            return uri
    raise host.Unavailable(f"apt's sources have no {label} archive to take {suite} from; "
                           "add one and run apt-get update")


class Root:
    """apt's view of one suite for one architecture."""

    def __init__(self, suite, arch):
        self.suite = suite
        self.arch = arch
        self.path = f"{host.CACHE}/apt/{suite}-{arch}"

    def _options(self):
        options = {
            "Dir": self.path, "APT::Architecture": self.arch, "APT::Architectures": self.arch,
            "APT::Sandbox::User": "root", "Acquire::Languages": "none",
            # The host's hooks are about the host's packages.
            "APT::Update::Post-Invoke": "", "APT::Update::Post-Invoke-Success": "",
        }
        return [word for item in options.items() for word in ("-o", "=".join(item))]

    def _run(self, program, *words, cwd=None):
        return subprocess.run([program, *self._options(), *words], check=False, text=True, cwd=cwd,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              env=os.environ | {"LC_ALL": "C"})

    def _lay_out(self):
        for folder in ("etc/apt/apt.conf.d", "etc/apt/preferences.d", "etc/apt/sources.list.d",
                       "var/lib/apt/lists/partial", "var/lib/dpkg",
                       "var/cache/apt/archives/partial"):
            os.makedirs(f"{self.path}/{folder}", exist_ok=True)
        host.write(f"{self.path}/var/lib/dpkg/status", "")
        with open(f"{self.path}/etc/apt/sources.list", "w", encoding="utf-8") as file:
            for suite in table.suites(self.suite):
                print(f"deb [signed-by={KEYRING}] {_address(suite)} {suite} main", file=file)

    def update(self):
        """Fetches the lists of packages; apt checks their signatures and sums."""
        host.need("gpgv", "gpgv", "debian-archive-keyring")
        host.log(f"fetching the package lists of {self.suite} for {self.arch}")
        self._lay_out()
        done = self._run("apt-get", "-q", "-o", "APT::Update::Error-Mode=any", "update")
        if done.returncode:
            raise host.Unavailable(f"the package lists of {self.suite} for {self.arch}: "
                                   + _reason(done.stdout))
        host.write(self._complete, "")
        _used[self._complete] = True

    @property
    def _complete(self):
        return f"{self.path}/complete"

    def _ensure(self):
        _used.setdefault(self._complete, False)
        if os.path.exists(self._complete):
            return
        with host.lock(f"apt-{self.suite}-{self.arch}"):
            if not os.path.exists(self._complete):
                self.update()

    def show(self, package):
        """The newest version's fields of a package."""
        self._ensure()
        done = self._run("apt-cache", "show", "--no-all-versions", package)
        fields = dict(line.split(": ", 1) for line in done.stdout.splitlines()
                      if ": " in line and not line.startswith(" "))
        if done.returncode or "Version" not in fields:
            raise host.Unavailable(f"{self.suite} for {self.arch} has no package {package}")
        return fields

    def version(self, package):
        """The version that apt would install."""
        return self.show(package)["Version"]

    def depends(self, package):
        """The names of the packages that a package depends on."""
        depends = self.show(package).get("Depends", "")
        return [word.split()[0] for word in depends.split(",") if word]

    def closure(self, packages):
        """The names of these packages and of all that they need on a machine that has nothing."""
        self._ensure()
        done = self._run("apt-get", "install", "-qq", "-y", "--print-uris",
                         "--no-install-recommends", *packages)
        if done.returncode:
            raise host.Unavailable(f"{self.suite} for {self.arch} cannot give "
                                   f"{' '.join(packages)}: {_reason(done.stdout)}")
        # Each line is: 'URI' FILE SIZE SUM
        return [line.split()[1].split("_")[0] for line in done.stdout.splitlines()
                if line.startswith("'")]

    def fetch(self, package, version=None):
        """The path of a package's .deb, which is downloaded once."""
        version = version or self.version(package)
        debs = f"{host.CACHE}/debs"
        # apt writes the epoch's colon as %3a.
        pattern = f"{debs}/{package}_{version.replace(':', '%3a')}_"
        found = [path for arch in (self.arch, "all") for path in glob.glob(f"{pattern}{arch}.deb")]
        if found:
            return found[0]
        partial = f"{debs}/partial.{os.getpid()}"
        os.makedirs(partial, exist_ok=True)
        host.log(f"downloading {package} {version}")
        done = self._run("apt-get", "-qq", "download", f"{package}={version}", cwd=partial)
        names = os.listdir(partial)
        for name in names if not done.returncode else ():
            os.rename(f"{partial}/{name}", f"{debs}/{name}")
        _remove(partial)
        if done.returncode:
            raise host.Unavailable(f"cannot download {package} {version}: {_reason(done.stdout)}")
        return f"{debs}/{names[0]}"

    def unpack(self, package, folder, version=None):
        """Unpacks a package, which is not installed."""
        os.makedirs(folder, exist_ok=True)
        subprocess.run(["dpkg-deb", "-x", self.fetch(package, version), folder], check=True,
                       stdout=sys.stderr)


def forget():
    """Forgets the lists that this process has used, unless it fetched them itself: then nothing
    newer is to be had, and the answer is False."""
    old = [path for path, fetched in _used.items() if not fetched and os.path.exists(path)]
    for path in old:
        os.unlink(path)
    return bool(old)


def _remove(folder):
    for name in os.listdir(folder):
        os.unlink(f"{folder}/{name}")
    os.rmdir(folder)


def _reason(text):
    """The first of apt's own words that say what is wrong; at which mirror does not matter."""
    text = re.sub(r"\bhttps?://\S*/dists/|\bhttps?://\S*/| *\[IP: [^]]*\]", "", text)
    lines = [line.strip() for line in text.splitlines()]
    for start in ("E: ", "Err:", "W: "):
        for line in lines:
            if line.startswith(start):
                return line.removeprefix("E: ")
    return lines[-1] if lines else "apt does not say why"
