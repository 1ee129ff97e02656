# Alarms speak of what people notice. They are searches for our own log lines, whose words tests/infra keeps equal to
# the code's, because the names of Function Compute's own metrics are not the same in every region's documentation.

locals {
  alarms = {
    given-up = {
      title = "A question got no answer"
      query = "given_up"
      # 8 of 10: a person was told that there is no answer.
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
    trouble = {
      title    = "An incident of which the bot could not tell its operators"
      query    = "operators_not_told"
      severity = 8
    }
    unrecorded = {
      title    = "An act is in the log alone: it could not be written to the audit"
      query    = "act_not_recorded"
      severity = 6
    }
    # Function Compute's own record of each run, whatever LOG_LEVEL says. It runs every ten minutes.
    silent = {
      title    = "The bot is dead: no round of housekeeping for half an hour"
      query    = "functionName: \"${var.name}-housekeeping\""
      severity = 10
      minutes  = 30
      having   = "lines = 0"
    }
    crashed = {
      title    = "A function crashed"
      query    = "\"Unhandled function error\" or invocation_failed or unreadable_job"
      severity = 6
    }
  }

  own_policy    = var.action_policy == null
  record        = "${var.name}-alarms"
  action_policy = local.own_policy ? alicloud_log_resource_record.action_policy[0].record_id : var.action_policy

  # One statement of Log Service's language for action policies: every alarm goes to the robot.
  fire = "fire(type=\"webhook_integration\", integration_type=\"dingtalk\", webhook_id=\"${local.record}\", template_id=\"sls.builtin.cn\", period=\"any\")"
}

# The alert centre of the account, and what it keeps beside the project.
resource "alicloud_log_alert_resource" "account" {
  type = "user"
  lang = "cn"
}

resource "alicloud_log_alert_resource" "project" {
  type    = "project"
  project = var.project
}

resource "alicloud_log_resource_record" "webhook" {
  count    = local.own_policy ? 1 : 0
  provider = alicloud.alert_center

  resource_name = "sls.alert.action_webhook"
  record_id     = local.record
  tag           = local.record
  value = jsonencode(merge(
    {
      id      = local.record
      name    = local.record
      type    = "dingtalk"
      url     = var.webhook.url
      method  = "POST"
      headers = []
    },
    var.webhook.secret == "" ? {} : { secret = var.webhook.secret },
  ))

  depends_on = [alicloud_log_alert_resource.account]
}

resource "alicloud_log_resource_record" "action_policy" {
  count    = local.own_policy ? 1 : 0
  provider = alicloud.alert_center

  resource_name = "sls.alert.action_policy"
  record_id     = local.record
  tag           = local.record
  value = jsonencode({
    action_policy_id      = local.record
    action_policy_name    = local.record
    labels                = {}
    is_default            = false
    primary_policy_script = local.fire
    # An empty one may be refused, also with every escalation off.
    secondary_policy_script       = local.fire
    escalation_start_enabled      = false
    escalation_start_timeout      = "10m"
    escalation_inprogress_enabled = false
    escalation_inprogress_timeout = "30m"
    escalation_enabled            = false
    escalation_timeout            = "1h"
  })

  # The policy names the webhook.
  depends_on = [alicloud_log_resource_record.webhook]
}

resource "alicloud_log_alert" "this" {
  for_each = local.alarms

  version           = "2.0"
  type              = "default"
  project_name      = var.project
  alert_name        = "${var.name}-${each.key}"
  alert_displayname = each.value.title
  auto_annotation   = true
  # Without it an incident is never told to be over.
  send_resolved = true

  schedule {
    type     = "FixedRate"
    interval = "5m"
  }

  query_list {
    project    = var.project
    region     = var.region
    store      = var.logstore
    store_type = "log"
    start      = "-${try(each.value.minutes, 5)}m"
    end        = "now"
    query      = "${each.value.query} | select count(1) as lines having ${try(each.value.having, "lines > 0")}"
  }

  severity_configurations {
    severity       = each.value.severity
    eval_condition = { condition = "", count_condition = "" }
  }

  group_configuration {
    type = "no_group"
  }

  policy_configuration {
    alert_policy_id  = var.alert_policy
    action_policy_id = local.action_policy
    repeat_interval  = var.repeat_interval
  }

  depends_on = [alicloud_log_alert_resource.project]
}
