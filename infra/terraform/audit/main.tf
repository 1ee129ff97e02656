# The audit's copy: every line about an act of an administrator or a refusal, in a store of its own that is kept longer
# and that other people may be given the right to read. A job of Log Service copies the lines, so that no function needs
# another wire or another right.

locals {
  audit_store = jsondecode(file("${path.module}/../../logs/audit-store.json"))
  audit_index = jsondecode(file("${path.module}/../../logs/audit-index.json"))
  audit_job   = jsondecode(templatefile("${path.module}/../../logs/audit-job.json", var.policy_values))
}

resource "alicloud_log_store" "audit" {
  project_name          = var.project
  logstore_name         = local.audit_store.logstoreName
  retention_period      = var.days
  shard_count           = local.audit_store.shardCount
  auto_split            = local.audit_store.autoSplit
  max_split_shard_count = local.audit_store.maxSplitShard
}

resource "alicloud_log_store_index" "audit" {
  project  = var.project
  logstore = alicloud_log_store.audit.logstore_name

  full_text {
    case_sensitive  = local.audit_index.line.caseSensitive
    include_chinese = local.audit_index.line.chn
    token           = join("", local.audit_index.line.token)
  }

  dynamic "field_search" {
    for_each = local.audit_index.keys
    content {
      name             = field_search.key
      type             = field_search.value.type
      enable_analytics = field_search.value.doc_value
      include_chinese  = field_search.value.chn
      token            = join("", field_search.value.token)

      dynamic "json_keys" {
        for_each = field_search.value.json_keys
        content {
          name      = json_keys.key
          type      = json_keys.value.type
          doc_value = json_keys.value.doc_value
        }
      }
    }
  }
}

# Log Service takes this role: it reads the functions' lines and writes the audit's.
resource "alicloud_ram_role" "log_copier" {
  role_name                   = "${var.name}-log-copier"
  description                 = "Copies the lines of the audit"
  assume_role_policy_document = file("${path.module}/../../policies/trust-log.json")
  tags                        = var.tags
}

resource "alicloud_ram_policy" "log_copier" {
  policy_name     = "${var.name}-log-copier"
  description     = "All that ${var.name}-log-copier may do"
  policy_document = templatefile("${path.module}/../../policies/log_copier.json", var.policy_values)
  rotate_strategy = "DeleteOldestNonDefaultVersionWhenLimitExceeded"
  tags            = var.tags
}

resource "alicloud_ram_role_policy_attachment" "log_copier" {
  role_name   = alicloud_ram_role.log_copier.role_name
  policy_name = alicloud_ram_policy.log_copier.policy_name
  policy_type = "Custom"
}

resource "alicloud_sls_etl" "audit" {
  project      = var.project
  job_name     = local.audit_job.name
  display_name = local.audit_job.displayName
  description  = local.audit_job.description

  configuration {
    script    = local.audit_job.configuration.script
    lang      = local.audit_job.configuration.lang
    logstore  = var.logstore
    from_time = local.audit_job.configuration.fromTime
    to_time   = local.audit_job.configuration.toTime
    role_arn  = alicloud_ram_role.log_copier.arn

    dynamic "sink" {
      for_each = local.audit_job.configuration.sinks
      content {
        name     = sink.value.name
        endpoint = sink.value.endpoint
        project  = var.project
        logstore = alicloud_log_store.audit.logstore_name
        datasets = sink.value.datasets
        role_arn = alicloud_ram_role.log_copier.arn
      }
    }
  }

  # A job that starts before its role may do anything stops.
  depends_on = [alicloud_ram_role_policy_attachment.log_copier]
}
