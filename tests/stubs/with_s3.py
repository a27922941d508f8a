#!/usr/bin/env python3
"""Run a command with an S3 server on loopback: with_s3.py [--put DIR=PREFIX]... [--get KEY=FILE]... COMMAND...

The server is the one of scripts/fetch_s3_server.sh, which checks signatures, or a stub when that is not installed. The bucket is
`tieout-test`. The command gets AWS_ENDPOINT_URL and credentials in its environment. --put copies a tree there before, --get fetches
an object after. The exit code is that of the command.
"""
import argparse
import datetime
import hashlib
import hmac
import http.server
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
import urllib.parse
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
SERVER = ROOT / ".deps" / "s3_server"
BUCKET = "tieout-test"
KEY = "S3RVER"  # id and secret of the server's only account


class Stub(http.server.BaseHTTPRequestHandler):
    """Objects in memory: PUT, GET, ListObjectsV2 in one page. Signatures are not checked."""
    objects = {}

    def answer(self, status, body=b""):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_PUT(self):
        self.objects[urllib.parse.unquote(self.path)] = self.rfile.read(int(self.headers["Content-Length"]))
        self.answer(200)

    def do_GET(self):
        path, _, query = self.path.partition("?")
        if "list-type=2" not in query:
            body = self.objects.get(urllib.parse.unquote(path))
            self.answer(*((404,) if body is None else (200, body)))
            return
        prefix = urllib.parse.parse_qs(query).get("prefix", [""])[0]
        keys = sorted(key.split("/", 2)[2] for key in self.objects)
        items = "".join(f"<Contents><Key>{key}</Key><Size>{len(self.objects[f'/{BUCKET}/{key}'])}</Size></Contents>"
                        for key in keys if key.startswith(prefix))
        self.answer(200, f"<ListBucketResult><IsTruncated>false</IsTruncated>{items}</ListBucketResult>".encode())

    def log_message(self, *_):
        pass


def send(endpoint, method, key, body=b""):
    """One signed request (AWS Signature Version 4), written apart from tieout's own signing."""
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    host = endpoint.split("://")[1]
    path = urllib.parse.quote(f"/{BUCKET}/{key}", safe="/~")
    payload = hashlib.sha256(body).hexdigest()
    headers = {"host": host, "x-amz-content-sha256": payload, "x-amz-date": now}
    names = ";".join(sorted(headers))
    lines = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
    canonical = hashlib.sha256(f"{method}\n{path}\n\n{lines}\n{names}\n{payload}".encode()).hexdigest()
    scope = f"{now[:8]}/us-east-1/s3/aws4_request"
    sign = b"AWS4" + KEY.encode()
    for part in scope.split("/"):
        sign = hmac.new(sign, part.encode(), hashlib.sha256).digest()
    signature = hmac.new(sign, f"AWS4-HMAC-SHA256\n{now}\n{scope}\n{canonical}".encode(), hashlib.sha256).hexdigest()
    headers["Authorization"] = f"AWS4-HMAC-SHA256 Credential={KEY}/{scope},SignedHeaders={names},Signature={signature}"
    request = urllib.request.Request(endpoint + path, data=body if method == "PUT" else None, method=method, headers=headers)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=60) as response:
        return response.read()


def run(arguments, endpoint):
    for item in arguments.put:
        directory, _, prefix = item.partition("=")
        for file in sorted(path for path in pathlib.Path(directory).rglob("*") if path.is_file()):
            send(endpoint, "PUT", f"{prefix}/{file.relative_to(directory).as_posix()}", file.read_bytes())
    environment = dict(os.environ, AWS_ENDPOINT_URL=endpoint, AWS_ACCESS_KEY_ID=KEY, AWS_SECRET_ACCESS_KEY=KEY)
    code = subprocess.run(arguments.command, env=environment, check=False).returncode
    for item in arguments.get:
        key, _, file = item.partition("=")
        pathlib.Path(file).write_bytes(send(endpoint, "GET", key))
    return code


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--put", action="append", default=[])
    parser.add_argument("--get", action="append", default=[])
    parser.add_argument("command", nargs=argparse.REMAINDER)
    arguments = parser.parse_args()
    if (SERVER / "version").exists():
        with tempfile.TemporaryDirectory() as directory:
            script = str(pathlib.Path(__file__).with_name("s3_server.js"))
            server = subprocess.Popen(["node", script, str(SERVER), directory, BUCKET], stdout=subprocess.PIPE, text=True)
            try:
                return run(arguments, f"http://127.0.0.1:{server.stdout.readline().strip()}")
            finally:
                server.terminate()
                server.wait()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Stub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return run(arguments, f"http://127.0.0.1:{server.server_address[1]}")


if __name__ == "__main__":
    sys.exit(main())
