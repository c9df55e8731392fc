"""The commands that keep rows, called as people call them: a process each, on the demo's own mail server."""

from __future__ import annotations

import imaplib
import signal
import socket
import subprocess
import urllib.request
from pathlib import Path

import pytest

from tests.cli.conftest import MakeProduct
from tests.support.certificates import Authority
from tests.support.processes import free_port
from tests.support.product import Product, eventually
from tests.support.servers import Dovecot
from worker.demo.server import DemoMailbox

GOOD = "correct-horse-9-staple"
ANSWERS = {
    "--name": "株式会社サンプル サポート窓口",
    "--address": "support@sample.example",
    "--mailbox": "imaps://support@imap.sample.example",
    "--smtp": "smtp+starttls://support@smtp.sample.example:587",
    "--policy": "upshare",
    "--username": "admin",
}


def fault(done: subprocess.CompletedProcess[str]) -> str:
    """The one sentence of a command that could not be done; no traceback, exit 1 or 2."""
    assert done.returncode in (1, 2), done.stdout
    assert "Traceback" not in done.stderr
    return done.stderr.strip().splitlines()[-1]


class TestDemo:
    def test_exit_after_the_table(self, product: MakeProduct) -> None:
        """demo --exit polls the sample inbox for real, prints the flagged threads on stdout and ends well."""
        done = product().run("demo", "--exit")
        assert "kuroiwa@hokushin-seimitsu.example" in done.stdout
        assert "● critical" in done.stdout
        assert "U-10" in done.stdout
        assert done.stderr.splitlines()[-1] == "support: 117 new mails"

    def test_opens_the_desk_until_told_to_stop(self, product: MakeProduct) -> None:
        """Without --exit the links sign in, and SIGTERM ends it within seconds without a traceback."""
        port, made = free_port(), product()
        with made.running("demo", "--port", str(port)) as process:
            assert eventually(lambda: "sign-in/" in made.log("demo").read_text(encoding="utf-8"))
            said = made.log("demo").read_text(encoding="utf-8")
            link = next(word for word in said.split() if "/sign-in/" in word)
            assert eventually(lambda: answers(port))
            with urllib.request.urlopen(link) as page:
                assert page.status == 200
            process.send_signal(signal.SIGTERM)
            assert process.wait(20) == 0
        assert "Traceback" not in made.log("demo").read_text(encoding="utf-8")

    def test_a_folder_that_cannot_be_made(self, product: MakeProduct) -> None:
        """--folder below a file is refused in a sentence."""
        done = product().run("demo", "--exit", "--folder", __file__ + "/x", check=False)
        assert fault(done).startswith("--folder: ")


def init(product: Product, *, password: str = GOOD, **changes: str) -> subprocess.CompletedProcess[str]:
    """Answer all of init's questions, some of them differently, and let it write new.toml."""
    answers = ANSWERS | {f"--{name}": value for name, value in changes.items()}
    words = [word for pair in answers.items() for word in pair]
    file = product.folder / "new" / "new.toml"
    file.parent.mkdir(exist_ok=True)
    return product.run("init", *words, "--config", str(file), check=False, text=f"{password}\n{password}\n")


