"""Requests that two programs may read in two ways, each with another one hidden in it.

The hidden request names itself: its X-Request-Id is "smuggled-N". A server that takes it for a
request says so in its log.
"""

from dataclasses import dataclass

FORM = b"Content-Type: multipart/form-data; boundary=b\r\n"


@dataclass
class Attack:
    """`content`: what is sent at once. `is_refused`: it is malformed by RFC 9112, or can be read in two
    ways, so that a server must answer 400 and close."""

    family: str
    name: str
    content: bytes
    is_refused: bool


def _hidden(number):
    return (b"GET /uptime HTTP/1.1\r\nHost: a\r\nX-Request-Id: smuggled-%d\r\n\r\n" % number)


# Ways to say Transfer-Encoding so that not everybody hears it.
TRANSFER_ENCODINGS = [
    b"Transfer-Encoding: chunked",
    b"Transfer-Encoding : chunked",
    b"Transfer-Encoding\t: chunked",
    b"Transfer-Encoding:\tchunked",
    b"Transfer-Encoding:chunked",
    b"Transfer-Encoding: \x0bchunked",
    b"Transfer-Encoding:\x0cchunked",
    b"Transfer-Encoding: chunked\x0b",
    b"Transfer-Encoding: \x00chunked",
    b"Transfer-Encoding\x00: chunked",
    b"Transfer\x00-Encoding: chunked",
    b"Transfer-Encoding: chunked\x00",
    b" Transfer-Encoding: chunked",
    b"\tTransfer-Encoding: chunked",
    b"X: y\r\n Transfer-Encoding: chunked",
    b"Transfer-Encoding:\r\n chunked",
    b"Transfer-Encoding:\r\n\tchunked",
    b"Transfer-Encoding\r\n : chunked",
    b"X: y\nTransfer-Encoding: chunked",
    b"X: y\rTransfer-Encoding: chunked",
    b"X: y\r\rTransfer-Encoding: chunked",
    b"\nTransfer-Encoding: chunked",
    b"Transfer-Encoding: chunked\nX: y",
    b"Transfer-Encoding: xchunked",
    b"Transfer-Encoding: chunked, identity",
    b"Transfer-Encoding: identity, chunked",
    b"Transfer-Encoding: chunked, chunked",
    b"Transfer-Encoding: chunked, cow",
    b"Transfer-Encoding: gzip, chunked",
    b"Transfer-Encoding: ,chunked",
    b"Transfer-Encoding: chunked,",
    b"Transfer-Encoding: chunked;q=1",
    b"Transfer-Encoding: 'chunked'",
    b'Transfer-Encoding: "chunked"',
    b"Transfer-Encoding: CHUNKED",
    b"tRANSFER-eNCODING: chunked",
    b"Transfer-Encoding: chun\xe2\x84\xaaed",
    b"Transfer-Encoding: chunked\xa0",
    b"Transfer-Encoding\xa0: chunked",
    b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
    b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
    b"Transfer-Encoding: identity\r\nTransfer-Encoding: chunked",
    b"Transfer-Encoding: cow\r\nTransfer-Encoding: chunked",
    b"Transfer-Encoding: identity",
    b"Transfer-Encoding:",
]

# Ways to say Content-Length; %d is the length that hides what comes behind.
CONTENT_LENGTHS = [
    b"Content-Length: 0\r\nContent-Length: %d",
    b"Content-Length: %d\r\nContent-Length: 0",
    b"Content-Length: %d\r\nContent-Length: %d",
    b"Content-Length: 0, %d",
    b"Content-Length: %d, 0",
    b"Content-Length: %d,%d",
    b"Content-Length: +%d",
    b"Content-Length: -%d",
    b"Content-Length: -0",
    b"Content-Length: 0x%d",
    b"Content-Length: %d.0",
    b"Content-Length: %de0",
    b"Content-Length: %d;x",
    b"Content-Length: %d x",
    b"Content-Length: 0 %d",
    b"Content-Length: 1_%d",
    b"Content-Length: \x0b%d",
    b"Content-Length: %d\x0b",
    b"Content-Length: %d\x00",
    b"Content-Length: \x00%d",
    b"Content-Length\x00: %d",
    b"Content-Length : %d",
    b"Content-Length\t: %d",
    b"Content-Length:\r\n %d",
    b" Content-Length: %d",
    b"X: y\nContent-Length: %d",
    b"X: y\rContent-Length: %d",
    b"Content-Length: 18446744073709551616",
    b"Content-Length: 1844674407370955161%d",
    b"Content-Length: \xb2",
    b"Content-Length:",
]

