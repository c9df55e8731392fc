"""A first poll from beginning to end, compared with ``mbsync``'s download of the same mailbox in the same run.

Run: ``python -m tests.bench.polling [--mails 10000] [--rounds 2] [--seed 1] [--up] [--profile FILE]``; it needs Dovecot
and mbsync (Debian: dovecot-imapd, isync). A seeded mailbox (``desk_mail.py``) lies on Dovecot on loopback; in turns,
``mbsync`` downloads it into a Maildir and ``mamori poll`` takes it into SQLite: fetched, stored, read, threaded,
assessed, cases opened. Printed are the ratios, the mails a second of each stage, resident memory, and how the time for
the last thousand mails compares with that for the first. ``--up`` times ``mamori up`` as well, with its threads.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from tests.bench.desk_mail import SENT, DeskMail, desk_mail
from tests.support.certificates import make_authority
from tests.support.processes import free_port
from tests.support.product import Product
from tests.support.servers import Dovecot, dovecot, find

USER, GROWING, PASSWORD = "bench", "growing", "secret"
PORTION = 1000
SETTINGS = """\
[desk]
name = "サンプル サポート窓口"
addresses = ["support@sample.example"]
own_domains = ["sample.example"]
calendar = {{ spans = [{{ days = "Mon-Fri", from = "10:00", to = "18:00" }}], holidays = "JP" }}

[store]
data = "var"

[[mailbox]]
name = "support"
url = "{url}"
password_env = "BENCH_PASSWORD"
folders = ["INBOX"]
sent = ["Sent"]
"""
MBSYNC = """\
IMAPAccount there
Host 127.0.0.1
Port {port}
User {user}
Pass {password}
{plain}

IMAPStore far
Account there

MaildirStore near
Path {folder}/mail/
Inbox {folder}/mail/INBOX
SubFolders Verbatim

Channel all
{far} :far:
{near} :near:
Patterns INBOX Sent
Create {slave}
Sync Pull
SyncState *
"""


@dataclass(frozen=True, slots=True)
class Took:
    """What a command took: seconds by the wall and by processors, and its largest resident size in MB."""

    wall: float
    processor: float
    megabytes: float
    output: str


def run(command: list[str], environment: dict[str, str]) -> Took:
    """Run a command to its end; RuntimeError with the end of what it said where it fails."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as said:
        begun = time.perf_counter()
        process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=out, stderr=said)
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        if process.returncode:
            raise RuntimeError(f"{command[:4]} failed: {said.read()[-2000:].decode(errors='replace')}")
        out.seek(0)
        return Took(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, out.read().decode())


def fill(server: Dovecot, user: str, mails: Sequence[DeskMail], first: int = 0) -> None:
    """Lay the mails into the account's Maildir, numbered from ``first`` on."""
    home = server.maildir(user)
    for folder in (home, home / f".{SENT}"):
        for part in ("cur", "new", "tmp"):
            (folder / part).mkdir(parents=True, exist_ok=True)
    (home / f".{SENT}" / "maildirfolder").touch()
    for number, mail in enumerate(mails, first):
        folder = home / f".{SENT}" if mail.folder == SENT else home
        file = folder / "cur" / f"{int(mail.at.timestamp())}.{number:06}.bench:2,S"
        file.write_bytes(mail.raw)
        os.utime(file, (mail.at.timestamp(),) * 2)
        server.account.own(file)
    for path in (home, *(path for path in home.rglob("*") if path.is_dir())):
        server.account.own(path)


def mbsync(server: Dovecot, folder: Path) -> Took:
    """A first download by mbsync."""
    folder.mkdir()
    (folder / "mail").mkdir()
    said = subprocess.run(["mbsync", "--version"], capture_output=True, text=True, check=True).stdout
    old = tuple(map(int, [*re.findall(r"\d+", said), "0", "0"][:2])) < (1, 5)
    config = folder / "mbsyncrc"
    config.write_text(
        MBSYNC.format(
            port=server.port, user=USER, password=PASSWORD, folder=folder,
            plain="SSLType None\nAuthMechs LOGIN" if old else "TLSType None\nAuthMechs LOGIN",
            far="Far", near="Near", slave="Near",
        ),
        encoding="ascii",
    )  # fmt: skip
    return run(["mbsync", "--config", str(config), "--all", "--quiet"], dict(os.environ))


@contextmanager
def installation(server: Dovecot, folder: Path, user: str = USER) -> Iterator[Product]:
    """Mamori with an empty database of this version's shape."""
    folder.mkdir()
    settings = folder / "mamori.toml"
    settings.write_text(SETTINGS.format(url=server.url(user)), encoding="utf-8")
    product = Product(settings, {"BENCH_PASSWORD": PASSWORD})
    product.run("purge")
    yield product


def environment(product: Product) -> dict[str, str]:
    """What the product's processes find around them."""
    cleaned = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    root = str(Path(__file__).resolve().parents[2])
    return {**cleaned, **product.environment, "PYTHONPATH": root, "MAMORI_CONFIG": str(product.settings)}


def poll(server: Dovecot, folder: Path) -> Took:
    """``mamori poll`` from an empty database on."""
    with installation(server, folder) as product:
        return run([sys.executable, "-m", "worker", "poll"], environment(product))


