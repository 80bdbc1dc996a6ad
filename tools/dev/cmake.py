"""Configuring and building with the presets of CMakePresets.json."""

import json
import os
import shutil

from console import BUILD, ROOT, Failed, relative, run
import ahead
import stamp


def presets():
    """Visible presets: name -> what it is."""
    content = json.loads((ROOT / "CMakePresets.json").read_text())
    return {preset["name"]: preset.get("displayName", "")
            for preset in content["configurePresets"] if not preset.get("hidden")}


def directory(preset):
    return BUILD / preset


def configure(preset, step=None):
    """Configures once; Ninja repeats it when a CMake file changes, but it does not know the presets' file."""
    inputs = stamp.hash_of(ROOT / "CMakePresets.json")
    name = f"configure-{preset}"
    if (directory(preset) / "build.ninja").is_file() and stamp.fresh(name, inputs):
        return
    if shutil.which("cmake") is None:
        raise Failed("cmake is not installed; `./dev bootstrap` installs what Flux needs")
    run(["cmake", "--preset", preset], f"configure-{preset}", step=step)
    stamp.write(name, inputs)


def build(preset, targets=(), step=None):
    """Builds `targets` (everything when empty)."""
    configure(preset, step)
    run(["cmake", "--build", directory(preset), "--parallel", str(os.cpu_count() or 2),
         *(["--target", *targets] if targets else [])],
        f"build-{preset}", step=step, env=_environment())


def begin(preset, targets, step=None):
    """What builds `targets` (everything when empty) with the cores that nobody needs, ahead of build()."""
    configure(preset, step)

    def work(stop):
        known = [target for target in targets if has_target(preset, target)]
        ahead.run_behind(["cmake", "--build", directory(preset), "--parallel", "1", *(["--target", *known] if known else [])],
                         f"build-ahead-{preset}", stop, _environment())

    return work


def flux(preset):
    """The program a preset builds."""
    return directory(preset) / "src" / "app" / "flux"


def has_target(preset, target):
    return f"build {target}:" in (directory(preset) / "build.ninja").read_text()


def require_flux(preset):
    if not flux(preset).is_file():
        raise Failed(f"{relative(flux(preset))} is missing after the build; src/app must build a program called flux")
    return flux(preset)


def _environment():
    env = dict(os.environ)
    # The same cache serves every clone: paths inside the tree are hashed relative to it.
    env.setdefault("CCACHE_BASEDIR", str(ROOT))
    return env