# Bodies in chunks, up to where a careless reader takes them for ended.
CHUNKS = [
    b"0x0\r\n\r\n",
    b"-0\r\n\r\n",
    b"+0\r\n\r\n",
    b" 0\r\n\r\n",
    b"\r\n\r\n",
    b";\r\n\r\n",
    b"g\r\n\r\n",
    b"0\n\r\n",
    b"0\n\n",
    b"0\r\n\n",
    b"0\r\r\n\r\n",
    b"0\r\nX\r\n\r\n",
    b"0\r\nX : y\r\n\r\n",
    b"0\r\nX: y\n\r\n",
    b"0;\n\r\n\r\n",
    b"0;a\nb\r\n\r\n",
    b'0;a="\r\n"\r\n\r\n',
    b"0;=b\r\n\r\n",
    b"0\x00\r\n\r\n",
    b"10000000000000000\r\n\r\n",
    b"100000000\r00000000\r\n\r\n",
    b"ffffffffffffffffff\r\n",
    b"1\r\nxx\r\n0\r\n\r\n",
    b"1\r\nx0\r\n\r\n",
    b"1\nx\n0\n\n",
    b"1\r\nx\n0\r\n\r\n",
    b"1\r\nx\r0\r\n\r\n",
    b"1\rx\r0\r\r",
    b"2;\nxx\r\n0\r\n\r\n",
    b"1;a\nx\r\n0\r\n\r\n",
    b"1,0\r\nx\r\n0\r\n\r\n",
    b"1 0\r\nx\r\n0\r\n\r\n",
]

# Heads that are malformed or change what a proxy hands on, without a body.
MALFORMED_HEADS = [
    b"GET /health\r\n",
    b"GET /health HTTP/0.9\r\n",
    b"GET /health HTTP/1.2\r\nHost: a\r\n",
    b"GET /health HTTP/2.0\r\nHost: a\r\n",
    b"GET /health HTTP/1.1 \r\nHost: a\r\n",
    b"GET  /health HTTP/1.1\r\nHost: a\r\n",
    b"GET /health  HTTP/1.1\r\nHost: a\r\n",
    b"GET\t/health\tHTTP/1.1\r\nHost: a\r\n",
    b" GET /health HTTP/1.1\r\nHost: a\r\n",
    b"GET /hea\x00lth HTTP/1.1\r\nHost: a\r\n",
    b"GET /hea\x7flth HTTP/1.1\r\nHost: a\r\n",
    b"GET /health x HTTP/1.1\r\nHost: a\r\n",
    b"GET /health#x HTTP/1.1\r\nHost: a\r\n",
    b"G\x00ET /health HTTP/1.1\r\nHost: a\r\n",
    b"GET /health HTTP/1.1\r\n",
    b"GET /health HTTP/1.1\r\nHost: a\r\nHost: b\r\n",
    b"GET /health HTTP/1.1\r\nHost: a b\r\n",
    b"GET /health HTTP/1.1\r\nHost: a\x00b\r\n",
    b"GET /health HTTP/1.1\r\nHost: a/b\r\n",
    b"GET /health HTTP/1.1\r\nHost : a\r\n",
    b"GET /health HTTP/1.1\r\nHost: a\r\nX y: z\r\n",
    b"GET /health HTTP/1.1\r\nHost: a\r\nX\ty: z\r\n",
    b"GET /health HTTP/1.1\r\nHost: a\r\nX\x00y: z\r\n",
    b"GET /health HTTP/1.1\r\nHost: a\r\nX: y\x00z\r\n",
    b"GET /health HTTP/1.1\r\nHost: a\r\nX: y\rz\r\n",
    b"GET /health HTTP/1.1\r\nHost: a\r\nX: y\nZ: z\r\n",
    b"GET /health HTTP/1.1\r\nHost: a\r\nX: y\x01\r\n",
    b"GET /health HTTP/1.1\r\nHost: a\r\n: y\r\n",
    b"GET /health HTTP/1.1\r\nHost: a\r\nX\r\n",
    b"GET /health HTTP/1.1\r\nHost: a\r\nX: y\r\n z\r\n",
    b"GET /health HTTP/1.1\r\nHost: a\r\n X: y\r\n",
    b"GET http:// HTTP/1.1\r\nHost: a\r\n",
    b"GET http://a@b/health HTTP/1.1\r\nHost: b\r\n",
    b"CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n",
    b"POST /predict HTTP/1.0\r\nTransfer-Encoding: chunked\r\n",
]

