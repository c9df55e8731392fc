"""The real servers of the live tests: PostgreSQL, Redis and Dovecot from Debian's packages."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from tests.support.certificates import Authority
from tests.support.processes import LOOPBACK, Account, Daemon, free_port, talks, unprivileged, workshop

SBIN = ("/usr/sbin", "/usr/local/sbin", "/sbin")


def find(program: str) -> str | None:
    """Where ``program`` lies, looking into the sbin folders too, which an ordinary user's PATH leaves out."""
    return shutil.which(program, path=os.pathsep.join([os.environ.get("PATH", ""), *SBIN]))


def find_postgresql() -> Path | None:
    """The folder of the newest PostgreSQL server's programs, which Debian keeps out of PATH."""
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    return versions[-1].parent if versions else None


@dataclass
class PostgreSQL:
    """A running server. ``url`` names an existing empty database; :meth:`database` makes more."""

    daemon: Daemon
    user: str
    password: str

    def url_of(self, database: str) -> str:
        """The URL of one database."""
        return f"postgresql://{self.user}:{self.password}@{LOOPBACK}:{self.daemon.port}/{database}"

    @property
    def url(self) -> str:
        """The URL of the database ``mamori``."""
        return self.url_of("mamori")

    def database(self, name: str) -> str:
        """Make an empty database and give its URL."""
        import psycopg
        from psycopg import sql

        with psycopg.connect(self.url_of("postgres"), autocommit=True) as link:
            link.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return self.url_of(name)

    def ready(self) -> bool:
        """Whether the server takes connections."""
        import psycopg

        try:
            psycopg.connect(self.url_of("postgres"), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True


@contextmanager
def postgresql() -> Iterator[PostgreSQL]:
    """A server with a fresh cluster in a temporary folder; loopback TCP only, no Unix socket."""
    programs = find_postgresql()
    assert programs, "the caller checks that PostgreSQL is installed"
    account = unprivileged()
    with workshop("pg") as folder:
        account.own(folder)
        password = _init_cluster(programs, folder, account)

        def command(port: int) -> list[str]:
            options = {"port": port, "listen_addresses": LOOPBACK, "unix_socket_directories": "", "fsync": "off",
                       "synchronous_commit": "off", "full_page_writes": "off", "max_connections": 60,
                       "dynamic_shared_memory_type": "mmap"}  # fmt: skip
            flags = [part for key, value in options.items() for part in ("-c", f"{key}={value}")]
            return [str(programs / "postgres"), "-D", str(folder / "data"), *flags]

        server = PostgreSQL(Daemon("postgresql", command, folder, account), "mamori", password)
        server.daemon.start(server.ready)
        try:
            server.database("mamori")
            yield server
        finally:
            server.daemon.stop()


def _init_cluster(programs: Path, folder: Path, account: Account) -> str:
    password = secrets.token_hex(12)
    secret = folder / "password"
    secret.write_text(password, encoding="ascii")
    account.own(secret)
    done = subprocess.run(
        [programs / "initdb", "-D", folder / "data", "-U", "mamori", "-E", "UTF8", "--locale=C.UTF-8",
         "--auth=scram-sha-256", f"--pwfile={secret}", "--no-sync"],
        cwd=folder, capture_output=True, text=True, check=False, **account.options(),  # type: ignore[call-overload]
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"initdb failed: {done.stderr[-1000:]}")
    return password


@dataclass
class Redis:
    """A running server. :meth:`wipe`, ``daemon.kill`` and :meth:`start` play its bad days."""

    daemon: Daemon

    @property
    def url(self) -> str:
        """The broker URL."""
        return f"redis://{LOOPBACK}:{self.daemon.port}/0"

    def start(self) -> None:
        """Start (again)."""
        self.daemon.start(lambda: talks(self.daemon.port, b"PING\r\n", b"+PONG"))

    def wipe(self) -> None:
        """Forget everything."""
        assert talks(self.daemon.port, b"FLUSHALL\r\n", b"+OK")


@contextmanager
def redis() -> Iterator[Redis]:
    """A server that keeps nothing on disk."""
    program = find("redis-server")
    assert program, "the caller checks that Redis is installed"
    with workshop("redis") as folder:

        def command(port: int) -> list[str]:
            options = [
                "--port",
                str(port),
                "--bind",
                LOOPBACK,
                "--save",
                "",
                "--appendonly",
                "no",
                "--dir",
                str(folder),
            ]
            return [program, *options, "--unixsocket", "", "--daemonize", "no"]

        server = Redis(Daemon("redis", command, folder))
        server.start()
        try:
            yield server
        finally:
            server.daemon.stop()


@dataclass
class Dovecot:
    """A running IMAP server: plain on ``port``, TLS on ``tls_port``. Mailboxes are Maildirs, made at first sign-in."""

    daemon: Daemon
    folder: Path
    account: Account
    tls_port: int
    ca_file: Path

    @property
    def port(self) -> int:
        """The plain (and STARTTLS) port."""
        return self.daemon.port

    def add_user(self, name: str, password: str = "secret") -> str:
        """Make an account; gives back its password. It can sign in at once."""
        line = f"{name}:{{PLAIN}}{password}\n"  # a file each: Dovecot sees a changed file only after a second
        (self.folder / "users" / name).write_text(line, encoding="utf-8")
        return password

    def url(self, name: str, *, tls: bool = False) -> str:
        """The mailbox URL of ``name`` as in mamori.toml."""
        scheme, host, port = ("imaps", "localhost", self.tls_port) if tls else ("imap", LOOPBACK, self.port)
        return f"{scheme}://{quote(name, safe='')}@{host}:{port}"

    def maildir(self, name: str) -> Path:
        """The Maildir of ``name`` on disk (it exists after the first sign-in)."""
        return self.folder / "mail" / name

    def start(self) -> None:
        """Start (again)."""
        self.daemon.start(lambda: talks(self.port, b"", b"* OK"))


@contextmanager
def dovecot(authority: Authority) -> Iterator[Dovecot]:
    """An IMAP server on loopback, as root and as an ordinary user; Dovecot 2.3 and 2.4."""
    program = find("dovecot")
    assert program, "the caller checks that Dovecot is installed"
    account = unprivileged()
    with workshop("imap") as folder:
        certificate = authority.issue("dovecot")
        for name in ("mail", "home"):
            (folder / name).mkdir(mode=0o700)
            account.own(folder / name)
        (folder / "users").mkdir(mode=0o755)
        tls_port, config = free_port(), folder / "dovecot.conf"
        server = Dovecot(
            Daemon("dovecot", lambda _port: [program, "-F", "-c", str(config)], folder),
            folder, account, tls_port, authority.ca_file,
        )  # fmt: skip
        text = _dovecot_config(_dovecot_version(program), server)
        text += _tls(_dovecot_version(program), certificate.certificate, certificate.key)
        config.write_text(text, encoding="utf-8")
        server.start()
        try:
            yield server
        finally:
            server.daemon.stop()


def _dovecot_version(program: str) -> tuple[int, int]:
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    major, minor = said.split()[0].split(".")[:2]
    return int(major), int(minor)


def _dovecot_config(version: tuple[int, int], server: Dovecot) -> str:
    folder, account = server.folder, server.account
    common = f"""
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/dovecot.log
protocols = imap
listen = {LOOPBACK}
auth_mechanisms = plain login
mail_uid = {account.uid}
mail_gid = {account.gid}
first_valid_uid = 1
first_valid_gid = 1
mail_home = {folder}/home/{_USER[version >= (2, 4)]}
mail_fsync = never
{"" if account.switch else _rootless(account)}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {server.port}
  }}
  inet_listener imaps {{
    port = {server.tls_port}
    ssl = yes
  }}
}}
namespace inbox {{
  inbox = yes
  separator = /
}}
"""
    return _old_syntax(folder, common) if version < (2, 4) else _new_syntax(folder, common)


_USER = {False: "%u", True: "%{user}"}


def _old_syntax(folder: Path, common: str) -> str:
    return f"""{common}
disable_plaintext_auth = no
mail_location = maildir:{folder}/mail/%u
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {folder}/users/%u
}}
userdb {{
  driver = static
  args = allow_all_users=yes
}}
"""


def _new_syntax(folder: Path, common: str) -> str:
    return f"""dovecot_config_version = 2.4.0
dovecot_storage_version = 2.4.0
{common}
auth_allow_cleartext = yes
mail_driver = maildir
mail_path = {folder}/mail/%{{user}}
passdb passwd-file {{
  passwd_file_path = {folder}/users/%{{user}}
}}
userdb static {{
  userdb_static_allow_all_users = yes
}}
"""


def _rootless(account: Account) -> str:
    services = "".join(f"service {name} {{\n  chroot =\n}}\n" for name in ("anvil", "stats"))
    return f"""
default_internal_user = {account.name}
default_internal_group = {account.group}
default_login_user = {account.name}
{services}"""


def _tls(version: tuple[int, int], certificate: Path, key: Path) -> str:
    if version < (2, 4):
        return f"ssl = yes\nssl_cert = <{certificate}\nssl_key = <{key}\n"
    return f"ssl = yes\nssl_server_cert_file = {certificate}\nssl_server_key_file = {key}\n"
