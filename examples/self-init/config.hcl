# A server of OpenBao that has the plugin, the mount, its configuration and a role after its first start.
plugin_directory = "/opt/openbao/plugins"
api_addr         = "http://127.0.0.1:8200"
cluster_addr     = "http://127.0.0.1:8201"

storage "raft" {
  path    = "/opt/openbao/data"
  node_id = "openbao-0"
}

listener "tcp" {
  address     = "127.0.0.1:8200"
  tls_disable = true
}

# Self-initialization needs a seal that opens by itself. Take a KMS where you have one.
seal "static" {
  current_key_id = "20260101-1"
  current_key    = "file:///opt/openbao/seal.key"
}

initialize "plugin" {
  request "register" {
    operation = "update"
    path      = "sys/plugins/catalog/secret/vault-plugin-secrets-litellm"
    data = {
      command = "vault-plugin-secrets-litellm"
      sha256 = {
        eval_source = "env"
        eval_type   = "string"
        env_var     = "LITELLM_PLUGIN_SHA256"
      }
    }
  }
  request "mount" {
    operation = "update"
    path      = "sys/mounts/litellm"
    data      = { type = "vault-plugin-secrets-litellm" }
  }
}

initialize "litellm" {
  request "config" {
    operation = "update"
    path      = "litellm/config"
    data = {
      base_url = {
        eval_source = "env"
        eval_type   = "string"
        env_var     = "LITELLM_URL"
      }
      master_key = {
        eval_source = "env"
        eval_type   = "string"
        env_var     = "LITELLM_MASTER_KEY"
      }
    }
  }
  request "role" {
    operation = "update"
    path      = "litellm/roles/app"
    data = {
      models  = "gpt-4o-mini"
      ttl     = "1h"
      max_ttl = "24h"
    }
  }
}

# Self-initialization leaves no root token: without a way to log in, nobody gets in.
initialize "access" {
  request "policy" {
    operation = "update"
    path      = "sys/policies/acl/admin"
    data = {
      policy = <<-EOT
        path "*" { capabilities = ["create", "read", "update", "patch", "delete", "list", "sudo"] }
      EOT
    }
  }
  request "userpass" {
    operation = "update"
    path      = "sys/auth/userpass"
    data      = { type = "userpass" }
  }
  request "admin" {
    operation = "update"
    path      = "auth/userpass/users/admin"
    data = {
      token_policies = ["admin"]
      password = {
        eval_source = "env"
        eval_type   = "string"
        env_var     = "INITIAL_ADMIN_PASSWORD"
      }
    }
  }
}
