"""Fetching a FHIR bulk export from a server on this machine, through real sockets.

The server checks the signature of the client's assertion, counts what it is asked for, and has the
faults that real ones have: it is busy, cuts a download, lets a token expire, loses an export.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import typer
from joserfc.jwk import ECKey, RSAKey
from typer.testing import CliRunner

from bulk_server import KICK_OFF, Server, serving
from load_tables import load_it, rows
from openvbc import fetch
from openvbc.errors import InputError
from openvbc.sources.fetch.backend import Backend, read_key, token_address
from openvbc.sources.fetch.bulk_export import BulkExport, Export, Request
from openvbc.sources.fetch.web import Http, check_address

PATIENTS = b"".join(
    json.dumps({"resourceType": "Patient", "id": f"P{n}", "birthDate": "1950-02-01"}).encode()
    + b"\n"
    for n in range(200)
)
CONDITION = (
    b'{"resourceType":"Condition","id":"C1","subject":{"reference":"Patient/P1"},"code":{"coding":'
    b'[{"system":"http://hl7.org/fhir/sid/icd-10-cm","code":"E11.9"}]}}\n'
)
OUTCOME = b'{"resourceType":"OperationOutcome","issue":[{"code":"transient"}]}\n'
GONE = (
    b'{"resourceType":"Bundle","type":"transaction","entry":'
    b'[{"request":{"method":"DELETE","url":"Patient/P9"}}]}\n'
)
FILES = {
    "output/Patient/0": PATIENTS,
    "output/Condition/0": CONDITION,
    "output/Condition/1": CONDITION.replace(b"C1", b"C2"),
    "deleted/Bundle/0": GONE,
    "error/OperationOutcome/0": OUTCOME,
}
PATIENT_FILE = "/files/output/Patient/0"


@dataclass
class Client:
    """A client with a key; waits are written down and not waited for."""

    server: Server
    key: Path
    folder: Path
    waited: list[float] = field(default_factory=list)
    told: list[str] = field(default_factory=list)

    def run(self, request: Request | None = None) -> Export:
        http = Http(self.waited.append, self.told.append)
        address = token_address(http, self.server.base)
        access = Backend(http, "client-1", read_key(self.key), address, "system/*.rs")
        asked = request or Request(self.server.base)
        return BulkExport(http, asked, self.folder, access).run()


def jwk(path: Path, key: RSAKey | ECKey) -> Path:
    path.write_text(json.dumps(key.as_dict(private=True)), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def key() -> ECKey:
    return ECKey.generate_key("P-384", {"kid": "key-1"})


@pytest.fixture
def server(key: ECKey) -> Iterator[Server]:
    with serving(Server(key, dict(FILES))) as it:
        yield it


@pytest.fixture
def client(server: Server, tmp_path: Path) -> Client:
    return Client(server, jwk(tmp_path / "key.jwk", server.key), tmp_path / "export")


def held(folder: Path) -> dict[str, bytes]:
    """The NDJSON files below a folder."""
    return {str(it.relative_to(folder)): it.read_bytes() for it in folder.rglob("*.ndjson")}


WHOLE = {
    "Patient.000.ndjson": PATIENTS,
    "Condition.000.ndjson": CONDITION,
    "Condition.001.ndjson": FILES["output/Condition/1"],
    "deleted/Bundle.000.ndjson": GONE,
    "error/OperationOutcome.000.ndjson": OUTCOME,
}


def test_an_export_is_fetched_whole_with_hashes(client: Client) -> None:
    """Kick-off, two answers "under way", the manifest, five files; then the server may forget."""
    export = client.run()
    assert held(client.folder) == WHOLE
    assert {it.name: it.sha256 for it in export.files} == {
        name: hashlib.sha256(content).hexdigest() for name, content in WHOLE.items()
    }
    assert [it.resources for it in export.files] == [200, 1, 1, 1, 1]
    assert export.transaction_time == "2026-04-01T00:00:00Z"
    assert client.waited == [3.0, 3.0]  # as Retry-After says
    assert client.server.asked["DELETE"] == 1


def test_the_folder_loads(client: Client, tmp_path: Path) -> None:
    """What was deleted or failed at the server is counted by name; the rest makes rows."""
    client.run()
    result = load_it(tmp_path / "data", client.folder)
    assert result.kind == "us_core"
    assert len(rows(result, "person")) == 200
    assert rows(result, "condition", "condition_id, code") == [
        ("test:C1", "E119"),
        ("test:C2", "E119"),
    ]
    assert result.ignored == ("manifest.json",)


def test_neither_token_nor_signed_address_is_kept_or_told(client: Client) -> None:
    client.server.cut[next(iter(FILES))] = 100
    client.run()
    written = b"".join(it.read_bytes() for it in client.folder.rglob("*") if it.is_file())
    said = "".join(client.told).encode()
    for token in client.server.tokens_until:
        assert token.encode() not in written + said
    assert b"secret" not in written + said
    url = token_address(Http(), client.server.base)
    access = Backend(Http(), "client-1", read_key(client.key), url, "system/*.rs")
    token = access.headers()["Authorization"].removeprefix("Bearer ")
    assert len(token) == 32
    assert token not in repr(access)


def test_the_same_again_asks_for_nothing(client: Client) -> None:
    first = client.run()
    asked = client.server.asked[KICK_OFF], client.server.asked[PATIENT_FILE]
    assert client.run() == first
    assert (client.server.asked[KICK_OFF], client.server.asked[PATIENT_FILE]) == asked == (1, 1)


def test_a_download_cut_in_the_middle_goes_on_there(client: Client) -> None:
    client.server.cut["output/Patient/0"] = 5000
    client.run()
    assert held(client.folder) == WHOLE
    assert client.server.ranges == ["bytes=5000-"]
    assert client.server.asked[PATIENT_FILE] == 2


def test_a_file_that_changed_since_it_was_cut_is_fetched_from_its_beginning(
    client: Client,
) -> None:
    """Half of the old and half of the new would be a file that never was."""
    client.server.cut["output/Patient/0"] = 5000
    client.server.changes = True
    client.run()
    assert held(client.folder)["Patient.000.ndjson"] == PATIENTS.upper()


def test_a_fetch_that_was_stopped_goes_on_in_another_run(client: Client) -> None:
    """The second condition is refused at first: no second kick-off, whole files are not fetched."""
    client.server.refused.add("output/Condition/1")
    with pytest.raises(InputError, match=r"answered 403 \(forbidden\)$") as refusal:
        client.run()
    assert "Lovelace" not in str(refusal.value)
    assert not (client.folder / "manifest.json").exists()
    client.server.refused.clear()
    client.run()
    assert held(client.folder) == WHOLE
    assert client.server.asked[KICK_OFF] == 1
    assert client.server.asked[PATIENT_FILE] == 1


def test_a_cut_download_goes_on_in_another_run(client: Client) -> None:
    part = client.folder / "Patient.000.ndjson.part"
    tag = client.folder / "Patient.000.ndjson.tag"
    client.folder.mkdir()
    part.write_bytes(PATIENTS[:777])
    tag.write_text(f'"{hashlib.sha256(PATIENTS).hexdigest()}"')
    client.run()
    assert held(client.folder) == WHOLE
    assert client.server.ranges == ["bytes=777-"]
    assert not part.exists()
    assert not tag.exists()


def test_a_busy_server_is_asked_again_when_it_says(client: Client) -> None:
    """Kick-off, status and file each answer 503 twice, with Retry-After: 7."""
    client.server.busy.update({KICK_OFF: 2, "/jobs/1": 2, PATIENT_FILE: 2})
    client.run()
    assert held(client.folder) == WHOLE
    assert client.waited.count(7.0) == 6


def test_a_server_that_stays_busy_is_given_up(client: Client) -> None:
    client.server.busy[KICK_OFF] = 99
    with pytest.raises(InputError, match="answered 503 8 times; try again later"):
        client.run()


def test_an_expired_token_is_renewed(client: Client) -> None:
    """Tokens are forgotten by the server before every wait; each renewal is a fresh assertion."""
    client.server.cut["output/Patient/0"] = 5000

    def forget(_: float) -> None:
        client.server.forget_tokens()

    http = Http(forget)
    access = Backend(
        http,
        "client-1",
        read_key(client.key),
        token_address(http, client.server.base),
        "system/*.rs",
    )
    BulkExport(http, Request(client.server.base), client.folder, access).run()
    assert held(client.folder) == WHOLE
    assert len(client.server.assertions) >= 3


def test_a_token_is_renewed_before_its_end(client: Client) -> None:
    """It lasts 300 seconds and is renewed in the last 30: at 271 seconds, not at 269."""
    now = [1_000_000.0]
    http = Http()
    client.server.clock = lambda: now[0]
    url = token_address(http, client.server.base)
    access = Backend(
        http, "client-1", read_key(client.key), url, "system/*.rs", client.server.clock
    )
    first = access.headers()
    now[0] += 269
    assert access.headers() == first
    now[0] += 2
    assert access.headers() != first


def test_a_token_stays_with_its_server(client: Client) -> None:
    """A file that is moved to another host is fetched from there, without the token."""
    with serving(Server(client.server.key, dict(FILES), needs_token=False)) as other:
        name = "output/Patient/0"
        client.server.moved[name] = f"http://127.0.0.1:{other.port}/files/{name}"
        client.run()
        assert held(client.folder) == WHOLE
        assert other.authorized == [False]
    assert client.server.authorized[0] is True


def test_a_signed_address_is_asked_without_a_token(client: Client) -> None:
    """The manifest says requiresAccessToken: false; storage refuses two kinds of proof at once."""
    client.server.needs_token = False
    client.run()
    assert held(client.folder) == WHOLE
    assert client.server.authorized == [False] * 5


def test_a_wrong_key_is_refused(client: Client, tmp_path: Path) -> None:
    other = ECKey.generate_key("P-384", {"kid": "key-1"})
    client.key = jwk(tmp_path / "other.jwk", other)
    with pytest.raises(InputError, match="/token: answered 400"):
        client.run()


@pytest.mark.parametrize("form", ["jwk", "set", "pem"])
def test_an_rsa_key_signs_with_rs384(form: str, tmp_path: Path) -> None:
    key = RSAKey.generate_key(2048, {"kid": "key-1"})
    private = key.as_dict(private=True)
    path = tmp_path / "key"
    if form == "pem":
        path.write_bytes(key.as_pem(private=True))
    else:
        path.write_text(json.dumps({"keys": [private]} if form == "set" else private))
    signer = read_key(path, "key-1")
    assert signer.algorithm == "RS384"
    with serving(Server(key, {})) as server:
        server.polls = 0
        http = Http()
        access = Backend(http, "client-1", signer, token_address(http, server.base), "system/*.rs")
        assert BulkExport(http, Request(server.base), tmp_path / "out", access).run().files == ()


@pytest.mark.parametrize(
    "content", ["", "{}", "no key", '{"kty":"oct","k":"AAAA"}', "P-256", "public"]
)
def test_a_file_without_a_fitting_key_is_refused(content: str, tmp_path: Path) -> None:
    made = {
        "P-256": json.dumps(ECKey.generate_key("P-256").as_dict(private=True)),
        "public": json.dumps(ECKey.generate_key("P-384").as_dict(private=False)),
    }
    path = tmp_path / "key"
    path.write_text(made.get(content, content))
    with pytest.raises(InputError, match="holds no private key; expected RSA or P-384"):
        read_key(path)


def test_a_file_with_fewer_resources_than_listed_is_refused(client: Client) -> None:
    client.server.counts["output/Patient/0"] = 201
    with pytest.raises(InputError, match=r"Patient.000.ndjson: found 200 resources, expected 201"):
        client.run()


def test_an_export_that_the_server_has_lost_starts_anew(client: Client) -> None:
    client.server.refused.add("jobs")
    with pytest.raises(InputError, match="no longer has this export; fetch again to start anew"):
        client.run()
    client.server.refused.clear()
    client.run()
    assert client.server.asked[KICK_OFF] == 2
    assert held(client.folder) == WHOLE


def test_a_folder_holds_one_export(client: Client) -> None:
    client.run()
    with pytest.raises(InputError, match="holds another export; fetch into another folder"):
        client.run(Request(client.server.base, types=("Patient",)))


def test_what_is_asked_for(client: Client) -> None:
    request = Request(
        client.server.base, types=("Patient", "Condition"), since="2026-01-01T00:00:00+00:00"
    )
    client.run(request)
    [query] = client.server.queries
    assert query == (
        "_outputFormat=application%2Ffhir%2Bndjson&_type=Patient%2CCondition"
        "&_since=2026-01-01T00%3A00%3A00%2B00%3A00"
    )
    group = Request("https://a.example/fhir/", "Group/7")
    assert group.url.startswith("https://a.example/fhir/Group/7/$export?")


@pytest.mark.parametrize("url", ["http://ehr.example/fhir", "ftp://a", "file:///etc/passwd", "x"])
def test_a_token_never_goes_over_an_open_line(url: str) -> None:
    with pytest.raises(InputError, match="expected an address that starts with https://"):
        check_address(url)


def test_the_command(client: Client) -> None:
    client.server.polls = 0
    app = typer.Typer()
    app.command()(fetch.fetch_fhir)
    given = [client.server.base, "--client-id", "client-1", "--key", str(client.key)]
    done = CliRunner().invoke(app, [*given, "--out", str(client.folder)])
    assert done.exit_code == 0, done.output
    assert held(client.folder) == WHOLE


def test_a_client_without_a_key_is_refused(tmp_path: Path) -> None:
    app = typer.Typer()
    app.command()(fetch.fetch_fhir)
    given = ["http://127.0.0.1:9/fhir", "--client-id", "client-1", "--out", str(tmp_path)]
    done = CliRunner().invoke(app, given)
    assert isinstance(done.exception, InputError)
    assert "--client-id and --key go together" in str(done.exception)
