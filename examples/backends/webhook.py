# A host's backend in Python: POST /hooks/bzctrl. `body` as it came, to the byte; names of headers in small letters.
import base64, hmac, json, os, time

KEY = base64.b64decode(os.environ["WEBHOOK_SECRET"].removeprefix("whsec_"))

def verified(body: bytes, headers: dict) -> dict:  # Raises, if the relay has not sent it just now: answer 400.
    identifier, timestamp = headers["webhook-id"], headers["webhook-timestamp"]
    if abs(time.time() - int(timestamp)) > 300:
        raise ValueError("too old")
    signed = f"{identifier}.{timestamp}.".encode() + body
    expected = b"v1," + base64.b64encode(hmac.digest(KEY, signed, "sha256"))
    signatures = headers["webhook-signature"].encode().split(b" ")
    if not any(hmac.compare_digest(expected, one) for one in signatures):
        raise ValueError("not signed")
    return json.loads(body)
