"""Which encoding a text is in, decided by decoding attempts and byte statistics, and the text as UTF-8.

The order of the evidence: byte-order mark; the NUL bytes of UTF-16; valid UTF-8 (multi-byte sequences hardly ever arise
by chance); otherwise the single-byte code page under which the bytes above 127 are letters where letters are expected.
"""

from __future__ import annotations

import codecs
import mmap
import re
import unicodedata
from dataclasses import dataclass

from crmq.errors import SourceError
from crmq.locales import _, ngettext
from crmq.model.raw import Fact

_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32-le", "UTF-32 LE"),
    (codecs.BOM_UTF32_BE, "utf-32-be", "UTF-32 BE"),
    (codecs.BOM_UTF8, "utf-8", "UTF-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le", "UTF-16 LE"),
    (codecs.BOM_UTF16_BE, "utf-16-be", "UTF-16 BE"),
)
_CODE_PAGES = (("cp1252", "Windows-1252"), ("cp850", "DOS 850"), ("mac_roman", "Mac Roman"))
_COMMON = frozenset("áéíóúüñçàèìòùâêîôûäöïëãõÁÉÍÓÚÜÑÇÀÈÌÒÙÂÊÎÔÛÄÖÏËÃÕßåæøÅÆØ")
"""Letters of western languages that make up nearly all bytes above 127 of real text."""
_TYPOGRAPHIC = frozenset("ºª¿¡´’‘“”–—€°·…®©«»™£")
_SAMPLE = 65536
_HIGH = re.compile(rb"[\x80-\xff]")
_BROKEN = re.compile("[\udc80-\udcff]+")
_SURROGATES = re.compile(rb"\xed[\xa0-\xbf][\x80-\xbf]")
"""Surrogates in UTF-8 (CESU-8, and halves of pairs): not valid, yet no other encoding."""
_BROKEN_BYTE = re.compile("[\udc80-\udcff]")
_BEYOND = re.compile(r"[^\x00-\x7f]")


@dataclass(frozen=True)
class Encoding:
    """An encoding and the evidence for it.

    Attributes:
        codec: Name of the Python codec.
        label: Name for people.
        bom: Length of the byte-order mark in bytes, 0 when there is none.
        why: The evidence in words.
    """

    codec: str
    label: str
    bom: int
    why: str

    def fact(self) -> Fact:
        """Return the encoding as a fact about the file."""
        return Fact("encoding", self.label, self.why)


def named(name: str, head: bytes = b"") -> Encoding:
    """Return the encoding the user named; the head of the text is looked at for its byte-order mark only.

    Raises:
        SourceError: Python knows no such encoding.
    """
    try:
        codec = codecs.lookup(name).name
    except LookupError:
        raise SourceError(_("There is no encoding {name}.").format(name=name), where="--encoding") from None
    for mark, mark_codec, label in _BOMS:
        if head.startswith(mark) and mark_codec.startswith(codec):
            return Encoding(mark_codec, label, len(mark), _("asked for"))
    if codec in ("utf-16", "utf-32"):
        codec += "-le"
    return Encoding("utf-8" if codec == "utf-8-sig" else codec, name, 0, _("asked for"))


def detect(data: bytes | mmap.mmap) -> Encoding:
    """Return the encoding of a text, never decoded as a whole, from samples of its beginning, middle and end."""
    wide = _utf32(data)
    if wide is not None:
        return wide
    for mark, codec, label in _BOMS:
        if data[:4].startswith(mark):
            why = _("the file begins with the byte-order mark of {label}")
            return Encoding(codec, label, len(mark), why.format(label=label))
    pieces = _pieces(data)
    wide = _utf16(pieces[0])
    if wide is not None:
        return wide
    high = sum(len(_HIGH.findall(piece)) for piece in pieces)
    if not high:
        return Encoding("utf-8", "ASCII", 0, _("no byte above 127 in the samples: any encoding reads the same"))
    valid, stray = _utf8_counts(pieces)
    if not stray:
        why = ngettext(
            "{n} character beyond ASCII in the samples, a valid UTF-8 sequence",
            "{n} characters beyond ASCII in the samples, all of them valid UTF-8 sequences",
            valid,
        )
        return Encoding("utf-8", "UTF-8", 0, why.format(n=valid))
    why = _("{valid} valid UTF-8 sequences in the samples, {stray} bytes that are none")
    if valid >= 3 * stray:
        return Encoding("utf-8", "UTF-8", 0, why.format(valid=valid, stray=stray))
    if _partly_utf8(pieces, valid, stray):
        label = _("UTF-8 and Windows-1252, mixed")
        return Encoding("utf-8", label, 0, why.format(valid=valid, stray=stray))
    return _code_page(pieces)


