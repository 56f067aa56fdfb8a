path "litellm/creds/agent" {
  capabilities = ["read"]
}
