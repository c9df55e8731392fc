from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built and installed into a folder of its own."""
    wheels, target = tmp_path_factory.mktemp("wheels"), tmp_path_factory.mktemp("installed")
    _run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(wheels), cwd=ROOT)
    (wheel,) = wheels.glob("*.whl")
    _run(sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(target), str(wheel))
    return target


def test_rules_and_templates_travel_in_the_wheel(installed: Path, tmp_path: Path) -> None:
    """From a wheel, in any folder, the shipped rules and notices are found."""
    script = (
        "import worker, pathlib; from worker.resources import shipped;"
        "print(worker.__file__); print(*sorted(p.name for p in shipped('rules').iterdir()));"
        "print(*sorted(p.name for p in shipped('templates').iterdir()))"
    )
    file, rules, templates = _run(sys.executable, "-P", "-c", script, cwd=tmp_path, path=installed).splitlines()
    assert Path(file).is_relative_to(installed)
    assert {"packs", "policies"} <= set(rules.split())
    assert {"desk", "notices"} <= set(templates.split())


def test_the_installed_command_lists_its_rules(installed: Path, tmp_path: Path) -> None:
    """From a wheel, 'mamori rules list' prints as many rules as the checkout holds."""
    listed = _run(sys.executable, "-P", "-m", "worker", "rules", "list", cwd=tmp_path, path=installed)
    files = [path for path in (ROOT / "rules" / "packs").glob("*/*.yaml") if ".examples." not in path.name]
    assert len(listed.splitlines()) == len(files)


def test_compose_names_what_every_service_needs() -> None:
    """Every service is checked for health, drops privileges, has a read-only root and runs as an ordinary user."""
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    assert {"web", "worker", "beat", "watch", "redis", "postgres", "mailbox"} == set(compose["services"])
    for name, service in compose["services"].items():
        assert service["healthcheck"]["test"], name
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert int(service["user"].partition(":")[0]) > 0, name
        named = [
            volume.partition(":")[0] for volume in service.get("volumes", []) if not volume.startswith(("./", "/"))
        ]
        assert set(named) <= set(compose["volumes"]), name
    assert compose["services"]["mailbox"]["profiles"] == ["demo"]


def test_compose_runs_only_commands_that_exist() -> None:
    """The commands in docker-compose.yml are commands of mamori."""
    from worker.cli import COMMANDS

    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    ours = [service["command"][0] for service in compose["services"].values() if service["image"] == "mamori:local"]
    assert len(ours) == 4
    assert set(ours) <= set(COMMANDS)


def test_the_example_settings_are_valid() -> None:
    """The settings files of the examples are read without a fault."""
    from worker import config

    files = sorted((ROOT / "docs" / "examples").glob("*.toml"))
    brokers = {file.name: config.load(file).store.broker for file in files}
    assert brokers == {"mamori.compose.toml": "redis://redis:6379/0", "mamori.minimal.toml": "memory"}


def _run(*command: str, cwd: Path | None = None, path: Path | None = None) -> str:
    environment = {**os.environ, "PYTHONPATH": str(path)} if path else dict(os.environ)
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout
