# A file that always has a key that works.
template {
  contents    = "{{ with secret \"litellm/creds/agent\" }}{{ .Data.key }}{{ end }}"
  destination = "key"
  perms       = "0600"
}
