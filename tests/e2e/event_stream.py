"""A client of GET /events, which holds each event to the document's `x-events`."""

import json
import threading

import requests

from harness import PATIENCE_S


class EventStream:
    """Listens in a thread of its own until it is closed or the server ends."""

    def __init__(self, server, last_id=None):
        headers = {} if last_id is None else {"Last-Event-ID": last_id}
        self._contract = server.contract
        self._declared = server.contract.document["paths"]["/events"]["get"]["responses"]["200"][
            "content"]["text/event-stream"]["x-events"]
        self.answer = requests.get(server.url + "/events", headers=headers, stream=True,
                                   timeout=PATIENCE_S,
                                   hooks={"response": server.contract.check_response})
        self.events = []  # (type, id, data)
        self.failure = None
        self.comments = 0
        self._changed = threading.Condition()
        self.ended = False
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self):
        fields = {}
        try:
            for line in self.answer.iter_lines(chunk_size=65536):
                line = line.decode()
                if line.startswith(":"):
                    self.comments += 1
                elif line:
                    name, _, value = line.partition(": ")
                    fields[name] = value
                else:
                    if "event" in fields:
                        self._take(fields)
                    fields = {}
        except (requests.exceptions.RequestException, OSError, AttributeError):
            pass  # the server or this test has closed the connection
        except Exception as failure:  # pylint: disable=broad-except
            self.failure = failure
        with self._changed:
            self.ended = True
            self._changed.notify_all()

    def _take(self, fields):
        data = json.loads(fields["data"])
        schema = self._declared[fields["event"]]
        self._contract.validate(schema, data)
        strays = sorted(self._contract.strays(schema, data, "$"))
        if strays:
            raise AssertionError(f"members that the document does not name: {strays}")
        with self._changed:
            self.events.append((fields["event"], fields.get("id"), data))
            self._changed.notify_all()

    def ids(self):
        """Of the predictions so far."""
        return [name for kind, name, _ in self.events if kind == "prediction"]

    def of_type(self, kind):
        return [data for name, _, data in self.events if name == kind]

    def wait(self, condition):
        """Until `condition()` holds; False where it does not in time, or the stream has ended."""
        with self._changed:
            self._changed.wait_for(lambda: self.failure or self.ended or condition(), PATIENCE_S)
        if self.failure:
            raise self.failure
        return condition()

    def wait_for_the_end(self):
        with self._changed:
            self._changed.wait_for(lambda: self.ended, PATIENCE_S)
        if self.failure:
            raise self.failure
        return self.ended

    def close(self):
        self.answer.close()
