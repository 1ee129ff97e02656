# alarms/ is a module of its own, because a deployment by Serverless Devs has it, too: infra/examples/alarms.

locals {
  told = var.alarms != null || nonsensitive(var.alarm_webhook != null)
}

module "alarms" {
  source = "./alarms"
  count  = local.told ? 1 : 0

  providers = {
    alicloud              = alicloud
    alicloud.alert_center = alicloud.alert_center
  }

  name            = var.name
  region          = var.region
  project         = alicloud_log_project.this.project_name
  logstore        = alicloud_log_store.functions.logstore_name
  webhook         = var.alarm_webhook
  action_policy   = try(var.alarms.action_policy, null)
  alert_policy    = try(var.alarms.alert_policy, "sls.builtin.dynamic")
  repeat_interval = try(var.alarms.repeat_interval, "1h")

  # Searching needs the index.
  depends_on = [alicloud_log_store_index.functions]
}

check "alarms_are_told" {
  assert {
    condition     = local.told
    error_message = "Alarms have no receiver: a question that gets no answer is not reported. Set alarm_webhook to a custom robot of a DingTalk group, or alarms to an action policy that exists."
  }
}
