"""nginx and HAProxy in front of a server, as small as they go: what the tests of proxies need."""

import re
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from harness import PATIENCE_S

# Connections to the server are shared by all clients, which is what smuggling needs; and each
# request that is handed on has an id of the proxy's own, which stands in both logs.
NGINX = """
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
worker_processes 1;
events {{ worker_connections 1024; }}
http {{
  log_format ids '$request_id $status $upstream_addr';
  access_log {folder}/access.log ids;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  client_header_timeout {patience}s;
  client_body_timeout {patience}s;
  keepalive_timeout {patience}s;
  client_max_body_size 256m;
  underscores_in_headers on;
  ignore_invalid_headers off;
  upstream heartbeat {{
    server 127.0.0.1:{server};
    keepalive 16;
  }}
  server {{
    listen 127.0.0.1:{port};
    location / {{
      proxy_pass http://heartbeat;
      proxy_http_version 1.1;
      proxy_next_upstream off;
      proxy_request_buffering off;
      proxy_pass_header X-Accel-Buffering;  # nginx heeds it and keeps it
      proxy_read_timeout 60s;
      proxy_set_header Connection "";
      proxy_set_header Host $http_host;
      proxy_set_header X-Request-Id $request_id;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Forwarded-Proto https;
    }}
  }}
}}
"""

HAPROXY = """
global
  log stdout format raw local0
  maxconn 1000
defaults
  mode http
  log global
  timeout connect 5s
  timeout client {patience}s
  timeout http-request {patience}s
  timeout http-keep-alive {patience}s
  timeout server 60s
  timeout tunnel 60s
  retries 0
frontend clients
  bind 127.0.0.1:{port}
  http-request set-var(txn.id) uuid()
  http-request set-header X-Request-Id %[var(txn.id)]
  http-request set-header X-Forwarded-Proto https
  option forwardfor
  log-format "%[var(txn.id)] %ST %s"
  default_backend heartbeat
backend heartbeat
  http-reuse always
  server heartbeat 127.0.0.1:{server}
"""


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


class Proxy:
    """A proxy before the port `server`, until the block ends. `patience`: seconds that it waits for
    the rest of a request."""

    def __init__(self, name, server, patience):
        self.name = name
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._folder = tempfile.TemporaryDirectory(prefix="heartbeat-proxy-")
        self._path = Path(self._folder.name)
        config = self._path / "config"
        template = NGINX if name == "nginx" else HAPROXY
        config.write_text(template.format(folder=self._path, port=self.port, server=server,
                                          patience=patience))
        program = Proxy.program(name)
        self._log_path = self._path / "access.log"
        if name == "nginx":
            self._path.chmod(0o755)
            command = [program, "-p", self._path, "-e", self._path / "error.log", "-c", config]
            self._out = subprocess.DEVNULL
        else:
            command = [program, "-db", "-f", config]
            self._out = open(self._log_path, "wb")
        self._command = command
        self._process = None

    @staticmethod
    def program(name):
        """Its path, or None. Debian keeps both where only root looks for programs."""
        return shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin")

    def __enter__(self):
        self._process = subprocess.Popen(self._command, stdin=subprocess.DEVNULL,
                                         stdout=self._out, stderr=subprocess.PIPE)
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end and self._process.poll() is None:
            try:
                self.connect().close()
                return self
            except ConnectionRefusedError:
                time.sleep(0.02)
        self._process.kill()
        raise AssertionError(f"{self.name} did not start: {self._process.communicate()[1]}")

    def __exit__(self, *_):
        self._process.terminate()
        self._process.communicate(timeout=PATIENCE_S)
        if self._out is not subprocess.DEVNULL:
            self._out.close()
        self._folder.cleanup()

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port), PATIENCE_S)

    def handed_on(self):
        """The ids of the requests that it sent to the server, and how many it answered by itself."""
        ids, refused = [], 0
        for line in self._log_path.read_text().splitlines():
            found = re.fullmatch(r"(\S+) (\d+) (\S+)", line)
            if found is None:
                continue
            if found[3] in ("-", "<NOSRV>") or found[1] == "-":
                refused += 1
            else:
                ids.append(found[1].lower())
        return ids, refused
