"""Archives: zip, gzip, bzip2 and xz around any other format. Nothing is unpacked to disk, so names cannot do harm."""

from __future__ import annotations

import bz2
import gzip
import lzma
import zipfile
import zlib
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any, BinaryIO, cast

from crmq.connectors.content import Content, opened
from crmq.connectors.formats import Passed, ReadSettings
from crmq.errors import SourceError
from crmq.locales import _

SUFFIXES = (".zip", ".gz", ".bz2", ".xz")

_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_STREAMS: dict[bytes, tuple[str, Callable[[BinaryIO], Any]]] = {
    b"\x1f\x8b": (".gz", gzip.open),
    b"BZh": (".bz2", bz2.open),
    b"\xfd7zXZ\x00": (".xz", lzma.open),
}
_FREE_BYTES = 50 << 20
"""Unpacked size below which the ratio to the packed size does not matter."""
_CHUNK = 1 << 20
_BROKEN = (OSError, EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, NotImplementedError)


def recognises(content: Content) -> int:
    """Return how sure it is that the content is an archive, by its first bytes; workbooks are surer of theirs."""
    head = content.head(8)
    if head.startswith(_ZIP):
        return 80
    return 90 if any(head.startswith(magic) for magic in _STREAMS) else 0


def members(content: Content, settings: ReadSettings) -> Iterator[Content | Passed]:
    """Yield the members of an archive in the order of their names.

    Raises:
        SourceError: The archive is damaged, or unpacks to more than the limits allow.
    """
    head = content.head(8)
    if head.startswith(_ZIP):
        yield from _zipped(content, settings)
        return
    magic = next(magic for magic in _STREAMS if head.startswith(magic))
    suffix, unpack = _STREAMS[magic]
    with _raw(content) as raw:
        data = _unpacked(unpack(raw), content.size, content.where, settings)
    label = content.name.removesuffix(suffix)
    yield Content(content.path, member=content.member, data=data, label=label)


def _raw(content: Content) -> BinaryIO:
    return opened(content.file, content.where) if content.file is not None else BytesIO(content.read())


def _unpacked(stream: BinaryIO, packed: int, where: str, settings: ReadSettings) -> bytes:
    """Return the content of a compressed stream, never more than the limits allow."""
    parts: list[bytes] = []
    size = 0
    most = settings.max_member_bytes
    try:
        while chunk := stream.read(_CHUNK):
            size += len(chunk)
            if size > most or (size > _FREE_BYTES and size > settings.max_ratio * max(packed, 1)):
                raise _bomb(size, where)
            parts.append(chunk)
    except _BROKEN as error:
        raise _damaged(where) from error
    return b"".join(parts)


def _zipped(content: Content, settings: ReadSettings) -> Iterator[Content | Passed]:
    try:
        archive = zipfile.ZipFile(content.file if content.file is not None else BytesIO(content.read()))
    except _BROKEN as error:
        raise _damaged(content.where) from error
    with archive:
        entries = sorted(archive.infolist(), key=lambda entry: entry.filename)
        total = sum(entry.file_size for entry in entries)
        if total > settings.max_archive_bytes or (total > _FREE_BYTES and total > settings.max_ratio * content.size):
            raise _bomb(total, content.where)
        seen: set[str] = set()
        for entry in entries:
            name = "".join(c for c in entry.filename if c.isprintable())
            if entry.is_dir() or name.startswith("__MACOSX/"):
                continue
            while name in seen:
                name += "~"
            seen.add(name)
            inside = f"{content.member}!{name}" if content.member else name
            where = f"{content.path}!{inside}"
            if entry.flag_bits & 0x1:
                yield Passed(where, _("it is protected by a password: unpack it and give the file"), failed=True)
                continue
            try:
                with archive.open(entry) as stream:
                    data = _unpacked(cast("BinaryIO", stream), entry.compress_size, where, settings)
            except SourceError as error:
                yield Passed(where, error.what, failed=True)
                continue
            except (*_BROKEN, RuntimeError):
                yield Passed(where, _damaged(where).what, failed=True)
                continue
            yield Content(content.path, member=inside, data=data)


def _bomb(size: int, where: str) -> SourceError:
    what = _("The archive unpacks to more than {n} MB, which is out of proportion, and is refused.")
    return SourceError(what.format(n=size >> 20), where=where, hint=_("Unpack it yourself and give the files."))


def _damaged(where: str) -> SourceError:
    hint = _("Is the file complete? It may have been cut off while it was copied.")
    return SourceError(_("The archive is damaged and cannot be unpacked."), where=where, hint=hint)
