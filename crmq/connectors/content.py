"""The bytes of one source file, wherever they stand: on disk or inside an archive."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from crmq.errors import SourceError
from crmq.locales import _


@dataclass(frozen=True)
class Content:
    """One file to read.

    Attributes:
        path: The file as the user gave it, for locators.
        member: Path inside an archive, if it came from one.
        file: Where the bytes stand on disk; None for members of archives.
        data: The bytes of a member.
        label: Name to recognise it by, where that is not the last part of ``path`` or ``member``.
    """

    path: str
    file: Path | None = None
    member: str | None = None
    data: bytes | None = field(default=None, repr=False)
    label: str | None = None

    @property
    def where(self) -> str:
        """The locator: ``path`` or ``archive!member``."""
        return f"{self.path}!{self.member}" if self.member else self.path

    @property
    def name(self) -> str:
        """The file name in lower case, without folders."""
        return PurePosixPath((self.label or self.member or self.path).replace("\\", "/")).name.lower()

    @property
    def suffix(self) -> str:
        """The last extension in lower case, with its dot."""
        return PurePosixPath(self.name).suffix

    @property
    def size(self) -> int:
        """Size in bytes."""
        if self.data is not None:
            return len(self.data)
        assert self.file is not None
        return self.file.stat().st_size

    def head(self, size: int = 4096) -> bytes:
        """Return the first ``size`` bytes."""
        if self.data is not None:
            return self.data[:size]
        assert self.file is not None
        with opened(self.file, self.where) as handle:
            return handle.read(size)

    def read(self) -> bytes:
        """Return all bytes.

        Raises:
            SourceError: The file cannot be opened.
        """
        if self.data is not None:
            return self.data
        assert self.file is not None
        with opened(self.file, self.where) as handle:
            return handle.read()


def opened(file: Path, where: str) -> BinaryIO:
    """Open a file for reading bytes; an operating-system error becomes a SourceError."""
    try:
        return file.open("rb")
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise SourceError(_("The file cannot be opened: {reason}.").format(reason=reason), where=where) from error