def to_utf8(data: bytes, encoding: Encoding, *, where: str) -> tuple[bytes, list[Fact]]:
    """Return the text as valid UTF-8 without byte-order mark and NUL characters, and what had to be mended.

    Raises:
        SourceError: The bytes are no text in this encoding.
    """
    facts: list[Fact] = []
    body = data[encoding.bom :] if encoding.bom else data
    if encoding.codec == "utf-8":
        try:
            body.decode("utf-8")
        except UnicodeDecodeError:
            body = _mend(body, facts)
    else:
        try:
            text = body.decode(encoding.codec, "surrogatepass" if encoding.codec.startswith("utf-") else "strict")
        except UnicodeDecodeError as error:
            if encoding.codec.startswith("utf-"):
                what = _("The file breaks off or is damaged: byte {n} is no {label}.")
                raise SourceError(
                    what.format(n=error.start + encoding.bom, label=encoding.label), where=where
                ) from None
            text = body.decode("latin-1")  # every byte is a character
        body = text.encode("utf-8", "surrogatepass")
        if encoding.codec.startswith("utf-"):
            body = _mend(body, facts) if b"\xed" in body else body
    nuls = body.count(0)
    if nuls:
        lines = _lines_of(body, b"\0")
        body = body.replace(b"\0", b"")
        facts.append(
            Fact("nul_bytes", str(nuls), _("NUL characters were taken out, in lines {lines}").format(lines=lines))
        )
    return body, facts


