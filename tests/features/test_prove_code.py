"""All code that a project brings is known by its bytes, wherever it lies."""

from __future__ import annotations

import hashlib
import sys
import types
from pathlib import Path

import pytest

from features.prove.code import project_code


def laid(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def test_every_python_file_of_the_folder_counts_and_no_environment_in_it(tmp_path: Path) -> None:
    laid(
        tmp_path,
        {
            "project.py": "1",
            "deep/er/helper.py": "2",
            "notes.txt": "no code",
            ".venv/lib/x.py": "3",
            "env/pyvenv.cfg": "",
            "env/lib/x.py": "3",
            "node_modules/x.py": "3",
        },
    )
    assert project_code(tmp_path / "project.py") == {
        "deep/er/helper.py": hashlib.sha256(b"2").hexdigest(),
        "project.py": hashlib.sha256(b"1").hexdigest(),
    }


PACKAGES = {
    "shared_money/__init__.py": "from .rates import EURO\nfrom shared_money.deep import other",
    "shared_money/rates.py": "import json\nimport numpy",
    "shared_money/deep/__init__.py": "",
    "shared_money/deep/other.py": "from ..unused_below import X",
    "shared_money/unused_below.py": "def (:",
    "shared_money/never_named.py": "",
    "lazily_read.py": "import shared_money.rates",
    "home/project.py": "import features\nimport shared_money\ndef f():\n    import lazily_read",
}


def test_modules_from_elsewhere_are_found_by_what_imports_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    laid(tmp_path, PACKAGES)
    monkeypatch.syspath_prepend(str(tmp_path))
    found = project_code(tmp_path / "home" / "project.py")
    assert set(found) == {
        "project.py",
        "module shared_money",
        "module shared_money.rates",
        "module shared_money.deep",
        "module shared_money.deep.other",
        "module shared_money.unused_below",
        "module lazily_read",
    }
    assert not set(PACKAGES) & set(sys.modules)
    laid(tmp_path, {"shared_money/rates.py": "import json"})
    again = project_code(tmp_path / "home" / "project.py")
    assert {name for name in found if found[name] != again[name]} == {"module shared_money.rates"}


def test_modules_that_no_statement_names_are_told_by_whoever_saw_them_come(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    laid(tmp_path, {"home/project.py": "", "by_name.py": "1"})
    came = types.ModuleType("by_name")
    came.__file__ = str(tmp_path / "by_name.py")
    monkeypatch.setitem(sys.modules, "by_name", came)
    file = tmp_path / "home" / "project.py"
    assert set(project_code(file)) == {"project.py"}
    pulled = ["by_name", "json", "sys", "numpy", "features", "training", "gone"]
    assert set(project_code(file, pulled)) == {"project.py", "module by_name"}
