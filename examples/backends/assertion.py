# A host's backend in Python (pip install cryptography): GET /me/assertion of the user of its session.
import base64, json, os, time, uuid
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding

with open(os.environ["KEY_FILE"], "rb") as file:
    KEY = serialization.load_pem_private_key(file.read(), password=None)

def encode(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).rstrip(b"=").decode()

def assertion(email: str) -> str:
    now = int(time.time())
    header = {"alg": "RS256", "typ": "JWT", "kid": os.environ["KEY_ID"]}
    claims = {"iss": os.environ["ISSUER"], "aud": os.environ["AUDIENCE"],  # https://relay.example.com/v1/token
              "sub": email, "email": email, "iat": now, "exp": now + 60, "jti": str(uuid.uuid4())}
    message = ".".join(encode(json.dumps(part).encode()) for part in (header, claims))
    return message + "." + encode(KEY.sign(message.encode(), padding.PKCS1v15(), hashes.SHA256()))