class TestInit:
    def test_good_answers(self, product: MakeProduct) -> None:
        """Good answers leave settings that load, and an account that may administer and decide."""
        made = product()
        done = init(made)
        assert done.returncode == 0, done.stderr
        assert "MAMORI_MAILBOX_PASSWORD and MAMORI_SMTP_PASSWORD" in done.stdout
        assert "doctor" in done.stdout
        listed = made.run("user", "list", "--config", str(made.folder / "new" / "new.toml"))
        assert listed.stdout == "admin\tadmin\tadministrator, manager\n"

    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({"address": "support"}, "'support' is no mail address"),
            ({"mailbox": "http://h.example"}, "http:// is no way to reach a mailbox"),
            ({"mailbox": "imap://u@h.example"}, "in the clear"),
            ({"smtp": "smtp:/x"}, "smtp.url names no host"),
            ({"policy": "none"}, "There is no policy 'none'"),
            ({"username": "a b"}, "'a b' is no user name"),
            ({"name": ""}, "desk.name"),
            ({"password": "short"}, "This password is too short"),
        ],
    )
    def test_bad_answers_write_nothing(self, product: MakeProduct, changes: dict[str, str], said: str) -> None:
        """A wrong answer is told in a sentence; neither a settings file nor a data folder is left behind."""
        made = product()
        assert said in fault(init(made, **changes))
        assert list((made.folder / "new").iterdir()) == []

    def test_a_file_that_is_there_is_kept(self, product: MakeProduct) -> None:
        """init never writes over settings."""
        made = product()
        init(made)
        assert "exists already" in fault(init(made))
        assert (made.folder / "new" / "var").is_dir()


class TestPoll:
    def test_polls_for_real_and_again_adds_nothing(self, connected: MakeProduct) -> None:
        """Every mail is fetched, read and judged once; a second round finds nothing new; no word goes to the output."""
        made = connected()
        first = made.run("poll")
        assert first.stdout == "support: 117 new mails\n"
        assert made.run("poll", "--mailbox", "support").stdout == "support: 0 new mails\n"
        assert "@" not in first.stdout + first.stderr
        assert made.run("purge").stdout.startswith("messages: ")

    def test_a_wrong_password_is_told(self, connected: MakeProduct) -> None:
        """A round that failed exits 1 with the reason, and doctor names the same."""
        made = connected(password="wrong")
        done = made.run("poll", check=False)
        assert done.returncode == 1
        assert "password" in done.stdout
        checked = made.run("doctor", check=False)
        assert checked.returncode == 1
        [line] = [line for line in checked.stdout.splitlines() if line.startswith("FAIL")]
        assert "mailbox support" in line

    def test_wrong_host_port_and_folder_are_told(self, connected: MakeProduct, mailbox: DemoMailbox) -> None:
        """Nothing listens there; there is no such folder: exit 1, in a sentence."""
        done = connected(url=f"imap://u@127.0.0.1:{free_port()}").run("poll", check=False)
        assert (done.returncode, "check host and port" in done.stdout) == (1, True)
        done = connected(more='folders = ["Nowhere"]').run("poll", check=False)
        assert (done.returncode, "Nowhere" in done.stdout) == (1, True)
        assert "'sales'; known: support" in fault(connected().run("poll", "--mailbox", "sales", check=False))

    def test_without_a_mailbox(self, product: MakeProduct) -> None:
        """Settings that name no mailbox leave nothing to poll."""
        assert "no [[mailbox]] to poll" in fault(product().run("poll", check=False))


@pytest.mark.live("dovecot", "openssl")
def test_a_certificate_of_a_stranger_is_told(connected: MakeProduct, dovecot: Dovecot, authority: Authority) -> None:
    """doctor and poll refuse a server whose certificate nobody vouches for, and take it with its authority named."""
    password = dovecot.add_user("cert")
    with imaplib.IMAP4("127.0.0.1", dovecot.port, timeout=10) as link:
        link.login("cert", password)
        link.create("Sent")
    url = f"imaps://cert@localhost:{dovecot.tls_port}"
    refused = connected(password=password, url=url, more="").run("poll", check=False)
    assert (refused.returncode, "certificate" in refused.stdout) == (1, True)
    trusted = connected(password=password, url=url, more=f'ca_file = "{dovecot.ca_file}"')
    assert "0 new mails" in trusted.run("poll").stdout


