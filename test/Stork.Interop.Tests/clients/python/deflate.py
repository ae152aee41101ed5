"""aiohttp, as Python's asynchronous clients use it, with compression. Usage: deflate.py <url>"""

import asyncio
import json
import sys

import aiohttp


async def main():
    async with aiohttp.ClientSession() as session:
        url = f"{sys.argv[1].rstrip('/')}/socket.io/?EIO=4&transport=websocket"
        async with session.ws_connect(url, compress=15) as ws:
            assert (await ws.receive_str(timeout=20)).startswith("0{")
            await ws.send_str("40")
            assert (await ws.receive_str(timeout=20)).startswith("40{")
            for length in (0, 10, 5_000, 70_000, 70_000):
                text = "".join(chr(97 + i * i % 23) for i in range(length))
                await ws.send_str(f'421["ask","{text}"]')
                assert await ws.receive_str(timeout=20) == f'431["{text}"]'
            print(json.dumps({"report": "compressed", "window": ws.compress}), flush=True)


asyncio.run(main())
