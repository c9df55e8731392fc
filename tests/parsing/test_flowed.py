"""format=flowed."""

from __future__ import annotations

from worker.parsing.flowed import unflow


def test_soft_breaks() -> None:
    """Lines that end in a space go on in the next; others end."""
    assert unflow("one \ntwo \nthree\nfour", delsp=False) == "one two three\nfour"


def test_delsp() -> None:
    """With DelSp the space that marks the break goes, as Japanese needs it."""
    assert unflow("返金して \nください\n", delsp=True) == "返金してください\n"
    assert unflow("返金して \n", delsp=True) == "返金して"


def test_quotes() -> None:
    """Lines join within their quote level only."""
    assert unflow("> one \n> two\n>> three \nfour", delsp=False) == "> one two\n>> three \nfour"


def test_signature_and_stuffing() -> None:
    """The signature's line is never soft, and a stuffed space goes."""
    assert unflow("one \n-- \nTaro \nYamada", delsp=False) == "one \n-- \nTaro Yamada"
    assert unflow(" From here\n >not a quote", delsp=False) == "From here\n>not a quote"
