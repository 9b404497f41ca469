"""Drives the dashboard in headless Chromium over its debugging pipe: compares its numbers with the console's, takes screenshots.

usage: dashboard.py HTTP_PORT CONSOLE_PORT USER PASSWORD DIRECTORY
"""
import base64
import itertools
import json
import os
import pathlib
import subprocess
import sys
import time

import pymysql


class Chromium:
    """Commands go in by descriptor 3, answers come by descriptor 4, each ended by a zero byte."""

    def __init__(self):
        to_read, self.write = os.pipe()
        self.read, to_write = os.pipe()

        def descriptors():
            os.dup2(to_read, 13), os.dup2(to_write, 14)
            os.dup2(13, 3), os.dup2(14, 4)

        self.process = subprocess.Popen(
            ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe", "about:blank"],
            preexec_fn=descriptors, close_fds=False, stderr=subprocess.DEVNULL)
        os.close(to_read), os.close(to_write)
        self.ids, self.buffer = itertools.count(1), b""
        target = next(t for t in self.call("Target.getTargets")["targetInfos"] if t["type"] == "page")
        self.session = self.call("Target.attachToTarget", targetId=target["targetId"], flatten=True)["sessionId"]

    def call(self, method, **params):
        number = next(self.ids)
        message = {"id": number, "method": method, "params": params}
        if hasattr(self, "session"):
            message["sessionId"] = self.session
        os.write(self.write, json.dumps(message).encode() + b"\0")
        while True:
            while b"\0" not in self.buffer:
                more = os.read(self.read, 1 << 20)
                if not more:
                    raise EOFError("chromium ended")
                self.buffer += more
            answer, self.buffer = self.buffer.split(b"\0", 1)
            answer = json.loads(answer)
            if answer.get("id") == number:
                if "error" in answer:
                    raise RuntimeError(answer["error"])
                return answer["result"]

    def value(self, expression):
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        if "exceptionDetails" in result:
            raise RuntimeError(result["exceptionDetails"])
        return result["result"].get("value")


def console(cursor, view):
    cursor.execute("SHOW " + view)
    return cursor.fetchall()


def main():
    http, port, user, password, directory = sys.argv[1:]
    cursor = pymysql.connect(
        host="127.0.0.1", port=int(port), user=user, password=password).cursor(pymysql.cursors.DictCursor)
    chromium = Chromium()
    try:
        chromium.call("Network.enable")
        basic = base64.b64encode(f"{user}:{password}".encode()).decode()
        chromium.call("Network.setExtraHTTPHeaders", headers={"Authorization": "Basic " + basic})
        for width in (390, 820, 1440):
            for scheme in ("light", "dark"):
                chromium.call("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1,
                              mobile=width < 500)
                chromium.call("Emulation.setEmulatedMedia",
                              features=[{"name": "prefers-color-scheme", "value": scheme}])
                chromium.call("Page.navigate", url=f"http://127.0.0.1:{http}/")
                deadline = time.monotonic() + 20
                while not chromium.value("+(document.body && document.body.dataset.shown || 0) >= 2"):
                    if time.monotonic() > deadline:
                        raise SystemExit("the page shows nothing: " + str(chromium.value("document.body.innerText")))
                    time.sleep(0.1)
                overflow = chromium.value("document.documentElement.scrollWidth - document.documentElement.clientWidth")
                if overflow > 0:
                    raise SystemExit(f"at {width} the page is {overflow} pixels too wide")
                height = chromium.value("document.documentElement.scrollHeight")
                chromium.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1,
                              mobile=width < 500)
                image = chromium.call("Page.captureScreenshot")["data"]
                pathlib.Path(directory, f"dashboard-{width}-{scheme}.png").write_bytes(base64.b64decode(image))
        compare(chromium, cursor)
    finally:
        chromium.process.terminate()


def compare(chromium, cursor):
    """What stands still while it is looked at must be the same on both sides."""
    deadline = time.monotonic() + 15
    while True:
        page = json.loads(chromium.value("""JSON.stringify({
            budget: +document.getElementById('budget').textContent, used: +document.getElementById('used').textContent,
            waiting: +document.getElementById('waiting').textContent, clients: +document.getElementById('clients').textContent,
            holders: [...document.querySelectorAll('#holders tr')].slice(1).map(r => +r.children[1].textContent).sort(),
            pins: [...document.querySelectorAll('#pins tr')].slice(1).map(r => [r.children[0].textContent, +r.children[1].textContent]).sort()})"""))
        pool = console(cursor, "POOLS")[0]
        pins = {}
        for row in console(cursor, "PINS"):
            for reason in row["reasons"].split(","):
                pins[reason.replace("_", " ")] = pins.get(reason.replace("_", " "), 0) + 1
        want = {
            "budget": pool["budget"], "used": pool["physical"], "waiting": pool["cl_waiting"],
            "clients": next(r["items"] for r in console(cursor, "LISTS") if r["list"] == "clients"),
            "holders": sorted(r["id"] for r in console(cursor, "HOLDERS")), "pins": sorted(map(list, pins.items())),
        }
        page["holders"] = sorted(page["holders"])
        if page == want:
            print("equal:", json.dumps(page))
            print("OK")
            return
        if time.monotonic() > deadline:
            raise SystemExit(f"page {page}\nconsole {want}")
        time.sleep(0.5)


main()
