"""Programs for pods that ask the gateway; Python's own library is all that they need."""

import base64

from tests.k8s.rendered import ROOT

_PICTURE = base64.b64encode((ROOT / "docs" / "images" / "four.png").read_bytes()).decode()
# ask() sends the page's picture as `curl -F file=@...` does, on a connection of its own.
_ASK = f"""
import base64, http.client, json, os, signal, sys, threading, time
HOST = "slipway-gateway.kubeflow"
PICTURE = base64.b64decode("{_PICTURE}")
BODY = (b'--b\\r\\nContent-Disposition: form-data; name="file"; filename="four.png"\\r\\n'
        b"Content-Type: image/png\\r\\n\\r\\n" + PICTURE + b"\\r\\n--b--\\r\\n")
def ask(key=os.environ["KEY"], host=HOST, port=80, timeout=20):
    headers = {{"Content-Type": "multipart/form-data; boundary=b"}}
    if key: headers["Authorization"] = "Bearer " + key
    connection = http.client.HTTPConnection(host, port, timeout=timeout)
    try:
        connection.request("POST", "/v1/models/digits/predict", BODY, headers)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()
def wait(): # until the policies know this pod, which is new
    end = time.monotonic() + 60
    while True:
        try:
            return ask()
        except OSError:
            if time.monotonic() > end: raise
            time.sleep(1)
"""
ONCE = _ASK + "print(json.dumps([wait(), ask(key='')[0]]))"
# Asks until it is told to end (SIGTERM), on two threads; prints how often it was answered, and what failed.
UNTIL_TOLD = (
    _ASK
    + """
told, good, bad = threading.Event(), [], []
signal.signal(signal.SIGTERM, lambda *_: told.set())
def load():
    while not told.is_set():
        try:
            status, answer = ask()
            (good if status == 200 else bad).append(answer if status == 200 else [status, answer])
        except Exception as error:
            bad.append(repr(error))
        time.sleep(0.05)
wait()
threads = [threading.Thread(target=load) for _ in range(2)]
for thread in threads: thread.start()
while not told.wait(0.2): pass
for thread in threads: thread.join()
print(json.dumps({"good": len(good), "bad": bad[:5], "failures": len(bad)}))
"""
)
# Whether a connection to each HOST:PORT of the environment opens.
REACHED = """
import json, os, socket, time
time.sleep(15) # until the policies know this pod, which is new
def opens(host, port):
    try:
        socket.create_connection((host, int(port)), timeout=4).close()
        return True
    except OSError:
        return False
print(json.dumps([opens(*place.rsplit(":", 1)) for place in os.environ["PLACES"].split()]))
"""
