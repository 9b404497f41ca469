"""Asks a Prometheus for each query of connbudget.json: fails if one gives no data.

usage: check.py http://127.0.0.1:9090
"""
import json
import pathlib
import sys
import urllib.parse
import urllib.request

dashboard = json.loads(pathlib.Path(__file__).with_name("dashboards").joinpath("connbudget.json").read_text())
empty = 0
for panel in dashboard["panels"]:
    for target in panel["targets"]:
        query = target["expr"].replace("$__rate_interval", "1m").replace("$instance", ".*")
        url = sys.argv[1] + "/api/v1/query?" + urllib.parse.urlencode({"query": query})
        with urllib.request.urlopen(url) as answer:
            series = json.load(answer)["data"]["result"]
        values = [s["value"][1] for s in series if s["value"][1] != "NaN"]
        empty += not values
        print("ok   " if values else "EMPTY", f"{len(values):3} series", panel["title"], "-", target["legendFormat"])
sys.exit(1 if empty else 0)
