"""SMART Backend Services: a program proves who it is with a signed assertion, and gets a token.

HL7, SMART App Launch 2.2, "Backend Services" and "Client Authentication: Asymmetric". The assertion
is a JWT signed with RS384 or ES384: issuer and subject are the client, audience is the address
where tokens are given, it stands for at most five minutes and carries an id used once.
"""

import json
import time
import urllib.parse
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from openvbc.errors import InputError, Problem
from openvbc.sources.fetch.web import Http, refused, shown

_ASSERTION: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_STANDS: Final = 240
"""Seconds for which an assertion stands; the standard allows 300, and clocks differ."""

_EARLY: Final = 30
"""Seconds before its end at which a token is renewed."""

_OK: Final = 200
_ALGORITHMS: Final = {"RSA": "RS384", "EC": "ES384"}


@dataclass(frozen=True)
class Signer:
    """Signs assertions. key is a private key of joserfc, kid its id at the server."""

    key: Any
    kid: str
    algorithm: str

    def sign(self, claims: dict[str, Any]) -> str:
        """A signed JWT."""
        header = {"alg": self.algorithm, "kid": self.kid, "typ": "JWT"}
        jwt = import_module("joserfc.jwt")
        return str(jwt.encode(header, claims, self.key, algorithms=[self.algorithm]))


def read_key(path: Path, kid: str | None = None) -> Signer:
    """The private key in a file: a JWK, or PEM. kid is the JWK's own, else its thumbprint.

    Raises InputError where the file holds no private RSA or P-384 key, or joserfc is missing.
    """
    try:
        jwk = import_module("joserfc.jwk")
    except ImportError as error:
        what = "signing needs joserfc; install openvbc[fhir]"
        raise InputError(Problem(str(path), what)) from error
    try:
        key = _parsed(jwk, path.read_text(encoding="utf-8"))
    except (OSError, ValueError, KeyError, TypeError, import_module("joserfc.errors").JoseError):
        key = None
    algorithm = _ALGORITHMS.get(getattr(key, "key_type", ""))
    is_curve = algorithm != "ES384" or getattr(key, "curve_name", "") == "P-384"
    if key is None or algorithm is None or not key.is_private or not is_curve:
        what = "holds no private key; expected RSA or P-384, as JWK or PEM without a password"
        raise InputError(Problem(str(path), what))
    return Signer(key, str(kid or key.kid or key.thumbprint()), algorithm)


def _parsed(jwk: Any, text: str) -> Any:
    """The key of a text: of a JWK set the first that is private."""
    if not text.lstrip().startswith("{"):
        pem = text.encode()
        kind = "EC" if type(jwk.import_from_pem_key(pem)).__name__.startswith("EC") else "RSA"
        return jwk.import_key(pem, kind)
    found = json.loads(text)
    private = [it for it in found.get("keys", [found]) if "d" in it]
    return jwk.import_key(private[0]) if private else None


@dataclass
class Backend:
    """A client's access to one server. Tokens live in memory only."""

    http: Http
    client_id: str
    signer: Signer
    token_url: str
    scope: str
    clock: Callable[[], float] = time.time
    _token: str | None = field(default=None, repr=False)
    _until: float = 0

    def headers(self) -> dict[str, str]:
        """The header that lets in, with a token that still stands."""
        if self._token is None or self.clock() >= self._until:
            self.renew()
        return {"Authorization": f"Bearer {self._token}"}

    def renew(self) -> None:
        """Get a new token. Raises InputError where the server gives none."""
        body = urllib.parse.urlencode(
            {
                "grant_type": "client_credentials",
                "scope": self.scope,
                "client_assertion_type": _ASSERTION,
                "client_assertion": self._assertion(),
            }
        ).encode()
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Accept": "application/json",
        }
        answer = self.http.ask(self.token_url, headers, body, "POST")
        if answer.status != _OK:
            raise refused(shown(self.token_url), answer)
        given = answer.json(shown(self.token_url))
        if not isinstance(given.get("access_token"), str):
            raise InputError(Problem(shown(self.token_url), "gave no access_token"))
        self._token = given["access_token"]
        lasts = given.get("expires_in")
        self._until = self.clock() + (lasts if isinstance(lasts, int) else 300) - _EARLY

    def _assertion(self) -> str:
        now = int(self.clock())
        return self.signer.sign(
            {
                "iss": self.client_id,
                "sub": self.client_id,
                "aud": self.token_url,
                "iat": now,
                "exp": now + _STANDS,
                "jti": str(uuid.uuid4()),
            }
        )


def token_address(http: Http, base: str) -> str:
    """Where a FHIR server gives tokens, as its SMART configuration says.

    Raises InputError where it says nothing.
    """
    where = f"{base}/.well-known/smart-configuration"
    answer = http.ask(where, {"Accept": "application/json"})
    found = answer.json(where).get("token_endpoint") if answer.status == _OK else None
    if not isinstance(found, str):
        what = "does not say where tokens are given; name it with --token-url"
        raise InputError(Problem(where, what))
    return found
