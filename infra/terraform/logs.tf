# infra/logs describes stores and indexes for both roads.

locals {
  described_store  = jsondecode(file("${path.module}/../logs/store.json"))
  described_index  = jsondecode(file("${path.module}/../logs/index.json"))
  described_charts = jsondecode(file("${path.module}/../logs/dashboard.json"))
}

resource "alicloud_log_project" "this" {
  project_name = local.log_project
  description  = "Logs of ${var.name}"
  tags         = var.tags
}

resource "alicloud_log_store" "functions" {
  project_name     = alicloud_log_project.this.project_name
  logstore_name    = local.log_store
  retention_period = coalesce(var.log_retention_days, local.described_store.ttl)
  # A company's questions fit one shard; it splits by itself when they do not.
  shard_count           = local.described_store.shardCount
  auto_split            = local.described_store.autoSplit
  max_split_shard_count = local.described_store.maxSplitShard
}

resource "alicloud_log_store_index" "functions" {
  project  = alicloud_log_project.this.project_name
  logstore = alicloud_log_store.functions.logstore_name

  # Questions are Chinese; the tokens are those that part JSON and paths.
  full_text {
    case_sensitive  = local.described_index.line.caseSensitive
    include_chinese = local.described_index.line.chn
    token           = join("", local.described_index.line.token)
  }

  # The fields Function Compute puts on every line and every record of a request. What a function printed is in message,
  # one JSON object a line, whose fields are those of docs/events.md.
  dynamic "field_search" {
    for_each = local.described_index.keys
    content {
      name             = field_search.key
      type             = field_search.value.type
      enable_analytics = field_search.value.doc_value
      include_chinese  = try(field_search.value.chn, false)
      token            = join("", try(field_search.value.token, []))

      dynamic "json_keys" {
        for_each = try(field_search.value.json_keys, {})
        content {
          name      = json_keys.key
          type      = json_keys.value.type
          doc_value = json_keys.value.doc_value
        }
      }
    }
  }
}

# The audit's copy, in a store of its own.
module "audit" {
  source = "./audit"

  name          = var.name
  project       = alicloud_log_project.this.project_name
  logstore      = alicloud_log_store.functions.logstore_name
  days          = var.audit_retention_days
  policy_values = local.policy_values
  tags          = var.tags
}

resource "alicloud_log_dashboard" "this" {
  project_name   = alicloud_log_project.this.project_name
  dashboard_name = "questions"
  display_name   = "Questions"
  attribute      = jsonencode({ type = "grid" })
  char_list      = jsonencode(local.described_charts)

  # Its charts count by the index's fields.
  depends_on = [alicloud_log_store_index.functions]
}
