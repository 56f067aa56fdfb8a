"""Issues, renews or revokes a key through hvac, and prints what came of it as JSON.

Called as: hvac_client.py configure MOUNT ROLE FIELDS | issue MOUNT ROLE | renew LEASE SECONDS | revoke LEASE
VAULT_ADDR and VAULT_TOKEN name the engine and the caller, as hvac has it; FIELDS is a JSON object of config and role fields.
"""

import json
import sys

import hvac


def configure(client, mount, role, fields):
    given = json.loads(fields)
    client.write_data(f"{mount}/config", data=given["config"])
    client.write_data(f"{mount}/roles/{role}", data=given["role"])
    return {
        "config": client.read(f"{mount}/config")["data"],
        "role": client.read(f"{mount}/roles/{role}")["data"],
        "roles": client.list(f"{mount}/roles")["data"]["keys"],
    }


def issue(client, mount, role):
    return client.read(f"{mount}/creds/{role}")


def renew(client, lease, seconds):
    return client.sys.renew_lease(lease_id=lease, increment=int(seconds))


def revoke(client, lease):
    return {"status": client.sys.revoke_lease(lease_id=lease).status_code}


COMMANDS = {"configure": configure, "issue": issue, "renew": renew, "revoke": revoke}

if __name__ == "__main__":
    print(json.dumps(COMMANDS[sys.argv[1]](hvac.Client(), *sys.argv[2:])))
