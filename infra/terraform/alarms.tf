# Alarms speak of what people notice. They are searches for our own log lines, whose words tests/infra keeps equal to
# the code's, because the names of Function Compute's own metrics are not the same in every region's documentation.

locals {
  alarms = {
    given-up = {
      title = "A question got no answer"
      query = "given_up"
      # 8 of 10: somebody was told that there is no answer.
      severity = 8
    }
    not-told = {
      title    = "A person was not even told that there is no answer"
      query    = "not_told or card_not_closed"
      severity = 10
    }
    not-queued = {
      title    = "The callback could not queue a question"
      query    = "not_queued"
      severity = 10
    }
    bot-closed = {
      title    = "A bot is out of service because its settings or secrets are wrong"
      query    = "bot_closed"
      severity = 8
    }
    crashed = {
      title    = "A function crashed"
      query    = "\"Unhandled function error\" or invocation_failed or unreadable_job"
      severity = 6
    }
  }
}

resource "alicloud_log_alert" "this" {
  for_each = var.alarms == null ? {} : local.alarms

  version           = "2.0"
  type              = "default"
  project_name      = alicloud_log_project.this.project_name
  alert_name        = "${var.name}-${each.key}"
  alert_displayname = each.value.title
  auto_annotation   = true

  schedule {
    type     = "FixedRate"
    interval = "5m"
  }

  query_list {
    project    = alicloud_log_project.this.project_name
    region     = var.region
    store      = alicloud_log_store.functions.logstore_name
    store_type = "log"
    start      = "-5m"
    end        = "now"
    query      = "${each.value.query} | select count(1) as lines having lines > 0"
  }

  severity_configurations {
    severity       = each.value.severity
    eval_condition = { condition = "", count_condition = "" }
  }

  group_configuration {
    type = "no_group"
  }

  policy_configuration {
    alert_policy_id  = var.alarms.alert_policy
    action_policy_id = var.alarms.action_policy
    repeat_interval  = var.alarms.repeat_interval
  }

  # Searching needs the index.
  depends_on = [alicloud_log_store_index.functions]
}
