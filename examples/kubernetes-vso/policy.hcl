path "litellm/creds/app" {
  capabilities = ["read"]
}

path "litellm/static-creds/app" {
  capabilities = ["read"]
}

# The operator renews leases and its login, and ends leases. The policy default has the first and the last of these.
path "sys/leases/renew" {
  capabilities = ["update"]
}

path "sys/leases/revoke" {
  capabilities = ["update"]
}

path "auth/token/renew-self" {
  capabilities = ["update"]
}
