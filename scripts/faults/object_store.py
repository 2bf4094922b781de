#!/usr/bin/env python3
"""An object store with S3's interface on this machine (moto), behind a line that can be made to fail.

    scripts/faults/object_store.py BUCKET [FILE=KEY ...]

Puts files into a new bucket, prints the endpoint, and serves until its input ends. `curl -X FAULT ENDPOINT/NAME` begins a
fault, where NAME is one of
    busy      every third question is answered with 503 SlowDown
    broken    every third object that is read ends in its middle
    expired   the credentials have expired
    refused   the credentials may not do this
    readonly  they may not write
    none      all is well
`scripts/setup object-store` fetches what it needs.
"""
import http.client
import http.server
import itertools
import os
import pathlib
import socketserver
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / ".deps/object-store"))
import boto3
from moto.server import ThreadedMotoServer

FAULTS = {
    "busy": (503, "SlowDown", "Please reduce your request rate."),
    "expired": (400, "ExpiredToken", "The provided token has expired."),
    "refused": (403, "AccessDenied", "Access Denied"),
}


class Line(http.server.BaseHTTPRequestHandler):
    """Hands requests on to the store behind, or does what the fault of the moment says."""

    protocol_version = "HTTP/1.1"
    fault = "none"
    behind = None
    requests = itertools.count()
    objects = itertools.count()

    def log_message(self, *_):
        pass

    def do_FAULT(self):
        Line.fault = self.path.strip("/")
        self.answer(200, b"")

    def answer(self, status, body, headers=()):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def body(self):
        if self.headers.get("Transfer-Encoding") == "chunked":
            pieces = []
            while size := int(self.rfile.readline().split(b";")[0], 16):
                pieces.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(pieces)
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def pass_on(self):
        body = self.body()
        fault = Line.fault
        if fault == "readonly" and self.command in ("PUT", "POST"):
            fault = "refused"
        if fault in ("expired", "refused") or fault == "busy" and next(Line.requests) % 3 == 0:
            status, code, message = FAULTS[fault]
            text = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>{message}</Message></Error>"
            return self.answer(status, text.encode(), [("Content-Type", "application/xml")])
        connection = http.client.HTTPConnection(*Line.behind)
        headers = {name: value for name, value in self.headers.items() if name.lower() != "transfer-encoding"}
        connection.request(self.command, self.path, body, headers)
        reply = connection.getresponse()
        content = reply.read()
        own = ("content-length", "transfer-encoding", "connection", "date", "server")
        kept = [(name, value) for name, value in reply.getheaders() if name.lower() not in own]
        if self.command == "HEAD":
            self.send_response(reply.status)
            for name, value in reply.getheaders():
                if name.lower() in ("content-length", *(name.lower() for name, _ in kept)):
                    self.send_header(name, value)
            return self.end_headers()
        if fault == "broken" and self.command == "GET" and len(content) > 1000 and next(Line.objects) % 3 == 2:
            self.send_response(reply.status)
            for name, value in kept:
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content[: len(content) // 2])
            self.close_connection = True
            return
        self.answer(reply.status, content, kept)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = pass_on


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, *_):
        """A client that hangs up is no event."""


def main(bucket, *files):
    for name, value in {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}.items():
        os.environ.setdefault(name, value)
    store = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    store.start()
    Line.behind = store.get_host_and_port()
    client = boto3.client("s3", endpoint_url="http://%s:%d" % Line.behind, region_name="us-east-1")
    client.create_bucket(Bucket=bucket)
    for file in files:
        path, key = file.split("=", 1)
        client.upload_file(path, bucket, key)
    server = Server(("127.0.0.1", 0), Line)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print("http://%s:%d" % server.server_address, flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1] in ("-h", "--help"):
        sys.exit(__doc__)
    main(*sys.argv[1:])
