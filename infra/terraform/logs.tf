resource "alicloud_log_project" "this" {
  project_name = local.log_project
  description  = "Logs of ${var.name}"
  tags         = var.tags
}

resource "alicloud_log_store" "functions" {
  project_name     = alicloud_log_project.this.project_name
  logstore_name    = local.log_store
  retention_period = var.log_retention_days
  # A company's questions fit one shard; it splits by itself when they do not.
  shard_count           = 1
  auto_split            = true
  max_split_shard_count = 16
}

resource "alicloud_log_store_index" "functions" {
  project  = alicloud_log_project.this.project_name
  logstore = alicloud_log_store.functions.logstore_name

  # Questions are Chinese; the tokens are those that part JSON and paths.
  full_text {
    case_sensitive  = false
    include_chinese = true
    token           = ", '\";=()[]{}?@&<>/:\n\t\r"
  }

  # The fields Function Compute puts on every line. What a function printed is in message, one JSON object a line.
  dynamic "field_search" {
    for_each = toset(["functionName", "instanceID", "message", "qualifier", "versionId"])
    content {
      name             = field_search.value
      type             = "text"
      enable_analytics = true
      include_chinese  = field_search.value == "message"
      token            = ", '\";=()[]{}?@&<>/:\n\t\r"
    }
  }
}
