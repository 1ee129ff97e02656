"""The least a callback can be: check the signature, sign an InvokeFunction by hand, post it.

Standard library only. This is what our callback's cold start is compared with; it parses
nothing and survives nothing.
"""

import base64
import hashlib
import hmac
import http.client
import json
import os
import sys
import time

event = json.loads(sys.stdin.buffer.read())
secret = os.environ["DINGTALK_CLIENT_SECRET"]
timestamp = event["headers"]["Timestamp"]
expected = hmac.new(secret.encode(), f"{timestamp}\n{secret}".encode(), hashlib.sha256).digest()
if not hmac.compare_digest(base64.b64encode(expected).decode(), event["headers"]["Sign"]):
    sys.exit("bad signature")
body = event["body"].encode()
host = os.environ["INVOKE_ENDPOINT"].removeprefix("http://")
path = f"/2023-03-30/functions/{os.environ['ANSWER_FUNCTION']}/invocations"
headers = {
    "host": host,
    "x-acs-version": "2023-03-30",
    "x-acs-action": "InvokeFunction",
    "x-acs-date": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    "x-acs-signature-nonce": os.urandom(16).hex(),
    "x-acs-content-sha256": hashlib.sha256(body).hexdigest(),
    "x-fc-invocation-type": "Async",
}
names = sorted(headers)
canonical = "\n".join(
    [
        "POST",
        path,
        "",
        "".join(f"{n}:{headers[n]}\n" for n in names),
        ";".join(names),
        headers["x-acs-content-sha256"],
    ]
)
to_sign = "ACS3-HMAC-SHA256\n" + hashlib.sha256(canonical.encode()).hexdigest()
key = os.environ["ALIBABA_CLOUD_ACCESS_KEY_SECRET"]
signature = hmac.new(key.encode(), to_sign.encode(), hashlib.sha256).hexdigest()
headers["authorization"] = (
    f"ACS3-HMAC-SHA256 Credential={os.environ['ALIBABA_CLOUD_ACCESS_KEY_ID']},"
    f"SignedHeaders={';'.join(names)},Signature={signature}"
)
connection = http.client.HTTPConnection(host, timeout=2)
connection.request("POST", path, body=body, headers=headers)
status = connection.getresponse().status
print(json.dumps({"statusCode": 200 if status == 202 else 500, "body": '{"msgtype":"empty"}'}))
