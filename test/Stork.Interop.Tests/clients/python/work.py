"""A worker in Python: the handler's return is the answer. Usage: work.py <url> <log file>"""

import json
import random
import sys
import threading
import time

import socketio

url, log = sys.argv[1:3]
writing = threading.Lock()
# Its own reconnection gives up when the next loss comes soon after a return.
client = socketio.Client(reconnection=False)
told = False


def subscribed(answer):
    global told
    if not told:
        print(json.dumps({"report": "working", "answer": answer}), flush=True)
    told = True


@client.event
def connect():
    client.emit("queue:subscribe", ("jobs", {"maxInFlight": 3}), callback=subscribed)


@client.on("jobs")
def work(job, meta):
    owner = client.get_sid()
    time.sleep(random.random() * 0.03)
    fails = random.random() < 0.05
    with writing, open(log, "a", encoding="utf-8") as file:
        how = "nack" if fails else "ack"
        file.write(f"{time.monotonic() * 1000:.3f} end {owner} {job['id']} {meta['attempt']} {how}\n")
    return {"$nack": "it failed, as some do"} if fails else None


while True:
    try:
        client.connect(url, transports=["websocket"])
    except socketio.exceptions.ConnectionError:
        time.sleep(0.05)
        continue
    client.wait()