# Requests whose body is just that, and which some servers forget about.
WITH_BODY = [
    b"GET /health HTTP/1.1\r\nHost: a\r\n",
    b"HEAD /health HTTP/1.1\r\nHost: a\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\n",
    b"GET /docs HTTP/1.1\r\nHost: a\r\n",
    b"GET /nowhere HTTP/1.1\r\nHost: a\r\n",
    b"POST /nowhere HTTP/1.1\r\nHost: a\r\n",
    b"POST /health HTTP/1.1\r\nHost: a\r\n",
    b"POST /predict HTTP/1.1\r\nHost: a\r\n",
    b"POST /predict HTTP/1.1\r\nHost: a\r\n" + FORM,
    b"OPTIONS /health HTTP/1.1\r\nHost: a\r\n",
    b"DELETE /predictions/x HTTP/1.1\r\nHost: a\r\n",
    b"PUT /predictions/x/label HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n",
    b"TRACE /health HTTP/1.1\r\nHost: a\r\n",
    b"GET /health HTTP/1.1\r\nHost: a\r\nConnection: Content-Length\r\n",
    b"GET /health HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, content-length\r\n",
    b"GET /health HTTP/1.1\r\nHost: a\r\nConnection: close, X-Request-Id, X-Forwarded-For\r\n",
    b"GET /health HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n",
    b"GET /health HTTP/1.1\r\nHost: a\r\nExpect: y 100-continue\r\n",
    b"POST /predict HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n" + FORM,
    b"POST /nowhere HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n",
    b"GET /health HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
    b"HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n",
    b"GET /health HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
    b"GET /health HTTP/1.1\r\nHost: a\r\nContent_Length: 0\r\n",
    b"GET /health HTTP/1.1\r\nHost: a\r\nTransfer_Encoding: chunked\r\n",
    b"GET /health HTTP/1.1\r\nHost: a\r\nContent-Encoding: chunked\r\n",
    b"GET http://a/health HTTP/1.1\r\nHost: b\r\n",
    b"GET /health HTTP/1.0\r\nConnection: keep-alive\r\n",
    b"GET /%0d%0aX-Request-Id:%20smuggled-0%0d%0a HTTP/1.1\r\nHost: a\r\n",
    b"GET /health?%0d%0aX-Request-Id:%20smuggled-0%0d%0a HTTP/1.1\r\nHost: a\r\n",
    b"GET /health%20HTTP/1.1%0d%0aHost:%20a%0d%0a%0d%0aGET%20/uptime HTTP/1.1\r\nHost: a\r\n",
]

# Of TRANSFER_ENCODINGS, in lower case.
WELL_FORMED = (b"transfer-encoding: chunked", b"transfer-encoding:chunked",
               b"transfer-encoding:\tchunked")

POST = b"POST /predict HTTP/1.1\r\nHost: a\r\n" + FORM


def corpus():
    """All attacks, numbered by their place."""
    attacks = []

    def add(family, shown, make, is_refused):
        name = shown.decode("latin-1").encode("unicode_escape").decode()
        attacks.append(Attack(family, name, make(_hidden(len(attacks))), is_refused))

    for encoding in TRANSFER_ENCODINGS:
        # The length covers the hidden request, the chunks end before it.
        add("CL.TE", encoding, lambda hidden, line=encoding: POST + line + b"\r\nContent-Length: %d"
            b"\r\n\r\n0\r\n\r\n" % (5 + len(hidden)) + hidden, True)
        # A chunk covers it, the length ends before it.
        add("TE.CL", encoding, lambda hidden, line=encoding: POST + b"Content-Length: 4\r\n" + line
            + b"\r\n\r\n%02x\r\n" % len(hidden) + hidden + b"\r\n0\r\n\r\n", True)
        # No length at all: who does not hear of chunks takes the body for the next request.
        if encoding not in TRANSFER_ENCODINGS[:1]:
            add("TE alone", encoding, lambda hidden, line=encoding: POST + line
                + b"\r\n\r\n%02x\r\n" % len(hidden) + hidden + b"\r\n0\r\n\r\n",
                encoding.lower() not in WELL_FORMED)
    for length in CONTENT_LENGTHS:
        add("CL.CL", length, lambda hidden, line=length: POST +
            line.replace(b"%d", b"%d" % len(hidden)) + b"\r\n\r\n" + hidden, True)
    for chunks in CHUNKS:
        add("chunks", chunks, lambda hidden, body=chunks: POST + b"Transfer-Encoding: chunked\r\n\r\n"
            + body + hidden, True)
    for head in MALFORMED_HEADS:
        add("head", head, lambda hidden, first=head: first + b"\r\n" + hidden, True)
    for head in WITH_BODY:
        add("CL.0", head, lambda hidden, first=head: first + b"Content-Length: %d\r\n\r\n" %
            len(hidden) + hidden, False)
        if b" HTTP/1.0" not in head:
            add("TE.0", head, lambda hidden, first=head: first + b"Transfer-Encoding: chunked\r\n\r\n"
                b"%x\r\n" % len(hidden) + hidden + b"\r\n0\r\n\r\n", False)
    return attacks
