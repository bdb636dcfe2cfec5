"""cloud:// files over HTTPS: the two steps of an upload, URLs that expire, and paths that lead elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

import pytest
import requests

from cloudbase_ocr.core.clock import ManualClock
from cloudbase_ocr.server import Server
from cloudbase_ocr.state.files import FileStore, MemoryObjects, StorageError, StoredFile

Post = Callable[..., dict[str, Any]]
Serve = Callable[..., Server]


def upload(ticket: dict[str, Any], path: str, data: bytes, **change: str) -> requests.Response:
    fields = {
        "key": path,
        "Signature": ticket["authorization"],
        "x-cos-security-token": ticket["token"],
        "x-cos-meta-fileid": ticket["cos_file_id"],
        **change,
    }
    return requests.post(ticket["url"], data=fields, files={"file": ("a.jpg", data)}, timeout=10)


def ticket_for(api: Post, server: Server, path: str) -> dict[str, Any]:
    return api(server, "/tcb/uploadfile", {"env": "env-1", "path": path})


def test_upload_then_download_then_delete(live: Server, api: Post) -> None:
    data = b"\x00\r\n--\xff" * 300_000
    ticket = ticket_for(api, live, "photos/身份证 1.jpg")
    assert list(ticket) == ["errcode", "errmsg", "url", "token", "authorization", "file_id", "cos_file_id"]
    assert ticket["file_id"] == "cloud://env-1.656e-env-1-1250000000/photos/身份证 1.jpg"
    sent = upload(ticket, "photos/身份证 1.jpg", data)
    assert (sent.status_code, sent.content) == (204, b"")
    wanted = {"env": "env-1", "file_list": [{"fileid": ticket["file_id"], "max_age": 60}]}
    (entry,) = api(live, "/tcb/batchdownloadfile", wanted)["file_list"]
    assert list(entry) == ["fileid", "download_url", "status", "errmsg"]
    assert (entry["fileid"], entry["status"], entry["errmsg"]) == (ticket["file_id"], 0, "ok")
    assert requests.get(entry["download_url"], timeout=10).content == data
    ids = {"env": "env-1", "fileid_list": [ticket["file_id"], "cloud://env-1.b/none"]}
    deleted = api(live, "/tcb/batchdeletefile", ids)["delete_list"]
    assert [entry["status"] for entry in deleted] == [0, -503003]
    assert requests.get(entry["download_url"], timeout=10).status_code == 404


def test_missing_files_say_so_one_by_one(live: Server, api: Post) -> None:
    kept = live.emulator.files.put("env-1", "kept.jpg", b"x")
    listed = [{"fileid": kept}, {"fileid": "cloud://env-1.b/gone.jpg"}, {"fileid": "no file ID"}]
    reply = api(live, "/tcb/batchdownloadfile", {"env": "env-1", "file_list": listed})
    assert reply["errcode"] == 0
    assert [entry["status"] for entry in reply["file_list"]] == [0, -503003, -503003]
    assert reply["file_list"][1]["errmsg"] == "storage file not exists"


def test_own_url_is_read_without_a_port_rule(
    strict: Server, api: Post, ocr: Post, png: Callable[..., bytes]
) -> None:
    file_id = strict.emulator.files.put("env-1", "a.png", png(4, 4))
    body = {"env": "env-1", "file_list": [{"fileid": file_id, "max_age": 60}]}
    url = api(strict, "/tcb/batchdownloadfile", body)["file_list"][0]["download_url"]
    assert ocr(strict, "bankcard", img_url=url)["errcode"] == 101001  # read: a picture, but no card
    assert ocr(strict, "bankcard", img_url=url.replace("sign=", "sign=0"))["errcode"] == 101000
    big = strict.emulator.files.put("env-1", "b.png", b"\0" * (2 * 1024 * 1024 + 1))
    body["file_list"] = [{"fileid": big}]
    url = api(strict, "/tcb/batchdownloadfile", body)["file_list"][0]["download_url"]
    assert ocr(strict, "bankcard", img_url=url)["errcode"] == 101002


def test_urls_expire(serve: Serve, api: Post) -> None:
    clock = ManualClock(1_700_000_000)
    server = serve(clock=clock)
    file_id = server.emulator.files.put("env-1", "a.jpg", b"x")
    body = {"env": "env-1", "file_list": [{"fileid": file_id, "max_age": 60}]}
    url = api(server, "/tcb/batchdownloadfile", body)["file_list"][0]["download_url"]
    ticket = ticket_for(api, server, "b.jpg")
    clock.advance(60)
    assert requests.get(url, timeout=10).status_code == 200
    clock.advance(1)
    assert requests.get(url, timeout=10).status_code == 403
    clock.advance(900)
    assert upload(ticket, "b.jpg", b"x").status_code == 403


@pytest.mark.parametrize("change", [
    {"Signature": ""}, {"Signature": "q-sign-time=99999999999&q-signature=" + "0" * 64}, {"key": "other.jpg"},
    {"Signature": "q-sign-time=-1&q-signature=x"}, {"Signature": "\xff"},
])  # fmt: skip
def test_uploads_need_their_own_signature(live: Server, api: Post, change: dict[str, str]) -> None:
    reply = upload(ticket_for(api, live, "c.jpg"), "c.jpg", b"x", **change)
    assert reply.status_code == 403
    assert b"<Code>SignatureDoesNotMatch</Code>" in reply.content
    assert live.emulator.files.get(live.emulator.files.file_id("env-1", "c.jpg")) is None


def test_a_stored_page_does_not_run_in_the_emulators_origin(live: Server, api: Post) -> None:
    file_id = live.emulator.files.put("env-1", "a.html", b"<script>1</script>", "text/html")
    body = {"env": "env-1", "file_list": [{"fileid": file_id}]}
    url = api(live, "/tcb/batchdownloadfile", body)["file_list"][0]["download_url"]
    reply = requests.get(url, timeout=10)
    assert reply.headers["Content-Type"] == "application/octet-stream"
    assert reply.headers["Content-Disposition"] == "attachment"
    assert reply.headers["X-Content-Type-Options"] == "nosniff"


BAD_PATHS = ["../a", "a/../b", "/a", "a//b", "a/", "./a", "a\\b", "a\nb", "a\0b", "", "x" * 851, ".."]


@pytest.mark.parametrize("path", BAD_PATHS)
def test_paths_that_lead_elsewhere_are_refused(live: Server, api: Post, path: str) -> None:
    assert ticket_for(api, live, path)["errcode"] in (40097, 40101)
    with pytest.raises(StorageError):
        live.emulator.files.put("env-1", path, b"x")


@pytest.mark.parametrize("env", ["", "a/b", "a.b", "..", "e" * 65, "é", "a b"])
def test_environment_names_are_plain(live: Server, api: Post, env: str) -> None:
    assert api(live, "/tcb/uploadfile", {"env": env, "path": "a"})["errcode"] in (40097, 40101)


@pytest.mark.parametrize("file_list", [None, [], {}, "x", [1], [{"fileid": 1}], [{}], [None], ["cloud://x"] * 51,
                                       [{"fileid": "cloud://a.b/c", "max_age": "x"}]])  # fmt: skip
def test_wrong_lists_are_refused(live: Server, api: Post, file_list: Any) -> None:
    body = {"env": "env-1", "file_list": file_list}
    assert api(live, "/tcb/batchdownloadfile", body)["errcode"] == 40097


def test_the_store_is_bounded() -> None:
    store = FileStore(ManualClock(), MemoryObjects(Random(1), max_bytes=10, max_files=2))
    store.put("e", "a", b"12345")
    store.put("e", "a", b"1234567890")  # in place of the first
    with pytest.raises(StorageError, match="full"):
        store.put("e", "b", b"1")
    assert store.delete(store.file_id("e", "a"))
    store.put("e", "b", b"1")
    store.put("e", "c", b"1")
    with pytest.raises(StorageError, match="full"):
        store.put("e", "d", b"")
    store.reset()
    store.put("e", "d", b"1234567890")
    with pytest.raises(StorageError, match="more than"):
        store.put_object("b", "x", StoredFile(b"\0" * (32 * 1024 * 1024 + 1)))


def test_signatures_of_one_store_do_not_open_another() -> None:
    first, second = (FileStore(ManualClock(), MemoryObjects(Random(seed))) for seed in (1, 2))
    file_id = first.put("e", "a", b"1")
    second.put("e", "a", b"2")
    url = first.download_url("http://h", file_id, 60)
    assert first.read_url(url) == b"1"
    assert second.read_url(url) is None
