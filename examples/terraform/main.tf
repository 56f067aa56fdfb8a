# The mount, its configuration and a role. Needs Terraform 1.11 or OpenTofu 1.11, and the provider from 5.0 on.
terraform {
  required_version = ">= 1.11"
  required_providers {
    vault = {
      source  = "hashicorp/vault"
      version = ">= 5.0"
    }
  }
}

# The address and the token come from VAULT_ADDR and VAULT_TOKEN, for OpenBao too.
provider "vault" {}

variable "litellm_url" {
  type        = string
  description = "Address of the LiteLLM proxy."
}

variable "litellm_master_key" {
  type        = string
  sensitive   = true
  description = "A key of an administrator of LiteLLM. It is kept in the state: see README.md."
}

resource "vault_mount" "litellm" {
  path = "litellm"
  type = "vault-plugin-secrets-litellm"
}

resource "vault_generic_endpoint" "config" {
  path = "${vault_mount.litellm.path}/config"
  data_json = jsonencode({
    base_url   = var.litellm_url
    master_key = var.litellm_master_key
  })
  # A read never returns the key, so that there is nothing to compare.
  disable_read   = true
  disable_delete = true
}

resource "vault_generic_endpoint" "app" {
  path       = "${vault_mount.litellm.path}/roles/app"
  depends_on = [vault_generic_endpoint.config]
  # Durations in seconds, since that is how they are read back.
  data_json = jsonencode({
    models     = ["gpt-4o-mini"]
    max_budget = 50
    ttl        = 3600
    max_ttl    = 86400
  })
  ignore_absent_fields = true
}

resource "vault_policy" "app" {
  name   = "litellm-app"
  policy = <<-EOT
    path "${vault_mount.litellm.path}/creds/app" {
      capabilities = ["read"]
    }
  EOT
}
