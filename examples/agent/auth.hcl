# How the agent logs in, for both ways of this example. The address comes from BAO_ADDR, for Vault from VAULT_ADDR.
auto_auth {
  method {
    type = "approle"
    config = {
      role_id_file_path                   = "role-id"
      secret_id_file_path                 = "secret-id"
      remove_secret_id_file_after_reading = false
    }
  }
}
