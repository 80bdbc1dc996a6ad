"""Stamps: what was done for which inputs, so that a repeated run skips it."""

import hashlib
from pathlib import Path

from console import BUILD

_STAMPS = BUILD / "stamps"
_NEVER_INPUT = {"node_modules", "dist", "__pycache__", ".git"}


def hash_of(*inputs):
    """A hash over texts and files; a folder stands for every file in it (but not what is generated there)."""
    digest = hashlib.sha256()
    for item in inputs:
        if not isinstance(item, Path):
            digest.update(f"text:{item}\0".encode())
            continue
        for file in _files(item):
            digest.update(f"file:{file}\0".encode())
            digest.update(file.read_bytes())
    return digest.hexdigest()


def _files(path):
    if path.is_file():
        return [path]
    return sorted(
        file for file in path.rglob("*")
        if file.is_file() and not _NEVER_INPUT.intersection(file.relative_to(path).parts))


def fresh(name, inputs_hash):
    """Whether `name` was done for exactly these inputs."""
    file = _STAMPS / name
    return file.is_file() and file.read_text() == inputs_hash


def write(name, inputs_hash):
    _STAMPS.mkdir(parents=True, exist_ok=True)
    (_STAMPS / name).write_text(inputs_hash)