class TestScanOfAMailbox:
    def test_reads_over_imap_and_keeps_nothing(self, product: MakeProduct, mailbox: DemoMailbox) -> None:
        """scan imap://… assesses what lies in the folder; the password comes from the environment."""
        made = product()
        made.environment = {"MAMORI_IMAP_PASSWORD": mailbox.password}
        done = made.run("scan", f"{mailbox.url}/INBOX", "--format", "jsonl")
        assert "kuroiwa@hokushin-seimitsu.example" in done.stdout
        assert done.stderr.startswith("74 mails read")
        assert not (made.folder / "var").exists()

    def test_a_wrong_password_or_folder_is_a_sentence(self, product: MakeProduct, mailbox: DemoMailbox) -> None:
        """Exit 1 and one sentence without an empty table."""
        made = product()
        made.environment = {"MAMORI_IMAP_PASSWORD": "wrong"}
        done = made.run("scan", f"{mailbox.url}/INBOX", check=False)
        assert ("password" in fault(done), done.stdout) == (True, "")
        made.environment = {"MAMORI_IMAP_PASSWORD": mailbox.password}
        done = made.run("scan", f"{mailbox.url}/Nowhere", check=False)
        assert ("Nowhere" in fault(done), done.stdout) == (True, "")


class TestDoctor:
    def test_a_line_for_each_check(self, connected: MakeProduct) -> None:
        """In order it exits 0, with a line each for settings, database, rules, people, mailbox and relay."""
        made = connected()
        made.run("poll")
        lines = made.run("doctor").stdout.splitlines()
        assert any(line.startswith("ok    mailbox support: reads INBOX 74, Sent 43") for line in lines)
        assert any(line.startswith("note  people: 0 of our people") for line in lines)
        assert {line[:4] for line in lines} <= {"ok  ", "note"}

    @pytest.mark.parametrize(
        ("more", "said"),
        [
            ('[alerts]\nurls = ["nonsense"]', "alerts.urls: entry 1"),
            ('[smtp]\nurl = "ftp://x"\nsender = "a@b.example"', "smtp.url: 'ftp' is not known"),
            ('[smtp]\nurl = "smtp://127.0.0.1:1"\nsender = "a@b.example"', "relay"),
        ],
    )
    def test_faults_are_named(self, product: MakeProduct, more: str, said: str) -> None:
        """A way out that cannot be used is one line of its own and exit 1."""
        made = product(more)
        made.run("purge")
        done = made.run("doctor", check=False)
        [line] = [line for line in done.stdout.splitlines() if line.startswith("FAIL")]
        assert (done.returncode, said in line) == (1, True)

    def test_alive_needs_a_sweep(self, product: MakeProduct) -> None:
        """--alive fails as long as no sweep has finished, and says what to start."""
        made = product()
        made.run("purge")
        done = made.run("doctor", "--alive", check=False)
        assert (done.returncode, "mamori up" in done.stdout) == (1, True)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            'database = "sqlite"',
            'database = "postgresql://u@127.0.0.1:1/x"',
            "The database could not be used",
        ),
        ('database = "sqlite"', 'database = "mysql://x"', "store.database"),
        ('policy = "upshare"', "policy = 5", "desk.policy"),
        ("var", "../" + Path(__file__).name, "store.data"),
    ],
)
def test_settings_that_cannot_be_used(product: MakeProduct, tmp_path: Path, old: str, new: str, said: str) -> None:
    """A database that is not there, a wrong value, a data folder that is a file: one sentence, no traceback."""
    made = product()
    (tmp_path.parent / Path(__file__).name).touch()
    text = made.settings.read_text(encoding="utf-8")
    made.settings.write_text(text.replace(old, new), encoding="utf-8")
    assert said in fault(made.run("user", "list", check=False))


