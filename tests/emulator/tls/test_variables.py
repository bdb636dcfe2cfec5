"""The variables of `env --https`: what they hold, and how they stand beside a user's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from cloudbase_ocr.tls import AuthorityStore
from cloudbase_ocr.tls.variables import TRUST, https_variables, joined

URL = "http://127.0.0.1:8787"


@pytest.fixture(scope="module")
def variables(store: AuthorityStore) -> dict[str, str]:
    return https_variables(store, URL, passes=False)


def test_every_file_that_they_name_exists(variables: dict[str, str]) -> None:
    for name in (TRUST, "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"):
        assert Path(variables[name]).is_file()
    assert Path(variables["PHP_INI_SCAN_DIR"].removeprefix(":"), "cloudbase-ocr.ini").is_file()
    assert Path(variables["NODE_OPTIONS"].removeprefix("--require ").strip('"')).is_file()
    java = dict(part.removeprefix("-D").split("=") for part in variables["JAVA_TOOL_OPTIONS"].split())
    assert Path(java["javax.net.ssl.trustStore"]).is_file()
    assert (java["https.proxyHost"], java["https.proxyPort"]) == ("127.0.0.1", "8787")


def test_a_folder_with_blanks_is_one_word_for_java(tmp_path: Path) -> None:
    variables = https_variables(AuthorityStore(tmp_path / "a b"), URL, passes=True)
    assert f'-Djavax.net.ssl.trustStore="{tmp_path / "a b" / "bundle.p12"}"' in variables["JAVA_TOOL_OPTIONS"]
    assert variables["CLOUDBASE_OCR_OTHER_HOSTS"] == "pass"


@pytest.mark.parametrize(
    ("name", "theirs", "expected"),
    [
        ("NO_PROXY", "intranet,.corp", "intranet,.corp,localhost,127.0.0.1,::1"),
        ("NO_PROXY", "*", "localhost,127.0.0.1,::1"),
        ("no_proxy", ".qq.com,api.weixin.qq.com,intranet", "intranet,localhost,127.0.0.1,::1"),
        ("NODE_OPTIONS", "--no-warnings", "--no-warnings {ours}"),
        ("JAVA_TOOL_OPTIONS", "-Xmx1g", "-Xmx1g {ours}"),
        ("NODE_OPTIONS", "", "{ours}"),
    ],
)
def test_what_a_user_has_stays(name: str, theirs: str, expected: str, variables: dict[str, str]) -> None:
    assert joined(variables, {name: theirs})[name] == expected.format(ours=variables[name])


def test_to_ask_twice_changes_nothing(variables: dict[str, str]) -> None:
    assert joined(variables, variables) == variables
