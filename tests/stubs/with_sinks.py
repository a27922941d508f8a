#!/usr/bin/env python3
"""Run a command with receivers of alerts on loopback: with_sinks.py [--refuse] COMMAND...

An HTTP server takes webhooks and Telegram's sendMessage, an SMTP server takes mail. The command gets their ports as HTTP_PORT and
SMTP_PORT. Everything that arrived is appended to received.txt. With --refuse every HTTP request is answered with 400. The exit code
is that of the command.
"""
import http.server
import os
import socketserver
import subprocess
import sys
import threading

LOCK = threading.Lock()
REFUSE = "--refuse" in sys.argv[1:2]


def note(text):
    with LOCK, open("received.txt", "a", encoding="utf-8") as file:
        file.write(text + "\n")


class Http(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        note(f"POST {self.path} {self.headers.get('Authorization', '-')} {body}")
        answer = b'{"ok": true}'
        self.send_response(400 if REFUSE else 200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


class Smtp(socketserver.StreamRequestHandler):
    def say(self, line):
        self.wfile.write(line.encode() + b"\r\n")

    def handle(self):
        self.say("220 stub")
        for raw in self.rfile:
            line = raw.decode().rstrip("\r\n")
            word = line.split(" ")[0]
            note(f"SMTP {line}")
            if word == "EHLO":
                self.say("250-stub")
                self.say("250 AUTH PLAIN")
            elif word == "AUTH":
                self.say("334 ")
                self.rfile.readline()
                self.say("235 welcome")
            elif word == "DATA":
                self.say("354 go on")
                for part in self.rfile:
                    text = part.decode().rstrip("\r\n")
                    if text == ".":
                        break
                    note(f"MAIL {text}")
                self.say("250 taken")
            elif word == "QUIT":
                self.say("221 bye")
                return
            else:
                self.say("250 ok")


def main():
    servers = [http.server.ThreadingHTTPServer(("127.0.0.1", 0), Http),
               socketserver.ThreadingTCPServer(("127.0.0.1", 0), Smtp)]
    for server in servers:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
    ports = [str(server.server_address[1]) for server in servers]
    environment = dict(os.environ, HTTP_PORT=ports[0], SMTP_PORT=ports[1])
    command = sys.argv[2:] if REFUSE else sys.argv[1:]
    return subprocess.run(command, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
