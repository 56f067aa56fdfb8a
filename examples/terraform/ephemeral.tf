# A key for this run alone: it is in no plan and in no state, and ends with Terraform's token.
ephemeral "vault_generic_secret" "key" {
  path = "${vault_mount.litellm.path}/creds/app"

  # Otherwise it would be read before the role is there.
  depends_on = [vault_generic_endpoint.app]
}

# Hand it to what takes an ephemeral value: the configuration of a provider, or a write-only argument, as here.
resource "vault_mount" "copies" {
  path    = "copies"
  type    = "kv"
  options = { version = "2" }
}

resource "vault_kv_secret_v2" "copy" {
  mount                = vault_mount.copies.path
  name                 = "litellm"
  data_json_wo         = jsonencode({ key = ephemeral.vault_generic_secret.key.data.key })
  data_json_wo_version = 1
}
