"""The rules of the house that a reader cannot see from one file."""

import ast
import importlib
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOMS = ("features", "training", "serving", "foretell")

# Modules that may compare a time with a cutoff, beside the one that owns the convention.
READS_CUTOFFS = {
    "features/windows.py": "owns the convention",
    "features/windows_sql.py": "says the same in SQL; a test holds the two equal",
}

# Brought by the cluster, never installed beside the rest.
ONLY_ON_A_CLUSTER = {"pyspark"}


@cache
def tracked() -> tuple[Path, ...]:
    """Every file that git holds or would take, so that a rule is broken before the commit."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    files = [ROOT / name for name in listed.split("\0") if name]
    return tuple(sorted(file for file in files if file.is_file()))


def name_of(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


def python_files(*folders: str) -> list[Path]:
    found = [file for file in tracked() if file.suffix == ".py"]
    return [file for file in found if not folders or file.relative_to(ROOT).parts[0] in folders]


def product_trees() -> Iterator[tuple[str, ast.Module]]:
    for file in python_files(*ROOMS):
        yield name_of(file), ast.parse(file.read_text(encoding="utf-8"), name_of(file))


def loaded_by(module: str, *wanted: str) -> set[str]:
    """Which of the wanted packages a fresh interpreter holds after importing a module."""
    program = f"import sys, {module}; print(*(set({wanted!r}) & set(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    return set(run.stdout.split())


@pytest.mark.parametrize("room", ROOMS)
def test_every_room_is_there(room: str) -> None:
    assert [file for file in python_files(room) if file.name == "__init__.py"]


def test_the_import_arrows_hold() -> None:
    lint = Path(sys.executable).with_name("lint-imports")
    run = subprocess.run([lint, "--no-cache"], cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr


def test_the_command_line_starts_without_the_heavy_libraries() -> None:
    heavy = ("bentoml", "lightgbm", "mlflow", "optuna", "pandas", "sklearn")
    assert loaded_by("foretell.main", *heavy) == set()


def test_a_rollback_and_what_stands_load_nothing_that_computes() -> None:
    heavy = ("duckdb", "lightgbm", "mlflow", "numba", "numpy", "optuna", "pyarrow", "sklearn")
    programs = "foretell.main, training.production.rollback, training.registry, foretell.standing"
    assert loaded_by(programs, *heavy) == set()


def test_the_service_starts_without_the_libraries_of_training() -> None:
    assert loaded_by("serving.service", "mlflow", "optuna") == set()


@pytest.mark.parametrize("room", ["features", "training", "serving"])
def test_the_public_door_is_sorted_and_every_name_opens(room: str) -> None:
    package = importlib.import_module(room)
    assert list(package.__all__) == sorted(set(package.__all__))
    assert [name for name in package.__all__ if not hasattr(package, name)] == []


def imported_packages(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from (alias.name.split(".")[0] for alias in names)
            case ast.ImportFrom(module=str(module), level=0):
                yield module.split(".")[0]


def test_every_imported_package_is_declared() -> None:
    # What only comes along with another package leaves with that package's next release.
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"].values()
    needs = [need for group in (project["dependencies"], *extras) for need in group]
    declared = {re.split(r"[^\w-]", need)[0].lower().replace("-", "_") for need in needs}
    known = declared | ONLY_ON_A_CLUSTER | set(sys.stdlib_module_names) | set(ROOMS)
    distributions = packages_distributions()
    undeclared = {
        package: name
        for name, tree in product_trees()
        for package in imported_packages(tree)
        if package not in known
        and not {d.lower().replace("-", "_") for d in distributions.get(package, [])} & declared
    }
    assert undeclared == {}


def test_no_module_is_called_utils() -> None:
    vague = {"util", "utils"}
    assert [name_of(f) for f in python_files() if vague & {f.stem, f.parent.name}] == []


def test_no_file_has_two_duties() -> None:
    lengths = {name_of(f): len(f.read_text(encoding="utf-8").splitlines()) for f in python_files()}
    assert {name: lines for name, lines in lengths.items() if lines > 300} == {}


def test_tests_are_no_package() -> None:
    # tests/features/__init__.py would shadow the product.
    assert [name_of(f) for f in python_files("tests") if f.name == "__init__.py"] == []


CODE_IN_DATA = {"_pickle", "cloudpickle", "dill", "joblib", "marshal", "pickle", "shelve"}


def unsafe_formats(node: ast.AST) -> Iterator[str]:
    """What in a node could read or write objects that carry code."""
    match node:
        case ast.Import(names=names):
            yield from (a.name for a in names if a.name.split(".")[0] in CODE_IN_DATA)
        case ast.ImportFrom(module=str(module)) if module.split(".")[0] in CODE_IN_DATA:
            yield module
        case ast.Attribute(attr="read_pickle" | "to_pickle" as attr):
            yield attr
        case ast.Attribute(value=ast.Name(id=owner), attr=attr) if owner in CODE_IN_DATA:
            yield f"{owner}.{attr}"
        case ast.keyword(arg="allow_pickle", value=value):
            if not (isinstance(value, ast.Constant) and value.value is False):
                yield "allow_pickle"
        case ast.Call(func=ast.Name(id=called) | ast.Attribute(attr=called), args=[first, *_]):
            if called in {"__import__", "import_module"} and isinstance(first, ast.Constant):
                yield from {str(first.value).split(".")[0]} & CODE_IN_DATA


ORDER = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)
ORDERING_CALLS = {
    *("searchsorted", "bisect", "bisect_left", "bisect_right", "between"),
    *("less", "less_equal", "greater", "greater_equal", "lt", "le", "gt", "ge"),
}
SQL = re.compile(r"\b(SELECT|WHERE|JOIN|FILTER|QUALIFY)\b")
SQL_COMPARISON = re.compile(r"cutoff\w*[\s\"')}]*[<>]|[<>]=?[\s\"'({\w.]*cutoff", re.IGNORECASE)


def speaks_of_cutoff(node: ast.AST) -> bool:
    """Whether a value is a cutoff, by its name; the number of cutoffs is not one."""
    match node:
        case ast.Call(func=ast.Name(id="len" | "isinstance")):
            return False
        case ast.Attribute(attr="size" | "shape" | "ndim"):
            return False
        case ast.Name(id=name):
            return "cutoff" in name.lower() and not name.startswith("n_")
        case ast.Attribute(attr=name) if "cutoff" in name.lower():
            return not name.startswith("n_")
    return any(speaks_of_cutoff(child) for child in ast.iter_child_nodes(node))


def is_number(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, int | float)


def cutoff_comparisons(node: ast.AST) -> Iterator[str]:
    """Where a node orders a cutoff against something that is neither a cutoff nor a number.

    Cutoffs may be ordered among themselves: folds and their checkers do nothing else.
    """
    match node:
        case ast.Compare(left=left, ops=ops, comparators=rest):
            sides = [left, *rest]
            pairs = zip(sides, ops, rest, strict=False)
            judged = [(a, b) for a, op, b in pairs if isinstance(op, ORDER)]
        case ast.Call(func=ast.Attribute(value=owner, attr=called), args=[first, *rest]):
            # numpy.less(a, b) orders its arguments; a.less(b) and a.between(b, c) their owner.
            sides = [first, *rest[:1]] if rest and called != "between" else [owner, first, *rest]
            judged = [(sides[0], b) for b in sides[1:]] if called in ORDERING_CALLS else []
        case ast.Call(func=ast.Name(id=called), args=[first, second, *_]):
            judged = [(first, second)] if called in ORDERING_CALLS else []
        case ast.JoinedStr():
            text = ast.unparse(node)
            if SQL.search(text) and SQL_COMPARISON.search(text):
                yield text
            return
        case ast.Constant(value=str(text)):
            if SQL.search(text) and SQL_COMPARISON.search(text):
                yield text
            return
        case _:
            return
    for a, b in judged:
        if speaks_of_cutoff(a) != speaks_of_cutoff(b) and not (is_number(a) or is_number(b)):
            yield ast.unparse(node)
            return


def findings(check: Callable[[ast.AST], Iterator[str]], source: ast.AST | str) -> list[str]:
    tree = ast.parse(source) if isinstance(source, str) else source
    return [what for node in ast.walk(tree) for what in check(node)]


def test_no_format_that_carries_code() -> None:
    found = {name: findings(unsafe_formats, tree) for name, tree in product_trees()}
    assert {name: what for name, what in found.items() if what} == {}


def test_only_windows_compares_a_time_with_a_cutoff() -> None:
    found = {name: findings(cutoff_comparisons, tree) for name, tree in product_trees()}
    assert {name: w for name, w in found.items() if w and name not in READS_CUTOFFS} == {}
    assert set(READS_CUTOFFS) <= set(found)


@pytest.mark.parametrize(
    "source",
    [
        "import pickle",
        "from joblib import load",
        "import importlib; importlib.import_module('cloudpickle')",
        "frame.to_pickle(path)",
        "np.load(path, allow_pickle=True)",
    ],
)
def test_the_check_for_formats_sees(source: str) -> None:
    assert findings(unsafe_formats, source)


@pytest.mark.parametrize(
    ("source", "is_seen"),
    [
        ("known_at < cutoff", True),
        ("task.cutoff + gap <= ends", True),
        ("np.searchsorted(times, cutoffs)", True),
        ("frame.known_at.lt(cutoff)", True),
        ("f'SELECT * FROM t WHERE known_at < {cutoff}'", True),
        ("cutoffs[1:] <= cutoffs[:-1]", False),
        ("np.less(last_cutoff, cutoffs)", False),
        ("len(cutoffs) < n", False),
        ("cutoff == other", False),
        ("'uses only events with known_at < cutoff'", False),
    ],
)
def test_the_check_for_cutoffs_sees(source: str, is_seen: bool) -> None:
    assert bool(findings(cutoff_comparisons, source)) == is_seen


# Put together from pieces, so that this file does not match itself.
OF_ONE_MACHINE = re.compile(
    r"(?<![\w.~-])/" + r"(?:root|work|Users/\w+|home/(?!bentoml)\w+|opt/(?:wheels|pypi))\b"
    r"|--(?:extra-)?index" + r"-url[ =]|--find" + r"-links[ =]|\bpypi\.org" + r"/simple"
    r"|//[^/\s@\"'`<>]+:[^/\s@\"'`<>]+@"
)


def test_no_path_of_a_machine_and_no_address_of_an_index() -> None:
    found = {}
    for file in tracked():
        try:
            text = file.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        if match := OF_ONE_MACHINE.search(text):
            found[name_of(file)] = match.group()
    assert found == {}


@pytest.mark.parametrize("line", ["/ro" + "ot/x", "--index" + "-url=x", "https://u:p" + "@host/"])
def test_the_check_for_machines_sees(line: str) -> None:
    assert OF_ONE_MACHINE.search(line)