def _pieces(data: bytes | mmap.mmap) -> list[bytes]:
    """Return samples that begin and end between lines, so that no character is cut."""
    if len(data) <= 4 * _SAMPLE:
        return [data[:]]
    pieces = [data[: data.rfind(b"\n", 0, _SAMPLE) + 1 or _SAMPLE]]
    for i in range(1, 8):
        start = data.find(b"\n", len(data) * i // 8 - _SAMPLE // 2, len(data)) + 1
        stop = data.rfind(b"\n", start, start + _SAMPLE // 2)
        if 0 < start < stop:
            pieces.append(data[start:stop])
    last = data.find(b"\n", len(data) - _SAMPLE)
    if last > 0:
        pieces.append(data[last + 1 :])
    return pieces


def _utf32(data: bytes | mmap.mmap) -> Encoding | None:
    """Return UTF-32 when three of four bytes are NUL, even behind the mark of UTF-16 (some loaders write that)."""
    marks = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
    mark: bytes = next((m for m in marks if data[:4].startswith(m)), b"")
    body = data[len(mark) : len(mark) + _SAMPLE]
    body = body[: len(body) - len(body) % 4]
    nuls = [body[i::4].count(0) for i in range(4)]
    quarter = len(body) // 4
    for codec, label, filled in (("utf-32-le", "UTF-32 LE", 0), ("utf-32-be", "UTF-32 BE", 3)):
        empty = [n for i, n in enumerate(nuls) if i != filled]
        if quarter > 1 and min(empty) > 0.6 * quarter and nuls[filled] < 0.1 * quarter:
            share = f"{100 * sum(empty) / (3 * quarter):.0f} %"
            why = _("{share} of three bytes in four are NUL, as in {label}").format(share=share, label=label)
            return Encoding(codec, label, len(mark), why)
    return None


def _utf16(piece: bytes) -> Encoding | None:
    """Return UTF-16 when the NUL bytes of delimiters, digits and line ends stand in one half of the positions."""
    piece = piece[:_SAMPLE]
    even, odd = piece[0::2].count(0), piece[1::2].count(0)
    half = len(piece) // 2
    if half < 2 or max(even, odd) < 0.1 * half or min(even, odd) > 0.02 * half:
        return None
    codec, label = ("utf-16-le", "UTF-16 LE") if odd > even else ("utf-16-be", "UTF-16 BE")
    try:
        text = piece[: half * 2 - 2].decode(codec)
    except UnicodeDecodeError:
        return None
    if "\n" not in text and "\r" not in text and max(even, odd) < 0.5 * half:
        return None  # a stray NUL in a short text
    share = f"{100 * max(even, odd) / half:.0f} %"
    why = _("no byte-order mark, but {share} of every second byte is NUL, as plain letters are in {label}")
    return Encoding(codec, label, 0, why.format(share=share, label=label))


def _utf8_counts(pieces: list[bytes]) -> tuple[int, int]:
    """Return how many characters beyond ASCII are valid UTF-8, and how many bytes are not."""
    valid = stray = 0
    for piece in pieces:
        text = _SURROGATES.sub(b"\xc3\xa9", piece).decode("utf-8", "surrogateescape")
        broken = len(_BROKEN_BYTE.findall(text))
        stray += broken
        valid += len(_BEYOND.findall(text)) - broken
    return valid, stray


def _partly_utf8(pieces: list[bytes], valid: int, stray: int) -> bool:
    """Tell whether a text that is mostly no UTF-8 holds some all the same: exports of two systems, one after the other.

    In a text of one code page hardly any neighbours happen to be a valid sequence, and those that are give signs of any
    kind; a part that really is UTF-8 gives letters of western languages.
    """
    if valid < 3 or valid < 0.02 * stray:
        return False
    text = b"\n".join(pieces).decode("utf-8", "ignore")
    found = _BEYOND.findall(text)
    return sum(char in _COMMON or char in _TYPOGRAPHIC for char in found) >= 0.9 * len(found)


def _code_page(pieces: list[bytes]) -> Encoding:
    sample = b"\n".join(pieces)
    scores = [(_plausibility(sample, codec), codec, label) for codec, label in _CODE_PAGES]
    best, codec, label = max(scores, key=lambda s: s[0])
    if codec != "cp1252" and best < scores[0][0] + 0.25:  # the rarer pages need clear evidence
        best, codec, label = scores[0]
    if codec == "cp1252" and re.search(rb"[\x81\x8d\x8f\x90\x9d]", sample):
        return Encoding(
            "latin-1", "Latin-1", 0, _("not valid UTF-8, and holds bytes that Windows-1252 does not define")
        )
    high = len(_HIGH.findall(sample))
    why = _("not valid UTF-8; of {n} bytes above 127 in the samples {share} are letters or signs in their place")
    return Encoding(codec, label, 0, why.format(n=high, share=f"{100 * max(best, 0.0):.0f} %"))


def _plausibility(sample: bytes, codec: str) -> float:
    """Return how well the bytes above 127 fit their neighbours under a code page: 1 is perfect, below 0 is absurd."""
    text = sample.decode(codec, "replace")
    total, score = 0, 0.0
    for match in re.finditer(r"[^\x00-\x7f]", text):
        char, at = match.group(), match.start()
        before, after = text[at - 1 : at], text[at + 1 : at + 2]
        total += 1
        inside = before.isalpha() or after.isalpha()
        if char in _COMMON:
            odd_case = char.isupper() and before.islower()
            score += -0.5 if odd_case else (1.0 if inside else 0.6)
        elif char in _TYPOGRAPHIC:
            score += -0.3 if before.isalpha() and after.isalpha() and char not in "’´·" else 0.7
        elif char == "\xa0":
            score += -0.3 if before.isalpha() and after.isalpha() else 0.3
        elif char == "\ufffd" or unicodedata.category(char) in ("Cc", "So", "Sk"):
            score -= 1.0
        else:
            score -= 0.3 if inside else 0.0
    return score / total if total else 0.0


def _mend(body: bytes, facts: list[Fact]) -> bytes:
    """Return UTF-8 with every invalid run of bytes read as Windows-1252, or as the surrogates it encodes."""
    text = body.decode("utf-8", "surrogateescape")
    lines: list[int] = []
    line, seen, lone = 1, 0, 0

    def read(match: re.Match[str]) -> str:
        nonlocal line, seen, lone
        line += text.count("\n", seen, match.start())
        seen = match.start()
        lines.append(line)
        raw = match.group().encode("utf-8", "surrogateescape")
        try:
            whole = (
                raw.decode("utf-8", "surrogatepass").encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
            )
        except UnicodeDecodeError:
            try:
                return raw.decode("cp1252")
            except UnicodeDecodeError:
                return raw.decode("latin-1")
        lone += whole.count("\ufffd")
        return whole

    mended = _BROKEN.sub(read, text)
    shown = _listed(lines)
    if lone:
        why = _("half characters (lone surrogates) became U+FFFD, in lines {lines}")
        facts.append(Fact("lone_surrogates", str(lone), why.format(lines=shown)))
    if len(lines) > lone:
        why = _("bytes that are not UTF-8 were read as Windows-1252, in lines {lines}")
        facts.append(Fact("mixed_encoding", str(len(lines)), why.format(lines=shown)))
    return mended.encode("utf-8", "replace")


def _lines_of(body: bytes, what: bytes) -> str:
    found: list[int] = []
    line, seen = 1, 0
    at = body.find(what)
    while at >= 0 and len(found) < 12:
        line += body.count(b"\n", seen, at)
        seen = at
        found.append(line)
        at = body.find(what, at + 1)
    return _listed(found)


def _listed(lines: list[int], most: int = 5) -> str:
    """Return line numbers in words, the first few of them."""
    distinct = list(dict.fromkeys(lines))
    text = ", ".join(map(str, distinct[:most]))
    return text + (" ..." if len(distinct) > most else "")
