"""Logs in and says as whom. Arguments: pymysql or MySQLdb, then the CA, certificate and key for TLS, - for none."""
import importlib
import os
import sys

driver = importlib.import_module(sys.argv[1])
ca, certificate, key = sys.argv[2:5]
settings = dict(
    host=os.environ["DB_HOST"],
    port=int(os.environ["DB_PORT"]),
    user=os.environ["DB_USER"],
    passwd=os.environ["DB_PASSWORD"],
)
if ca != "-":
    settings["ssl"] = {"ca": ca, "check_hostname": False}
    if certificate != "-":
        settings["ssl"].update(cert=certificate, key=key)
    if sys.argv[1] == "MySQLdb":
        settings["ssl"].pop("check_hostname")
connection = driver.connect(**settings)
cursor = connection.cursor()
cursor.execute("SELECT CURRENT_USER()")
print(cursor.fetchone()[0])
