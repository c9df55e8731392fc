from __future__ import annotations

import gc

from imapclient import IMAPClient

from worker.demo.sample import sample_mails
from worker.demo.server import PASSWORD, demo_mailbox

USER = "support@sample.example"


def test_a_conversation_outlives_a_collection() -> None:
    """An idle connection to the embedded server is still answered after the garbage was collected."""
    with demo_mailbox(sample_mails()[:2], USER) as mailbox, IMAPClient("127.0.0.1", mailbox.port, ssl=False) as client:
        client.login(USER, PASSWORD)
        gc.collect()
        assert client.select_folder("INBOX", readonly=True)[b"EXISTS"] >= 1
        gc.collect()
        assert client.noop()
