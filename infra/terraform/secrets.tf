# Secrets that functions read from KMS themselves, instead of finding them in their environment.

locals {
  answering = setsubtract(keys(local.functions), ["callback", "console"])

  # "function/secret" → both.
  secret_readers = merge([
    for name, secret in var.kms_secrets : {
      for key in secret.readers == "all" ? keys(local.functions) : local.answering :
      "${key}/${name}" => { function = key, secret = name }
    }
  ]...)
}

resource "alicloud_kms_secret" "this" {
  for_each = { for name, secret in var.kms_secrets : name => secret if secret.create }

  secret_name = each.key
  secret_data = var.kms_secret_values[each.key]
  # A version's data never changes: another value is another version.
  version_id = "v-${substr(sha256(var.kms_secret_values[each.key]), 0, 16)}"
  # A name is free again only after this time.
  recovery_window_in_days = var.kms_recovery_days

  dkms_instance_id  = var.kms_instance.id
  encryption_key_id = var.kms_instance.key_id
  tags              = var.tags
}

resource "alicloud_ram_policy" "secret" {
  for_each = var.kms_secrets

  # A policy's name takes letters, digits and hyphens; a secret's also _ and /. The digits keep a_b and a-b apart.
  policy_name     = "${var.name}-secret-${replace(each.key, "/[^a-zA-Z0-9-]/", "-")}-${substr(sha256(each.key), 0, 6)}"
  description     = "Reading the secret ${each.key}"
  policy_document = templatefile("${path.module}/../policies/secret.json", merge(local.policy_values, { KMS_SECRET = each.key }))
  tags            = var.tags
}

resource "alicloud_ram_role_policy_attachment" "secret" {
  for_each = local.secret_readers

  role_name   = alicloud_ram_role.this[each.value.function].role_name
  policy_name = alicloud_ram_policy.secret[each.value.secret].policy_name
  policy_type = "Custom"
}
