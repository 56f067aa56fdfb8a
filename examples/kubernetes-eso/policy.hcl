path "litellm/creds/app" {
  capabilities = ["read"]
}
