# A program that has the key in its environment.
env_template "OPENAI_API_KEY" {
  contents             = "{{ with secret \"litellm/creds/agent\" }}{{ .Data.key }}{{ end }}"
  error_on_missing_key = true
}

# The agent stops the program and starts it again when there is another key.
exec {
  command                   = ["./app.sh"]
  restart_on_secret_changes = "always"
  restart_stop_signal       = "SIGTERM"
}
