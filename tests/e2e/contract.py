"""Holds the answers of a server to the document that it serves at /openapi.json.

    contract = Contract(requests.get(url + "/openapi.json").json())
    requests.get(url + "/health", hooks={"response": contract.check_response})
    contract.checks, contract.unseen()

An answer must come from a path and method of the document, with a status that is declared there, the
headers that are required there, a media type that is declared there, and a body that is valid under
its schema (JSON Schema 2020-12) and has no member that the schema does not name. What the document
says in words holds too: an unknown path is answered 404, a method that a path does not take 405, with
the problems of these names; HEAD is answered like GET without a body, OPTIONS with 204 and Allow.
"""

import json
import re
import threading
import urllib.parse

import jsonschema

PROBLEM = "application/problem+json"

# Which docs/keys.md promises.
OF_EVERY_ANSWER = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class Violation(AssertionError):
    """An answer that the document does not allow."""


class Contract:
    def __init__(self, document):
        self.document = document
        self.base_path = document["servers"][0]["url"].rstrip("/")
        self.checks = 0
        self.seen = set()  # (method, path of the document, status)
        self._lock = threading.Lock()
        self._resolver = jsonschema.RefResolver.from_schema(document)
        # The most special pattern first: /a/b before /a/{c}.
        self._paths = [
            (re.compile(re.sub(r"\\{[^/]*?\\}", "[^/]+", re.escape(path))), path)
            for path in sorted(document["paths"], key=lambda path: path.count("{"))
        ]

    # What is declared.

    def rows(self):
        """Every (method, path, status) of the document."""
        return {
            (method.upper(), path, int(status))
            for path, methods in self.document["paths"].items()
            for method, operation in methods.items()
            for status in operation["responses"]
        }

    def unseen(self):
        return self.rows() - self.seen

    def resolve(self, node):
        """`node`, or what it refers to, with what stands beside the reference."""
        while "$ref" in node:
            beside = {key: value for key, value in node.items() if key != "$ref"}
            node = {**self._resolver.resolve(node["$ref"])[1], **beside}
        return node

    def find_path(self, target):
        """The path of the document that a request's target belongs to, or None."""
        path = urllib.parse.unquote(urllib.parse.urlsplit(target).path)
        if not path.startswith(self.base_path + "/"):
            return None
        path = path[len(self.base_path):]
        return next((name for pattern, name in self._paths if pattern.fullmatch(path)), None)

    # Checks.

    def check_response(self, response, *_args, **_kwargs):
        """For hooks={"response": ...} of requests."""
        request = response.request
        target = urllib.parse.urlsplit(request.url)._replace(scheme="", netloc="").geturl()
        # A stream of events has no end; event_stream.py holds each to the document.
        is_stream = response.headers.get("Content-Type") == "text/event-stream"
        self.check(request.method, target, response.status_code, response.headers,
                   b"" if is_stream else response.content)

    def check(self, method, target, status, headers, body):
        """`headers`: a mapping without regard to case. Raises Violation."""
        what = f"{method} {target} -> {status}"
        path = self.find_path(target)
        name, declared = self.declared(method, target, path, status, what)
        try:
            self.check_headers(declared, headers, path, status, name)
            self.check_body(declared, method, status, headers, body)
        except (Violation, jsonschema.ValidationError) as wrong:
            raise Violation(f"{what}: {wrong}\n{body[:2000]!r}") from wrong
        with self._lock:
            self.checks += 1
            if name in ("GET", "POST", "PUT", "DELETE"):
                self.seen.add((name, path, status))

    def declared(self, method, target, path, status, what):
        """The method under which the answer is declared, and its response."""
        problems = self.document["components"]["responses"]
        allow = {"headers": {"Allow": problems["MethodNotAllowed"]["headers"]["Allow"]}}
        if (method, target) == ("OPTIONS", "*") and status == 204:
            return "OPTIONS *", allow
        operations = self.document["paths"].get(path, {})
        served = "get" if method == "HEAD" else method.lower()
        if served in operations:
            response = operations[served]["responses"].get(str(status))
            if response is None:
                raise Violation(f"{what}: the status is not declared")
            return served.upper(), self.resolve(response)
        if status == 204 and method == "OPTIONS" and path is not None:
            return "OPTIONS", allow
        wanted = {404: "NotFound"} if path is None else {405: "MethodNotAllowed"}
        # What is said before anybody knows the address.
        wanted.update({400: "BadRequest", 408: "RequestTimeout", 431: "HeaderTooLarge",
                       503: "Overloaded"})
        if status not in wanted:
            raise Violation(f"{what}: no such status for this method and path")
        return "OTHER", problems[wanted[status]]

    def check_headers(self, declared, headers, path, status, name):
        wanted = {"X-Request-Id": {"$ref": "#/components/headers/RequestId"},
                  **declared.get("headers", {})}
        for header, node in wanted.items():
            node = self.resolve(node)
            if header in headers:
                self.validate(node["schema"], headers[header])
            elif node.get("required"):
                raise Violation(f"no header {header}")
        for header, value in OF_EVERY_ANSWER.items():
            if headers.get(header) != value:
                raise Violation(f"no {header}: {value}")
        if "frame-ancestors 'none'" not in headers.get("Content-Security-Policy", ""):
            raise Violation("no Content-Security-Policy that keeps the answer out of frames")
        if name == "OPTIONS" or status == 405:
            methods = {method.upper() for method in self.document["paths"][path]} | {"OPTIONS"}
            if "GET" in methods:
                methods.add("HEAD")
            if set(headers["Allow"].split(", ")) != methods:
                raise Violation(f"Allow is {headers['Allow']}, the document has {methods}")

    def check_body(self, declared, method, status, headers, body):
        contents = declared.get("content")
        media_type = headers.get("Content-Type")
        if contents is None:
            if body or media_type is not None:
                raise Violation("a body where none is declared")
            return
        if media_type not in contents:
            raise Violation(f"Content-Type is {media_type}, not one of {sorted(contents)}")
        if method == "HEAD":
            if body:
                raise Violation("a body for HEAD")
            return
        schema = contents[media_type]["schema"]
        if media_type in ("application/json", PROBLEM):
            value = json.loads(body)
            self.validate(schema, value)
            strays = sorted(self.strays(schema, value, "$"))
            if strays:
                raise Violation(f"members that the document does not name: {strays}")
            if media_type == PROBLEM and value["status"] != status:
                raise Violation(f"the problem's status is {value['status']}")
            if media_type == PROBLEM and not value["instance"].endswith(headers["X-Request-Id"]):
                raise Violation("the problem's instance is not this request's")
        elif media_type.startswith("text/"):
            self.validate(schema, body.decode())
        elif not body:
            raise Violation("an empty body")

    def validate(self, schema, value):
        jsonschema.Draft202012Validator(schema, resolver=self._resolver).validate(value)

    def is_valid(self, schema, value):
        return jsonschema.Draft202012Validator(schema, resolver=self._resolver).is_valid(value)

    def branches(self, schema, value):
        """The schema and those parts of it that hold for this value."""
        schema = self.resolve(schema)
        yield schema
        for part in schema.get("allOf", []):
            yield from self.branches(part, value)
        for part in schema.get("oneOf", []) + schema.get("anyOf", []):
            if self.is_valid(part, value):
                yield from self.branches(part, value)

    def strays(self, schema, value, at):
        """Members of objects that are not named, where the schema names any."""
        branches = list(self.branches(schema, value))
        if isinstance(value, list):
            for branch in branches:
                for index, item in enumerate(value if "items" in branch else []):
                    yield from self.strays(branch["items"], item, f"{at}[{index}]")
        if not isinstance(value, dict):
            return
        named = {}
        others = None
        for branch in branches:
            named.update(branch.get("properties", {}))
            others = branch.get("additionalProperties", others)
        if not named and others is None:
            return
        for key, member in value.items():
            if key in named:
                yield from self.strays(named[key], member, f"{at}.{key}")
            elif others is not None:
                yield from self.strays(others, member, f"{at}.{key}")
            else:
                yield f"{at}.{key}"
