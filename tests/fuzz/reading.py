"""A fuzzer of reading: mails bent out of the seed corpus, and what must hold of each.

Run for long: ``python tests/fuzz/reading.py --minutes 10 [--seed 1]``; it stops at the first fault and prints the
bytes. ``test_reading.py`` runs a little of it with every test run.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from worker.parsing import Limits, describe, mark_unverified, read_attached, read_mail

SEEDS = tuple(path.read_bytes() for path in sorted((Path(__file__).parent / "seeds").glob("*.eml")))
SMALL = Limits(header_bytes=2_000, headers=50, parts=10, depth=4, text=2_000, html=3_000, attachments=5)
TOKENS = (
    b"\r\n",
    b"\n",
    b"\r",
    b"\0",
    b"\x1b$B",
    b"\x1b(B",
    b"\x1b(I",
    b"\x0e",
    b"=?",
    b"?=",
    b"?B?",
    b"?Q?",
    b"--",
    b"--=-a",
    b'"',
    b"<",
    b">",
    b"(",
    b";",
    b"*0*=",
    b"''",
    b"=",
    b"=\r\n",
    b"> ",
    b"begin 644 x\n",
    b"end\n",
    b"\xff",
    b"\xe8\xbf",
    b"\x82\xa0",
    b"\xed\xa0\x80",
    b"Content-Type: multipart/mixed; boundary=a\r\n",
    b"Content-Type: text/html; charset=x\r\n",
    b"charset=utf-16",
    b"charset=utf-7",
    b"charset=hz",
    b"Content-Transfer-Encoding: base64\r\n",
    b"<blockquote>",
    b"<p hidden>",
    b"</div>",
    b"<!--",
    b"<style>",
    b"&#x0;",
    b"&#xd800;",
    b"-----Original Message-----\n",
    "差出人: a\n送信日時: b\n宛先: c\n".encode(),
    "2026年3月4日(水) 10:12 a <b@c.example>:\n".encode(),
    b"-- \n",
    "━━━━━\n".encode(),
    b"-----BEGIN PGP SIGNED MESSAGE-----\n",
    b"From: ",
    b"Date: ",
    b"References: <a> <",
)


def bent(dice: random.Random, seeds: Sequence[bytes] = SEEDS) -> bytes:
    """A seed with a few of its bytes cut, doubled, exchanged or spliced with another's."""
    raw = dice.choice(seeds)
    for _ in range(dice.randint(0, 6)):
        raw = dice.choice(BENDS)(dice, raw)
    return raw[:20_000]


def _cut(dice: random.Random, raw: bytes) -> bytes:
    start, stop = sorted((dice.randint(0, len(raw)), dice.randint(0, len(raw))))
    return raw[:start] + raw[stop:]


def _double(dice: random.Random, raw: bytes) -> bytes:
    start = dice.randint(0, len(raw))
    return raw[:start] + raw[start : start + dice.randint(0, 300)] + raw[start:]


def _flip(dice: random.Random, raw: bytes) -> bytes:
    place = dice.randint(0, len(raw))
    return raw[:place] + bytes((dice.randint(0, 255),)) + raw[place + 1 :]


def _insert(dice: random.Random, raw: bytes) -> bytes:
    place = dice.randint(0, len(raw))
    return raw[:place] + dice.choice(TOKENS) * dice.choice((1, 1, 1, 40)) + raw[place:]


def _splice(dice: random.Random, raw: bytes) -> bytes:
    other = dice.choice(SEEDS)
    return raw[: dice.randint(0, len(raw))] + other[dice.randint(0, len(other)) :]


BENDS: tuple[Callable[[random.Random, bytes], bytes], ...] = (_cut, _double, _flip, _insert, _splice)


def check(raw: bytes) -> None:
    """What must hold of every mail: it is read, blocks cover its text, and all of it can be kept and shown."""
    for limits in (Limits(), SMALL):
        parsed = read_mail(raw, limits)
        assert not any("could not be read" in defect for defect in parsed.defects), parsed.defects
        assert "".join(parsed.text[block.start : block.end] for block in parsed.blocks) == parsed.text
        assert len(parsed.text) <= limits.text
        written = json.dumps([describe("a.eml", parsed), parsed.html, dict(parsed.headers)], ensure_ascii=False)
        assert "\\u0000" not in written
        assert written.encode()
        checked = mark_unverified(parsed, ["前回の本文"])
        assert checked.own_words == parsed.own_words
        assert "".join(checked.text[block.start : block.end] for block in checked.blocks) == parsed.text
        read_attached(raw, limits)


def main() -> None:
    """Bend and check until the time is up."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--minutes", type=float, default=10)
    options.add_argument("--seed", type=int, default=1)
    chosen = options.parse_args()
    dice = random.Random(chosen.seed)
    until = time.monotonic() + chosen.minutes * 60
    count, slowest = 0, 0.0
    while time.monotonic() < until:
        raw = bent(dice)
        begun = time.process_time()
        try:
            check(raw)
        except Exception:
            print(f"after {count} mails, this one fails:\n{raw!r}")
            raise
        count, slowest = count + 1, max(slowest, time.process_time() - begun)
    print(f"{count} mails, no fault; the slowest took {slowest:.2f} s")


if __name__ == "__main__":
    main()
