"""check_proof.py [VERIFIER_KEY] < PROOF.json: fails unless an inclusion proof holds.
It shares nothing with who made the proof. Format: docs/reference/formats/inclusion-proof.md.
Hashes: BLAKE2b (RFC 7693), tree: RFC 9162, signature (looked at when a key is given): RFC 8032."""

import base64
import hashlib
import json
import sys

P = 2**255 - 19
D = -121665 * pow(121666, -1, P) % P
ORDER = 2**252 + 27742317777372353535851937790883648493


def need(condition, what):
    if not condition:
        raise ValueError(what)


def unhex(text):
    need(bytes.fromhex(text).hex() == text, "hex that is written otherwise")
    return bytes.fromhex(text)


def unbase64(text):
    need(base64.b64encode(base64.b64decode(text)).decode() == text, "base64 written otherwise")
    return base64.b64decode(text)


def digest(*parts):
    return hashlib.blake2b(b"".join(parts), digest_size=32).digest()


def add(a, b):
    k = D * a[0] * b[0] * a[1] * b[1]
    return ((a[0] * b[1] + b[0] * a[1]) * pow(1 + k, -1, P) % P,
            (a[1] * b[1] + a[0] * b[0]) * pow(1 - k, -1, P) % P)


def times(factor, point):
    total = (0, 1)
    for bit in bin(factor)[2:]:
        total = add(add(total, total), point if bit == "1" else (0, 1))
    return total


def point_of(raw):
    y = int.from_bytes(raw, "little") & (2**255 - 1)
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    x = x if x * x % P == square else x * pow(2, (P - 1) // 4, P) % P
    need(y < P and x * x % P == square, "no point of the curve")
    return (x if x & 1 == raw[31] >> 7 else P - x, y)


def check_signature(key, text, raw):
    s = int.from_bytes(raw[32:], "little")
    k = int.from_bytes(hashlib.sha512(raw[:32] + key + text).digest(), "little") % ORDER
    expected = add(point_of(raw[:32]), times(k, point_of(key)))
    need(len(raw) == 64 and s < ORDER and times(s, point_of(b"X" + b"f" * 31)) == expected,
         "a wrong signature")


def root_of(leaf, index, last, path):
    for sibling in path:
        need(last > 0, "the path is too long")
        leaf = digest(b"\1", *((sibling, leaf) if index & 1 or index == last else (leaf, sibling)))
        while index == last and not index & 1 and index:
            index, last = index >> 1, last >> 1
        index, last = index >> 1, last >> 1
    return leaf if last == 0 else None  # the path is too short


def check(proof, verifier=None):
    at, point = proof["position"], proof["checkpoint"]
    chain, root, size = unhex(point["chain"]), unhex(point["root"]), point["position"]
    envelope, data_digest = unhex(proof["envelope"]), unhex(proof["data_digest"])
    need(proof["format"] == "tidemark-inclusion-proof/1", "another format")
    leb128 = bytes(at >> g & 127 | (at >> g + 7 > 0) << 7 for g in range(0, at.bit_length(), 7))
    need(at > 0 and envelope.startswith(leb128), "another position")
    need(proof["data"] is None or digest(unhex(proof["data"])) == data_digest, "other data")
    event = digest(unhex(proof["previous"]), digest(envelope), data_digest)
    need(at < size or event == chain, "another chain")
    need(root_of(digest(b"\0", event), at - 1, size - 1, map(unhex, proof["path"])) == root,
         "another root")
    root, chain = base64.b64encode(root).decode(), base64.b64encode(chain).decode()
    text = (f"tidemark/{proof['store_id']}\n{size}\n{root}\nchain {chain}\n"
            f"issued_at {point['issued_at']}\n")
    need(proof["note"].startswith(text + "\n"), "the note says something else")
    if verifier:
        name, key_id, key = verifier.split("+", 2)
        line, end = proof["note"].removeprefix(f"{text}\n\u2014 {name} ").split("\n")
        tagged = hashlib.sha256(name.encode() + b"\n" + unbase64(key)).digest()[:4]
        need(tagged.hex() == key_id and unbase64(line)[:4] == tagged and not end, "another key")
        check_signature(unbase64(key)[1:], text.encode(), unbase64(line)[4:])


if __name__ == "__main__":
    check(json.load(sys.stdin), *sys.argv[1:2])
    print("it holds")
