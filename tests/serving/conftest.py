"""The small world, made once."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from features.segments import Partition
from serving.roster import Roster, champions, load_roster
from serving.settings import ProjectSettings, read_settings
from tests.serving import tiny
from tests.serving.asking import Ask, asking, guarded, served
from tests.serving.readyworld import SINCE, ready_bundle, write_ready, write_settings
from training.bundle import Bundle


@pytest.fixture(scope="session")
def settings_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.write_world(tmp_path_factory.mktemp("world"))


@pytest.fixture(scope="session")
def shop_settings(settings_file: Path) -> ProjectSettings:
    return read_settings(settings_file).projects[0]


@pytest.fixture(scope="session")
def bundles(shop_settings: ProjectSettings) -> dict[str, Bundle]:
    return champions(shop_settings.champions)


@pytest.fixture(scope="session")
def shop() -> Partition:
    return tiny.load(tiny.SHOP_TABLES, tiny.shop_frames())


@pytest.fixture(scope="session")
def roster(settings_file: Path) -> Roster:
    return load_roster(read_settings(settings_file), clock=lambda: tiny.PRESENT)


@pytest.fixture(scope="session")
def only_shop(roster: Roster) -> Roster:
    return replace(roster, projects=roster.projects[:1])


@pytest.fixture(scope="session")
def ask(roster: Roster) -> Ask:
    return asking(guarded(served(roster)))


@pytest.fixture(scope="session")
def calls_bundle() -> Bundle:
    return ready_bundle(SINCE, "subscribes")


@pytest.fixture(scope="session")
def calls_settings(tmp_path_factory: pytest.TempPathFactory, calls_bundle: Bundle) -> Path:
    """The shop, the bank, and a bank whose calls are a ready-made table."""
    folder = tmp_path_factory.mktemp("calls")
    known = json.loads(tiny.write_world(folder).read_text())["projects"]
    return write_settings(folder, *known, write_ready(folder, [calls_bundle]))


@pytest.fixture(scope="session")
def calls_roster(calls_settings: Path) -> Roster:
    return load_roster(read_settings(calls_settings), clock=lambda: tiny.PRESENT)


@pytest.fixture(scope="session")
def ask_calls(calls_roster: Roster) -> Ask:
    return asking(guarded(served(calls_roster)))
