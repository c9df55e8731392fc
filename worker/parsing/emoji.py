"""Emoji of Japanese carriers, which stand in private rows of the Japanese character sets, as readable signs."""

from __future__ import annotations

import re

SIGN = "〓"
"""What gateways between the carriers have always written for a picture the other side does not have."""

_PRIVATE = re.compile("[\ue000-\uf8ff]")

# i-mode's basic set. Its Shift_JIS codes F89F.. fall on U+E63E.. when cp932's user-defined rows are read in order.
_FIRST_ROW = (
    "☀☁☔⛄⚡🌀🌁🌂♈♉♊♋♌♍♎♏♐♑♒♓🎽⚾⛳🎾⚽🎿🏀🏁📟🚃Ⓜ🚄🚗🚙🚌🚢✈🏠🏢🏣🏥🏦🏧🏨🏪⛽🅿🚥🚻🍴☕🍸🍺🍔👠✂🎤🎥↗🎠🎧🎨🎩🎪🎫🚬🚭📷👜📖🎀🎁🎂☎📱📝📺🎮💿"
    "♥♠♦♣👀👂✊✌✋↘↖👣👟👓♿🌑🌔🌓🌙🌕🐶🐱⛵🎄↙"
)
_SECOND_ROW = "❤💓💔💕😃😠😞😖😵⤴🎵♨💠💋✨💡💢👊💣🎶⤵💤❗⁉‼💥💦💧💨〰➰"
_KNOWN = {
    **{chr(0xE63E + place): sign for place, sign in enumerate(_FIRST_ROW)},
    **{chr(0xE6EC + place): sign for place, sign in enumerate(_SECOND_ROW)},
}


def readable(text: str) -> tuple[str, bool]:
    """``text`` with private-use characters as real emoji where i-mode's are known, else 〓; and whether any were."""
    if _PRIVATE.search(text) is None:
        return text, False
    return _PRIVATE.sub(lambda found: _KNOWN.get(found.group(), SIGN), text), True
