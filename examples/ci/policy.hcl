path "litellm/creds/ci" {
  capabilities = ["read"]
}
