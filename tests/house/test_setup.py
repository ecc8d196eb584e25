"""scripts/setup: installs what is missing, or names it with the command that does."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PYTHONS = ("python3", "python3.11", "python3.12", "python3.13", "python3.14")
# What the script may use besides the stubs: nothing else of this machine is on its path.
TOOLS = ("bash", "dirname", "env", "grep", "mkdir", "sh", "sleep", "tail", "touch")

OLD_PYTHON = "exit 1"
NO_VENV = 'case "$2" in *ensurepip*) exit 1 ;; *print*) echo python3.11-venv ;; esac'
ORDINARY = 'echo "${1:--u}" | grep -q -- -u && echo 1000'


class Machine:
    """A made-up machine: a copy of the script, and a path that holds only what a test puts there."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "clone"
        self.commands = folder / "commands"
        (self.root / "scripts").mkdir(parents=True)
        self.commands.mkdir()
        shutil.copy(ROOT / "scripts/setup", self.root / "scripts")
        for tool in TOOLS:
            self.command(tool)
        self.has("id", ORDINARY)

    def command(self, tool: str) -> None:
        """Put a tool of this machine on the path."""
        found = shutil.which(tool)
        assert found, f"{tool} is missing on this machine"
        (self.commands / tool).symlink_to(found)

    def has(self, name: str, body: str) -> None:
        stub = self.commands / name
        stub.write_text(f"#!/bin/sh\n{body}\n")
        stub.chmod(0o755)

    def setup(self, what: str) -> subprocess.CompletedProcess[str]:
        environment = {"PATH": str(self.commands), "HOME": os.fspath(self.root)}
        return subprocess.run(
            ["bash", self.root / "scripts/setup", what],
            env=environment, capture_output=True, text=True, timeout=30, check=False,
        )  # fmt: skip


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_without_python_and_apt_it_names_what_to_install(machine: Machine) -> None:
    ran = machine.setup("runtime")
    assert ran.returncode == 1
    assert "Python 3.11 or newer" in ran.stderr
    assert "python3 python3-venv" in ran.stderr


def test_an_ordinary_user_gets_the_exact_command(machine: Machine) -> None:
    for python in PYTHONS:
        machine.has(python, OLD_PYTHON)
    machine.has("apt-get", "echo should not run >&2; exit 9")
    ran = machine.setup("runtime")
    assert ran.returncode == 1
    assert "sudo apt-get install -y --no-install-recommends python3 python3-venv\n" in ran.stderr
    assert "should not run" not in ran.stderr


def test_a_python_without_venv_is_named_with_its_package(machine: Machine) -> None:
    machine.has("python3", NO_VENV)
    machine.has("apt-get", "exit 9")
    ran = machine.setup("runtime")
    assert "can't make virtual environments" in ran.stderr
    assert "sudo apt-get install -y --no-install-recommends python3.11-venv\n" in ran.stderr


@pytest.mark.parametrize("user", ["root", "sudo without a password"])
def test_who_may_install_does(machine: Machine, user: str) -> None:
    if user == "root":
        machine.has("id", "echo 0")
    else:
        machine.has("sudo", '[ "$1" = -n ] && shift; exec "$@"')
        machine.has("true", "exit 0")
    machine.has("dpkg-query", "exit 1")
    machine.has("apt-get", f'echo "$@" >>{machine.root}/installed')
    ran = machine.setup("debian")
    assert ran.returncode == 0, ran.stderr
    asked = (machine.root / "installed").read_text().splitlines()
    assert asked == [
        "update -q",
        "install -q -y --no-install-recommends "
        "chromium espeak-ng fonts-noto-color-emoji pocketsphinx-testdata postgresql redis-server",
    ]


def test_what_is_there_is_not_installed_again(machine: Machine) -> None:
    machine.has("dpkg-query", "echo install ok installed")
    ran = machine.setup("debian")
    assert (ran.returncode, ran.stdout) == (0, "")
    assert (machine.root / ".venv/.stamps/debian").exists()


def test_only_what_is_missing_is_named(machine: Machine) -> None:
    machine.has("dpkg-query", 'case "$*" in *espeak-ng*) echo install ok installed ;; *) exit 1 ;; esac')
    machine.has("apt-get", "exit 9")
    ran = machine.setup("debian")
    assert ran.stderr.rstrip().endswith(
        "--no-install-recommends chromium fonts-noto-color-emoji pocketsphinx-testdata postgresql redis-server"
    )


def test_a_failing_install_shows_its_last_lines_and_leaves_no_stamp(machine: Machine) -> None:
    machine.has("id", "echo 0")
    machine.has("dpkg-query", "exit 1")
    machine.has("apt-get", "echo no space left; exit 100")
    ran = machine.setup("debian")
    assert ran.returncode == 1
    assert "no space left" in ran.stderr
    assert "build/setup.log" in ran.stderr
    assert not (machine.root / ".venv/.stamps/debian").exists()


NEW_NODE, OLD_NODE = "echo v20.20.2", "echo v20.18.3"


