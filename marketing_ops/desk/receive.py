"""Receiving a file: straight to disk under VAR_DIR, hashed on the way, and no longer than allowed.

Neither memory nor a temporary folder (which may be memory) ever holds the file.
"""

import hashlib
import shutil
import tempfile
from pathlib import Path

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler

from marketing_ops.runs.uploads import folder

MOST_MB = 300
MOST_BYTES = MOST_MB * 10**6
# So much of the disk stays free for the database, whatever is handed in.
SPARE_BYTES = 500 * 10**6


class Received(UploadedFile):
    """A file that lies in the folder of incoming ones, with its hash.

    `refused` says why it was not kept: "large" or "disk"; then there is no path.
    """

    def __init__(self, *, path: Path | None, name: str, size: int, sha256: str, refused: str = ""):
        super().__init__(name=name, size=size)
        self.path, self.sha256, self.refused = path, sha256, refused

    def discard(self) -> None:
        if self.path is not None:
            self.path.unlink(missing_ok=True)


class ToDisk(FileUploadHandler):
    """Django's upload handler for the import page. Of one request it keeps one file.

    What is too large is read to its end without being kept: a browser that is cut off while it
    still sends shows an error of its own and never our answer.
    """

    chunk_size = 1 << 20

    def __init__(self, request=None):
        super().__init__(request)
        self.kept: list[Path] = []
        self._file = None

    def new_file(self, *args, **kwargs):
        super().new_file(*args, **kwargs)
        self._ignored = bool(self.kept) or self.field_name != "file"
        if self._ignored:
            return
        self._file = tempfile.NamedTemporaryFile(  # noqa: SIM115 (closed by file_complete)
            dir=folder("incoming"), delete=False
        )
        self.kept.append(Path(self._file.name))
        self._hash, self._size, self._refused = hashlib.sha256(), 0, ""

    def receive_data_chunk(self, raw_data, start):
        if self._ignored:
            return
        self._size += len(raw_data)
        if not self._refused and self._size > MOST_BYTES:
            self._refuse("large")
        if not self._refused and shutil.disk_usage(self._file.name).free < SPARE_BYTES:
            self._refuse("disk")
        if not self._refused:
            self._file.write(raw_data)
            self._hash.update(raw_data)

    def file_complete(self, file_size):
        if self._ignored:
            return None
        self._file.close()
        return Received(
            path=None if self._refused else Path(self._file.name),
            name=self.file_name,
            size=self._size,
            sha256=self._hash.hexdigest(),
            refused=self._refused,
        )

    def clean_up(self) -> None:
        """Remove what was received and not moved on."""
        if self._file is not None:
            self._file.close()
        for path in self.kept:
            path.unlink(missing_ok=True)

    def _refuse(self, why: str) -> None:
        self._refused = why
        self._file.truncate(0)
        Path(self._file.name).unlink(missing_ok=True)