class TestUser:
    def test_from_joining_to_leaving(self, product: MakeProduct) -> None:
        """add, grant, password and disable do what they say, and list shows it."""
        made, typed = product(), f"{GOOD}\n{GOOD}\n"
        assert made.run("user", "add", "mori", "--name", "森", "--role", "desk", text=typed).stdout.endswith(
            "mori: desk\n"
        )
        assert made.run("user", "grant", "mori", "manager").stdout == "mori: manager from today on\n"
        assert "sessions" in made.run("user", "password", "mori", text=f"{GOOD}!\n{GOOD}!\n").stdout
        assert made.run("user", "list").stdout == "mori\t森\tdesk, manager\n"
        assert made.run("user", "disable", "mori").stdout == "mori: disabled\n"
        assert made.run("user", "list").stdout.endswith(" (disabled)\n")

    @pytest.mark.parametrize(
        ("words", "said"),
        [
            (["add", "a b"], "is no user name"),
            (["add", "mori", "--role", "king"], "'king' is not a role; roles are"),
            (["add", "mori", "--language", "fr"], "--language"),
            (["grant", "nobody", "desk"], "There is nobody called 'nobody'"),
            (["password", "nobody"], "There is nobody called 'nobody'"),
            (["disable", "nobody"], "There is nobody called 'nobody'"),
        ],
    )
    def test_wrong_use(self, product: MakeProduct, words: list[str], said: str) -> None:
        """Who or what is not there is named, before a password is asked for."""
        assert said in fault(product().run("user", *words, check=False))


class TestOrganisations:
    GOOD = "name,domains,contact_name,contact_address\n株式会社青空,aozora.example,青木,aoki@aozora.example\n"

    def test_import_and_list(self, product: MakeProduct) -> None:
        """A good file is read whole, once; a preview changes nothing."""
        made = product()
        file = made.folder / "good.csv"
        file.write_text(self.GOOD, encoding="utf-8")
        assert made.run("org", "import", str(file), "--preview").stdout.startswith("1 added")
        assert made.run("org", "list").stdout == ""
        assert made.run("org", "import", str(file)).stdout.startswith("1 added")
        assert made.run("org", "import", str(file)).stdout.startswith("0 added")
        assert made.run("org", "list").stdout == "株式会社青空\taozora.example\n"

    def test_one_bad_row_imports_nothing(self, product: MakeProduct) -> None:
        """Each wrong row is named with file, row and column, exit is 1, and no row was taken."""
        made = product()
        file = made.folder / "bad.csv"
        file.write_text(self.GOOD + "株式会社虹,not a domain,,nobody\n", encoding="utf-8")
        done = made.run("org", "import", str(file), check=False)
        assert f"{file}: row 3, column domains" in done.stderr
        assert fault(done)
        assert made.run("org", "list").stdout == ""

    def test_files_that_are_none(self, product: MakeProduct) -> None:
        """A missing file and one of other bytes are named."""
        made = product()
        assert "none.csv could not be read" in fault(made.run("org", "import", "none.csv", check=False))
        file = made.folder / "bytes.csv"
        file.write_bytes(b"name\n\xff\xfe\x81\x00")
        assert str(file) in fault(made.run("org", "import", str(file), check=False))


def answers(port: int) -> bool:
    """Whether something listens there."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class TestRunning:
    def test_up_runs_everything_and_stops_cleanly(self, connected: MakeProduct) -> None:
        """One process polls, serves the desk and is alive; Ctrl-C ends it with 0 and without a traceback."""
        made, port = connected(more="poll_seconds = 5"), free_port()
        with made.running("up", "--port", str(port)) as process:
            assert eventually(lambda: made.run("doctor", "--alive", check=False).returncode == 0)
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/sign-in") as page:
                assert page.status == 200
            process.send_signal(signal.SIGINT)
            assert process.wait(30) == 0
        said = made.log("up").read_text(encoding="utf-8")
        assert "Traceback" not in said
        assert "hokushin" not in said

    @pytest.mark.parametrize("command", ["up", "web"])
    def test_a_port_that_is_taken(self, product: MakeProduct, command: str) -> None:
        """A port in use is named, with the way out."""
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            assert f"port {port}" in fault(product().run(command, "--port", str(port), check=False))

    @pytest.mark.parametrize("command", ["worker", "beat", "watch"])
    def test_parts_need_a_broker(self, product: MakeProduct, command: str) -> None:
        """Parts in processes of their own cannot share a queue in memory; they say what to do instead."""
        assert "run 'mamori up', or name a Redis server" in fault(product().run(command, check=False))
