"""Asks a model again and again, with a key that changes under it: app.py MODEL [SECONDS BETWEEN CALLS] [KEYS TO SEE]"""

import os
import sys
import time

from leased_key import LeasedKey
from openai import OpenAI, OpenAIError

model = sys.argv[1]
pause = float(sys.argv[2]) if len(sys.argv) > 2 else 1
wanted = int(sys.argv[3]) if len(sys.argv) > 3 else 0

key = LeasedKey(os.environ.get("LITELLM_CREDS", "litellm/creds/app"))
# No repeated calls, so that a refused key would be seen. Leave max_retries out in your own program.
client = OpenAI(base_url=os.environ["OPENAI_BASE_URL"], api_key=key, max_retries=0)

answered = failed = 0
seen = set()
while not (0 < wanted <= len(seen)):
    try:
        client.chat.completions.create(model=model, messages=[{"role": "user", "content": "Hello"}])
        answered += 1
    except OpenAIError as error:
        failed += 1
        print(f"failed: {error}", flush=True)
    if key() not in seen:
        seen.add(key())
        print(f"key {len(seen)}", flush=True)
    time.sleep(pause)
print(f"{answered} answered, {failed} failed, {len(seen)} keys", flush=True)
