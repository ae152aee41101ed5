"""The Python client and an inbox: the handler's return is the acknowledgement. Usage: inbox.py <url> <transport>"""

import json
import queue
import sys

import socketio

url, transport = sys.argv[1:3]
client = socketio.Client()
received = queue.Queue()


@client.on("order")
def order(number, data):
    received.put([number, len(data)])


client.connect(url, transports=[transport], auth={"user": "42"})
print(json.dumps({"report": "received", "received": [received.get(timeout=20) for _ in range(3)]}), flush=True)
client.call("settled?", 3, timeout=20)
client.disconnect()
