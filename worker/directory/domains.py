"""Mail domains: which belong together, which belong to nobody in particular."""

from __future__ import annotations

from functools import lru_cache

import tldextract

#: Providers whose addresses say nothing about an employer: large free-mail services and Japanese carriers and
#: access providers that give every customer an address. Subdomains count too.
FREE_MAIL = frozenset(
    """
    gmail.com googlemail.com outlook.com outlook.jp hotmail.com hotmail.co.jp live.com live.jp msn.com
    yahoo.com yahoo.co.jp yahoo.ne.jp ymail.ne.jp ymail.com rocketmail.com myyahoo.com
    icloud.com me.com mac.com aol.com aol.jp gmx.com gmx.de gmx.net web.de mail.com mail.ru yandex.com yandex.ru
    proton.me protonmail.com pm.me tutanota.com tuta.io fastmail.com zoho.com hey.com excite.co.jp goo.jp mail.goo.ne.jp
    qq.com foxmail.com 163.com 126.com yeah.net sina.com sina.cn sohu.com 139.com 189.cn aliyun.com
    naver.com daum.net hanmail.net kakao.com
    docomo.ne.jp ezweb.ne.jp au.com softbank.ne.jp i.softbank.jp vodafone.ne.jp disney.ne.jp
    ymobile.ne.jp ymobile1.ne.jp emobile.ne.jp willcom.com pdx.ne.jp uqmobile.jp rakumail.jp rakuten.jp povo.jp
    nifty.com nifty.ne.jp biglobe.ne.jp ocn.ne.jp so-net.ne.jp plala.or.jp dion.ne.jp auone-net.jp asahi-net.or.jp
    hi-ho.ne.jp wakwak.com bbiq.jp eonet.ne.jp zaq.ne.jp zaq.jp jcom.home.ne.jp jcom.zaq.ne.jp commufa.jp tcct.zaq.ne.jp
    kcn.jp kcn.ne.jp infoweb.ne.jp infoseek.jp infoseek.co.jp odn.ne.jp dti.ne.jp tiki.ne.jp mopera.net freemail.ne.jp
    inter7.jp k4.dion.ne.jp comcast.net att.net verizon.net btinternet.com orange.fr free.fr laposte.net t-online.de
    """.split()  # noqa: SIM905 - a table to read, not a list of a hundred quotation marks
)


@lru_cache(maxsize=1)
def _extract() -> tldextract.TLDExtract:
    """The public suffix list as shipped in the library: no network, nothing written."""
    return tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None, include_psl_private_domains=True)


def registered(domain: str) -> str:
    """The part of ``domain`` that somebody registered (``mail.tokyo.client.co.jp`` → ``client.co.jp``).

    "" for a public suffix itself and for what is no domain. Under an unknown top domain the last two labels count.
    """
    name = domain.strip().strip(".").lower()
    parts = _extract()(name)
    if parts.suffix:
        return str(parts.top_domain_under_public_suffix)
    labels = name.split(".")
    return ".".join(labels[-2:]) if len(labels) > 1 and all(labels) else ""


def family(domain: str) -> tuple[str, ...]:
    """``domain`` and the domains above it down to the registered one, longest first; () where there is none."""
    name, root = domain.strip().strip(".").lower(), registered(domain)
    if not root:
        return ()
    labels = name.split(".")
    return tuple(".".join(labels[start:]) for start in range(len(labels) - len(root.split(".")) + 1))


def is_free_mail(domain: str) -> bool:
    """Whether addresses under ``domain`` belong to persons, not to an organisation."""
    labels = domain.strip().strip(".").lower().split(".")
    return any(".".join(labels[start:]) in FREE_MAIL for start in range(len(labels)))
