"""How a mail's text is cut up for reading."""

from __future__ import annotations

from worker.cases.view import ShownEvidence
from worker.desk.passages import Mark, Passage, language_of, parts_of, sentences, subject_of
from worker.domain.judgement import Category, Field
from worker.domain.mail import Block, ParsedMail, Region

TEXT = "返金してください。担当の鈴木は無能だ。夜道に気をつけろ。\n今夜中に電話を。"


def mark(number: int, text: str, category: Category, within: str = TEXT, field: Field = Field.TEXT) -> Mark:
    """A mark over the first ``text`` in ``within``."""
    start = within.index(text)
    shown = ShownEvidence(
        number, 1, field, start, start + len(text), text, "", category, "phrases", "rule", "", None, False, 1.0, ()
    )
    return Mark(shown)


def mail(text: str, *blocks: Block, subject: str = "") -> ParsedMail:
    """A mail with that text, all of it own words unless told otherwise."""
    return ParsedMail(subject=subject, text=text, blocks=blocks)


def words(passage: Passage) -> str:
    """The text of a passage."""
    return "".join(run.text for run in passage.runs)


def test_a_mail_without_marks_is_one_open_passage() -> None:
    """Nothing is veiled or cut where nothing was found."""
    (part,) = parts_of(mail(TEXT), [])
    assert part.region is Region.OWN
    assert [(words(each), each.veil) for each in part.passages] == [(TEXT, None)]


def test_no_character_of_the_text_is_lost_but_the_space_around_a_veil() -> None:
    """Cutting at marks and veils keeps every word in its order."""
    marks = [
        mark(1, "返金", Category.REPETITION),
        mark(2, "無能", Category.INSULT_PERSON),
        mark(3, "夜道", Category.THREAT),
    ]
    (part,) = parts_of(mail(TEXT), marks)
    assert "".join(map(words, part.passages)).replace("\n", "") == TEXT.replace("\n", "")


def test_severe_words_are_veiled_with_their_whole_sentences() -> None:
    """Neighbouring severe sentences lie under one band that names the categories, gravest first, and counts them."""
    marks = [mark(1, "無能", Category.INSULT_PERSON), mark(2, "夜道", Category.THREAT)]
    (part,) = parts_of(mail(TEXT), marks)
    before, veiled, after = part.passages
    assert words(before) == "返金してください。"
    assert words(veiled) == "担当の鈴木は無能だ。夜道に気をつけろ。"
    assert veiled.veil is not None
    assert veiled.veil.categories == (Category.THREAT, Category.INSULT_PERSON)
    assert veiled.veil.sentences == 2
    assert words(after) == "今夜中に電話を。"


def test_what_does_not_wound_stays_open() -> None:
    """A repeated demand is underlined, not veiled."""
    (part,) = parts_of(mail(TEXT), [mark(1, "返金してください", Category.REPETITION)])
    (passage,) = part.passages
    assert passage.veil is None
    assert [(run.text, [m.number for m in run.marks], [m.number for m in run.ends]) for run in passage.runs][:2] == [
        ("返金してください", [1], [1]),
        ("。担当の鈴木は無能だ。夜道に気をつけろ。\n今夜中に電話を。", [], []),
    ]


def test_overlapping_marks_share_their_stretch() -> None:
    """Where two marks lie over one another, the shared stretch bears both numbers, and each ends where it ends."""
    marks = [mark(1, "今夜中に電話", Category.OFF_HOURS), mark(2, "電話を", Category.REPETITION)]
    (part,) = parts_of(mail(TEXT), marks)
    runs = [(run.text, [m.number for m in run.marks], [m.number for m in run.ends]) for run in part.passages[0].runs]
    assert runs[1:] == [("今夜中に", [1], []), ("電話", [1, 2], [1]), ("を", [2], [2]), ("。", [], [])]


def test_quotes_and_signatures_are_parts_of_their_own() -> None:
    """Neighbouring quotes of any depth are one folded part with its lines counted; blank parts are left out."""
    text = "はい。\n> a\n>> b\n\n-- \n山田"
    blocks = (
        Block(Region.OWN, 0, 4),
        Block(Region.QUOTE, 4, 8, 1),
        Block(Region.QUOTE, 8, 13, 2),
        Block(Region.OWN, 13, 14),
        Block(Region.SIGNATURE, 14, len(text)),
    )
    own, quote, signature = parts_of(mail(text, *blocks), [])
    assert (own.folded, quote.folded, signature.folded) == (False, True, True)
    assert quote.lines == 2
    assert words(signature.passages[0]) == "-- \n山田"


def test_a_mark_in_a_quote_is_known_to_its_part() -> None:
    """A quote that holds evidence says so, so that the page can show it open."""
    text = "はい。\n> 殺すぞ"
    blocks = (Block(Region.OWN, 0, 4), Block(Region.UNVERIFIED_QUOTE, 4, len(text)))
    own, quote = parts_of(mail(text, *blocks), [mark(1, "殺すぞ", Category.THREAT, text)])
    assert own.marks == ()
    assert [each.number for each in quote.marks] == [1]


def test_words_in_the_subject_are_marked_in_the_subject_alone() -> None:
    """A subject mark never underlines the body at the same place."""
    parsed = mail(TEXT, subject="無能な担当へ")
    marks = [mark(1, "無能な担当", Category.INSULT_PERSON, parsed.subject, Field.SUBJECT)]
    (passage,) = subject_of(parsed, marks)
    assert passage.veil is not None
    assert all(each.veil is None for part in parts_of(parsed, marks) for each in part.passages)


def test_an_empty_mail_has_no_parts() -> None:
    """Nothing to show is shown as nothing."""
    assert parts_of(mail(""), []) == ()
    assert subject_of(mail(""), []) == ()


def test_a_line_end_inside_a_sentence_does_not_end_it() -> None:
    """Mails wrapped by hand keep their sentences; English ones end at a full stop before a space; blank lines end."""
    text = "担当者を替えて\nください。 See v1.2 now. Thanks\n\n以上"
    found = [text[start:end] for start, end in sentences(text, 0, len(text))]
    assert found == ["担当者を替えて\nください。", "See v1.2 now.", "Thanks", "以上"]


def test_the_band_says_whom_the_words_are_meant_for() -> None:
    """Insults and threats to the company are the company's, all else a person's, both where both are there."""
    text = "倒産させるぞ。死ね。"
    company = mark(1, "倒産させる", Category.THREAT_TO_COMPANY, text)
    person = mark(2, "死ね", Category.ABUSIVE_LANGUAGE, text)
    for marks, targets in (
        ([company], ("company",)),
        ([person], ("person",)),
        ([company, person], ("person", "company")),
    ):
        (part,) = parts_of(mail(text), marks)
        (veil,) = [passage.veil for passage in part.passages if passage.veil]
        assert veil.targets == targets


def test_a_text_is_read_in_the_letters_of_its_language() -> None:
    """Kana means Japanese, Chinese characters without kana Chinese, all else English."""
    assert [language_of(text) for text in ("返金してください", "ﾃｽﾄ", "请退款", "refund")] == ["ja", "ja", "zh", "en"]
