"""The Python client: events, acknowledgements both ways, binary data and a second namespace. Usage: events.py <url> <transport>"""

import json
import queue
import sys

import socketio

url, transport = sys.argv[1:3]
client = socketio.Client()
received = queue.Queue()


def report(name, **values):
    print(json.dumps({"report": name, **values}), flush=True)


@client.on("question")
def question(text):
    received.put(("question", text))
    return f"answer to {text}"


@client.on("binary")
def binary(data, note):
    received.put(("binary", list(data["bytes"]), note))


@client.on("welcome", namespace="/other")
def welcome(auth):
    received.put(("welcome", auth))


client.connect(url, transports=[transport], namespaces=["/", "/other"], auth={"token": "secret"})
report("connected", transport=client.transport())
report("typed", answer=client.call("sum", (2, 3), timeout=20))
report("echoed", answer=list(client.call("echo", b"\x00\x01\xff", timeout=20)))
report("refused", answer=client.call("fail", "x", timeout=20))
client.emit("ask me", "why")
client.emit("send binary", {"deep": [b"\x07\x08"]})
for _ in range(3):
    kind, *values = received.get(timeout=20)
    report("received", kind=kind, values=values)
client.disconnect()