@pytest.mark.parametrize("node", [None, OLD_NODE])
def test_without_a_new_node_an_ordinary_user_gets_the_exact_command(machine: Machine, node: str | None) -> None:
    if node:
        machine.has("node", node)
        machine.has("npm", "exit 9")
    machine.has("apt-get", "exit 9")
    ran = machine.setup("node")
    assert ran.returncode == 1
    assert "need Node 20.19 or newer, and npm" in ran.stderr
    assert ran.stderr.rstrip().endswith("sudo apt-get install -y --no-install-recommends nodejs npm")


def test_a_node_without_npm_will_not_do(machine: Machine) -> None:
    machine.has("node", NEW_NODE)
    machine.has("apt-get", "exit 9")
    assert "--no-install-recommends nodejs npm" in machine.setup("node").stderr


def test_debians_node_is_used_when_it_is_new_enough(machine: Machine) -> None:
    machine.has("id", "echo 0")
    stubs = "".join(
        f'echo "#!/bin/sh\n{body}" >{machine.commands}/{name}; chmod +x {machine.commands}/{name}; '
        for name, body in (("node", NEW_NODE), ("npm", "exit 0"))
    )
    machine.has("apt-get", f'case "$*" in *nodejs*) {stubs} ;; esac')
    machine.command("chmod")
    ran = machine.setup("node")
    assert ran.returncode == 0, ran.stderr
    assert (machine.root / ".venv/.stamps/node").exists()


def test_a_debian_whose_node_is_too_old_says_which_it_has(machine: Machine) -> None:
    machine.has("id", "echo 0")
    machine.has("node", OLD_NODE)
    machine.has("npm", "exit 9")
    machine.has("apt-get", "exit 0")
    ran = machine.setup("node")
    assert ran.returncode == 1
    assert "'node --version' says v20.18.3" in ran.stderr


def test_npm_installs_what_the_lock_file_names_and_runs_none_of_its_scripts(machine: Machine) -> None:
    machine.has("node", NEW_NODE)
    machine.has("npm", f'echo "$@" >{machine.root}/asked')
    ran = machine.setup("node")
    assert ran.returncode == 0, ran.stderr
    asked = (machine.root / "asked").read_text()
    assert asked == "ci --no-audit --no-fund --ignore-scripts\n"
    assert (machine.root / ".venv/.stamps/node").exists()


def test_an_npm_that_reaches_no_registry_says_so_and_leaves_no_stamp(machine: Machine) -> None:
    machine.has("node", NEW_NODE)
    machine.has("npm", "echo no route to host; exit 1")
    ran = machine.setup("node")
    assert ran.returncode == 1
    assert "no route to host" in ran.stderr
    assert "Is its package registry reachable?" in ran.stderr
    assert not (machine.root / ".venv/.stamps/node").exists()


def test_without_node_the_page_is_left_out_and_everything_else_goes_on(machine: Machine) -> None:
    machine.has("apt-get", "exit 9")
    ran = machine.setup("web")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout == (
        "The page at / is not built: it needs Node 20.19 or newer, and npm. Install them. Then: make setup\n"
    )


def with_vite(machine: Machine, vite: str = "exit 0") -> Path:
    """A machine with Node, whose npm and npx write down what they are asked; the file that they write to."""
    asked = machine.root / "asked"
    machine.has("node", NEW_NODE)
    machine.has("npm", f'echo "npm $*" >>{asked}; mkdir -p node_modules')
    machine.has("npx", f'echo "npx $*" >>{asked}; {vite}')
    (machine.root / "package-lock.json").touch()
    return asked


NPM, VITE = "npm ci --no-audit --no-fund --ignore-scripts", "npx --no-install vite build extension/src/web"


def test_the_page_is_built_and_packages_are_fetched_only_when_they_are_missing_or_old(machine: Machine) -> None:
    asked = with_vite(machine)
    for _ in range(2):
        assert machine.setup("web").returncode == 0
    assert asked.read_text().splitlines() == [NPM, VITE, VITE]
    stamp = machine.root / ".venv/.stamps/node"
    later_ns = stamp.stat().st_mtime_ns + 10**9
    os.utime(machine.root / "package-lock.json", ns=(later_ns, later_ns))
    machine.setup("web")
    assert asked.read_text().splitlines()[3:] == [NPM, VITE]


def test_a_page_that_cant_be_built_is_named_and_stops_nothing(machine: Machine) -> None:
    with_vite(machine, "echo no such config; exit 1")
    ran = machine.setup("web")
    assert ran.returncode == 0
    assert "no such config" in ran.stderr
    assert ran.stdout.endswith("its build failed (build/setup.log). Mend what it says above. Then: make setup\n")


def test_packages_for_the_page_that_cant_be_had_stop_nothing(machine: Machine) -> None:
    asked = with_vite(machine)
    machine.has("npm", "echo no route to host; exit 1")
    ran = machine.setup("web")
    assert ran.returncode == 0
    assert "no route to host" in ran.stderr
    assert "Is its registry reachable? Then: make setup\n" in ran.stdout
    assert not asked.exists(), "nothing was built with them"