def up(server: Dovecot, folder: Path, count: int) -> Took:
    """``mamori up`` until every mail is read and every thread assessed."""
    with installation(server, folder) as product, sqlite3.connect(folder / "var" / "mamori.sqlite3") as rows:
        begun = time.perf_counter()
        with product.running("up", "--port", str(free_port())) as process:
            while not settled(rows, count):
                assert process.poll() is None, product.log("up").read_text(encoding="utf-8")
                time.sleep(0.05)
            wall = time.perf_counter() - begun
            status = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
        peak = int(re.findall(r"VmHWM:\s+(\d+)", status)[0]) / 1024
    return Took(wall, 0.0, peak, "")


def settled(rows: sqlite3.Connection, count: int) -> bool:
    """Whether so many mails are read and nothing waits for its assessment."""
    (read,) = rows.execute("SELECT count(*) FROM inbox_message WHERE state = 'read'").fetchone()
    if read < count:
        return False
    (dirty,) = rows.execute("SELECT count(*) FROM inbox_thread WHERE dirty AND merged_into_id IS NULL").fetchone()
    return not dirty


def staged(server: Dovecot, folder: Path, mails: Sequence[DeskMail], profile: Path | None) -> dict[str, Any]:
    """The stages one by one (``stages.py``), the mails arriving by the thousand."""
    server.add_user(GROWING, PASSWORD)
    command = [sys.executable, "-m", "tests.bench.stages", *([str(profile)] if profile else [])]
    with installation(server, folder, GROWING) as product:
        process = subprocess.Popen(
            command, env=environment(product), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )
        with process:
            assert process.stdin is not None
            assert process.stdout is not None
            for start in range(0, len(mails), PORTION):
                assert process.stdout.readline(), "the stages ended"
                fill(server, GROWING, mails[start : start + PORTION], start)
                process.stdin.write("go on\n")
            said = process.communicate()[0]
    found: dict[str, Any] = json.loads(said.splitlines()[-1])
    return found


def row(name: str, found: Sequence[Took], base: Sequence[Took], count: int) -> str:
    """One line of the table: medians, each with its ratio to ``base``, and the largest resident size."""
    wall, other_wall = (median(each.wall for each in some) for some in (found, base))
    processor, other_processor = (median(each.processor for each in some) for some in (found, base))
    peak = max(each.megabytes for each in found)
    return (
        f"{name:20}{wall:9.2f}{wall / other_wall:10.1f}{processor:12.2f}{processor / other_processor:10.1f}"
        f"{count / wall:10,.0f}{peak:10.0f}"
    )


def tell_stages(said: dict[str, Any]) -> None:
    """The stages, and the first thousand against the last."""
    for stage, seconds in said["stages"].items():
        print(f"  {stage:26}{seconds:8.2f} seconds{said['mails'] / seconds:10,.0f} mails/s")
    print({name: value for name, value in said.items() if name not in ("portions", "stages")})
    portions = said["portions"]
    ratio = portions[-1] / portions[0]
    print(f"the last thousand took {ratio:.2f} times the processor time of the first ({len(portions)} thousands)")


def in_turns(rounds: int, *things: Callable[[int], Took]) -> list[list[Took]]:
    """Each thing once a round, so that whatever else the machine does falls on all of them."""
    turns = [[thing(number) for thing in things] for number in range(rounds)]
    return [list(column) for column in zip(*turns, strict=True)]


def main() -> None:
    """Print the table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--mails", type=int, default=10_000)
    options.add_argument("--rounds", type=int, default=2, help="0: the stages alone")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--up", action="store_true", help="time `mamori up` as well")
    options.add_argument("--profile", type=Path, help="write a profile of the stages to this file")
    chosen = options.parse_args()
    assert find("dovecot"), "install dovecot-imapd"
    assert find("mbsync"), "install isync"
    with tempfile.TemporaryDirectory(prefix="mamori-bench-") as name:
        folder = Path(name)
        with dovecot(make_authority(folder)) as server:
            compare(server, folder, chosen)


def compare(server: Dovecot, folder: Path, chosen: argparse.Namespace) -> None:
    """Fill the mailbox, run everything in turns and print what it took."""
    count = int(chosen.mails)
    mails = sorted(desk_mail(count, chosen.seed), key=lambda mail: mail.at)
    size = sum(len(mail.raw) for mail in mails)
    server.add_user(USER, PASSWORD)
    fill(server, USER, mails)
    print(f"{count:,} mails, {size / 1e6:.0f} MB, {size / count / 1000:.1f} KB on average")
    mbsync(server, folder / "first")  # the server's own indexes are made by whoever comes first
    names = ["mbsync", "mamori poll"]
    things = [
        lambda turn: mbsync(server, folder / f"mbsync{turn}"),
        lambda turn: poll(server, folder / f"poll{turn}"),
    ]
    if chosen.up:
        names.append("mamori up")
        things.append(lambda turn: up(server, folder / f"up{turn}", count))
    if columns := in_turns(chosen.rounds, *things):
        print(f"{'':20}{'seconds':>9}{'x mbsync':>10}{'processor':>12}{'x mbsync':>10}{'mails/s':>10}{'peak MB':>10}")
        for each, took in zip(names, columns, strict=True):
            print(row(each, took, columns[0], count))
    print("stage by stage, arriving by the thousand:")
    tell_stages(staged(server, folder / "stages", mails, chosen.profile))


if __name__ == "__main__":
    main()
