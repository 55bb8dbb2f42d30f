# SPDX-License-Identifier: LGPL-2.1-or-later

"""Events as lines of JSON, from whatever thread."""

import json
import threading

_lock = threading.Lock()


def tell(name, **fields):
    # print() writes a line and its end one after the other, and another thread's
    # line may come between the two
    with _lock:
        print(json.dumps({"event": name, **fields}), flush=True)
