"""Getting files: from the cache as they lie, from a server of this test, and what is said when neither works."""

from __future__ import annotations

import gzip
import hashlib
import io
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pooch
import pytest

from molkit.data import cards as cards_module
from molkit.data.cards import Card, CardFile
from molkit.data.fetch import cache_folder, fetch, whereabouts
from molkit.errors import InputError, OutputError

TABLE = b"smiles,y\r\nCCO,1\r\nCCN,2\r\n" + b"CCC,3\n" * 40_000


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def zipped(**members: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return stream.getvalue()


@contextmanager
def serving(contents: dict[str, bytes], cut: int = 0) -> Iterator[tuple[str, list[str]]]:
    """A server of files by path; `cut` bytes are left off although they were announced."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            content = contents.get(self.path)
            self.send_response(404 if content is None else 200)
            self.send_header("Content-Length", str(len(content or b"")))
            self.end_headers()
            self.wfile.write((content or b"")[: len(content or b"") - cut])

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", asked
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def known(*sets: Card) -> Iterator[None]:
    with patch.object(cards_module, "cards", lambda: {card.name: card for card in sets}):
        yield


def a_set(*files: CardFile, name: str = "toy", folder: Path = Path("nowhere"), shipped: bool = False) -> Card:
    return Card(name, "Toy", "a test", "none", 1, files, folder, shipped)


def a_file(path: str, content: bytes, url: str = "", member: str = "") -> CardFile:
    return CardFile(path, sha256(content), len(content), url, member)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MOLKIT_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def put(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def left(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def refuse(*_: Any, **__: Any) -> Any:
    raise AssertionError("a download was tried")


@pytest.mark.parametrize(
    ("name", "stored"),
    [("a.csv", TABLE), ("a.csv.gz", gzip.compress(TABLE, 1, mtime=5)), ("a.csv.gz", gzip.compress(TABLE, 9, mtime=0))],
)
def test_what_is_in_the_cache_is_checked_and_given_back(name: str, stored: bytes, cache: Path) -> None:
    path = put(cache / "toy" / name, stored)
    path.chmod(0o444)
    before = path.stat()
    with (
        known(card := a_set(a_file(name, TABLE, "http://nowhere.invalid/a.csv"))),
        patch.object(pooch, "HTTPDownloader", refuse),
    ):
        assert fetch("toy") == (path,)
        assert whereabouts(card) == "cached"
    assert (path.read_bytes(), path.stat().st_mtime_ns) == (stored, before.st_mtime_ns)


def test_a_published_gz_file_is_compared_as_it_is(cache: Path) -> None:
    packed = gzip.compress(TABLE, 3)
    path = put(cache / "toy" / "a.csv.gz", packed)
    with known(a_set(a_file("a.csv.gz", packed))):
        assert fetch("toy") == (path,)


@pytest.mark.parametrize(
    "stored", [b"", TABLE[:-1], gzip.compress(TABLE + b"x"), gzip.compress(TABLE)[:-9], b"\x1f\x8b"]
)
def test_a_wrong_file_in_the_cache_is_refused_and_kept(stored: bytes, cache: Path) -> None:
    path = put(cache / "toy" / "a.csv.gz", stored)
    with (
        known(a_set(a_file("a.csv.gz", TABLE, "http://nowhere.invalid/a.csv"))),
        pytest.raises(InputError, match=f"expected SHA-256 {sha256(TABLE)}, got {sha256(stored)}. Move it away"),
    ):
        fetch("toy")
    assert path.read_bytes() == stored


def test_a_download_is_stored_under_its_name(cache: Path) -> None:
    with serving({"/a": TABLE}) as (url, asked), known(a_set(a_file("in/a.csv", TABLE, f"{url}/a"))):
        (path,) = fetch("toy")
        assert fetch("toy") == (path,)
    assert path == cache / "toy" / "in" / "a.csv"
    assert (path.read_bytes(), asked, left(cache)) == (TABLE, ["/a"], ["toy/in/a.csv"])


def test_a_download_is_packed_where_the_cache_holds_it_packed(cache: Path) -> None:
    packed = gzip.compress(TABLE)
    files = {"/a.csv": TABLE, "/b.csv.gz": packed}
    with serving(files) as (url, _):
        card = a_set(a_file("a.csv.gz", TABLE, f"{url}/a.csv"), a_file("b.csv.gz", packed, f"{url}/b.csv.gz"))
        with known(card):
            first, second = fetch("toy")
            assert fetch("toy") == (first, second)
    assert gzip.decompress(first.read_bytes()) == TABLE
    assert second.read_bytes() == packed


def test_members_of_an_archive_come_with_one_download(cache: Path) -> None:
    archive = zipped(**{"all/a/t.csv": TABLE, "all/b/t.csv": b"other", "__MACOSX/all/a/t.csv": b"?"})
    with serving({"/all.zip": archive}) as (url, asked):
        files = [
            a_file(f"{name}.csv", text, f"{url}/all.zip", f"{name}/t.csv")
            for name, text in (("a", TABLE), ("b", b"other"))
        ]
        with known(*(a_set(file, name=f"toy/{file.path[0]}") for file in files)):
            paths = fetch("toy")
    assert [path.read_bytes() for path in paths] == [TABLE, b"other"]
    assert asked == ["/all.zip"]
    assert left(cache) == ["toy/a/a.csv", "toy/b/b.csv"]


@pytest.mark.parametrize("archive", [b"no archive", zipped(other=b"1"), zipped(a=TABLE)[:-30]])
def test_a_wrong_archive_is_refused(archive: bytes, cache: Path) -> None:
    with (
        serving({"/all.zip": archive}) as (url, _),
        known(a_set(a_file("a", TABLE, f"{url}/all.zip", "a"))),
        pytest.raises(InputError, match=r"all\.zip: expected"),
    ):
        fetch("toy")
    assert left(cache) == []


def test_another_file_than_the_published_one_is_not_kept(cache: Path) -> None:
    with (
        serving({"/a": b"<html>log in</html>"}) as (url, _),
        known(a_set(a_file("a.csv", TABLE, f"{url}/a"))),
        pytest.raises(InputError, match=f"expected SHA-256 {sha256(TABLE)} .* Nothing was kept") as caught,
    ):
        fetch("toy")
    assert sha256(b"<html>log in</html>") in str(caught.value)
    assert str(cache / "toy" / "a.csv") in str(caught.value)
    assert left(cache) == []


def test_a_download_cut_off_leaves_nothing(cache: Path) -> None:
    with (
        serving({"/a": TABLE}, cut=1000) as (url, _),
        known(a_set(a_file("a.csv", TABLE, f"{url}/a"))),
        pytest.raises(InputError, match="could not be downloaded"),
    ):
        fetch("toy")
    assert left(cache) == []


def test_ctrl_c_during_a_download_leaves_nothing(cache: Path) -> None:
    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt

    with serving({"/a": TABLE}) as (url, _), known(a_set(a_file("a.csv", TABLE, f"{url}/a"))):
        with pytest.raises(KeyboardInterrupt):
            fetch("toy", interrupt)
        assert left(cache) == []
        assert fetch("toy")[0].read_bytes() == TABLE


def test_a_missing_page_and_no_network_say_what_to_do(cache: Path) -> None:
    place = str(cache / "toy" / "a.csv")
    with (
        serving({}) as (url, _),
        known(a_set(a_file("a.csv", TABLE, f"{url}/gone"))),
        pytest.raises(InputError, match="404") as caught,
    ):
        fetch("toy")
    assert f"{url}/gone" in str(caught.value)
    with (
        known(a_set(a_file("a.csv", TABLE, f"{url}/a"))),
        pytest.raises(InputError, match="MOLKIT_CACHE") as caught,
    ):
        fetch("toy")
    assert place in str(caught.value)
    assert "refused" in str(caught.value)
    assert "object at" not in str(caught.value)
    assert left(cache) == []


def test_what_has_no_address_is_put_there_by_hand(cache: Path) -> None:
    with known(card := a_set(a_file("a.csv", TABLE))):
        with pytest.raises(InputError, match="derived or re-packed from a test"):
            fetch("toy")
        assert whereabouts(card) == "by hand"
        put(cache / "toy" / "a.csv", TABLE)
        assert whereabouts(card) == "cached"


def test_a_cache_that_cannot_be_written_to(cache: Path) -> None:
    put(cache, b"a file, no folder")
    with known(card := a_set(a_file("a.csv", TABLE, "http://nowhere.invalid/a"))):
        with pytest.raises(OutputError, match="MOLKIT_CACHE"):
            fetch("toy")
        assert whereabouts(card) == "to fetch"


def test_a_full_disk_is_not_the_network(cache: Path) -> None:
    class Full:
        def __init__(self, **_: Any) -> None:
            """Takes what pooch's takes."""

        def __call__(self, *_: Any) -> None:
            raise OSError(28, "No space left on device")

    with (
        known(a_set(a_file("a.csv", TABLE, "http://nowhere.invalid/a"))),
        patch.object(pooch, "HTTPDownloader", Full),
        pytest.raises(OutputError, match="the disk is full"),
    ):
        fetch("toy")
    assert left(cache) == []


def test_progress_ends_at_the_size_of_the_file() -> None:
    heard: list[tuple[str, int, int]] = []
    with serving({"/a": TABLE}) as (url, _), known(a_set(a_file("a.csv", TABLE, f"{url}/a"))):
        fetch("toy", lambda stage, done, total, figures: heard.append((stage, done, total)))
    assert heard[-1] == ("fetching toy", len(TABLE), len(TABLE))
    assert len(heard) > 2


def test_shipped_files_need_no_cache(tmp_path: Path, cache: Path) -> None:
    path = put(tmp_path / "shipped" / "a.csv", TABLE)
    with known(card := a_set(a_file("a.csv", TABLE), folder=path.parent, shipped=True)):
        assert fetch("toy") == (path,)
        assert whereabouts(card) == "shipped"
    assert not cache.exists()


def test_without_being_told_the_users_cache_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MOLKIT_CACHE")
    assert cache_folder() == Path(pooch.os_cache("molkit"))
